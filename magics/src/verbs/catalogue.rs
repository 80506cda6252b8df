//! `datasets` and `describe`: what there is to ask for.

use super::{Context, Outcome};
use crate::{
    Fault,
    grammar::{DatasetsArgs, DescribeArgs},
    show,
};
use sdap_nexus::Dataset;

pub(super) async fn datasets(context: &Context<'_>, args: DatasetsArgs) -> Result<Outcome, Fault> {
    let asked = context.ask(&args.asking).await?;
    let all = context.fresh_datasets(&asked).await?;
    let found: Vec<Dataset> = all.iter().filter(|d| args.pattern.as_deref().is_none_or(|p| matches(p, d))).cloned().collect();
    if let (Some(pattern), true) = (&args.pattern, found.is_empty()) {
        let fault = Fault::new("UnknownDataset", format!("no dataset of {} has `{pattern}` in its name or title", asked.nexus().name()))
            .nearest(pattern, all.iter().map(|d| d.short_name.as_str()))
            .hint("%sdap datasets lists all");
        return Err(Fault { span: context.tokens.span_of(pattern), ..fault });
    }
    Ok(Outcome::Shown(vec![show::datasets(&found, asked.nexus().name())]))
}

pub(super) async fn describe(context: &Context<'_>, args: DescribeArgs) -> Result<Outcome, Fault> {
    if let Some(binding) = context.session.binding(&args.dataset) {
        return Ok(Outcome::Shown(vec![show::value_card(&binding.name, &binding.value)]));
    }
    let asked = context.ask(&args.asking).await?;
    let found = asked.datasets().iter().find(|d| d.short_name == args.dataset);
    let dataset = found.map_or_else(|| context.dataset(&args.dataset, &asked), Ok)?;
    Ok(Outcome::Shown(vec![show::card(dataset)]))
}

/// Whether a pattern is found in a dataset's name or title. `*` stands for anything; case does not count.
fn matches(pattern: &str, dataset: &Dataset) -> bool {
    let pieces: Vec<String> = pattern.to_lowercase().split('*').map(str::to_owned).collect();
    [&dataset.short_name, &dataset.title].into_iter().any(|text| {
        let text = text.to_lowercase();
        let mut rest = text.as_str();
        pieces.iter().all(|piece| match rest.find(piece.as_str()) {
            Some(at) => {
                rest = &rest[at + piece.len()..];
                true
            }
            None => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_looked_for_anywhere_in_name_and_title() {
        let dataset = Dataset { short_name: "OSTIA_SST_MONTHLY".into(), title: "Sea surface temperature".into(), ..Dataset::default() };
        for yes in ["sst", "ostia*month", "SURFACE", "*", ""] {
            assert!(matches(yes, &dataset), "{yes}");
        }
        assert!(!matches("month*ostia", &dataset) && !matches("rain", &dataset));
    }
}
