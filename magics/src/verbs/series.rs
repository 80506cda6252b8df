//! `timeseries` and `anomaly`: one number for each time.

use super::{Answer, Asked, Context, Outcome, last::Python, named::qualified, variable_of};
use crate::{
    Fault,
    grammar::{AnomalyArgs, Asking, TimeseriesArgs},
};
use futures::future::try_join_all;
use sdap::{SeriesGroup, TimeSeries, Value};
use sdap_nexus::{
    Dataset,
    request::{AnomalyRequest, SeriesFilters, SeriesRequest},
};

pub(super) async fn timeseries(context: &Context<'_>, args: TimeseriesArgs) -> Result<Outcome, Fault> {
    let words: Vec<&str> = args.datasets.split(',').map(str::trim).filter(|n| !n.is_empty()).collect();
    if words.is_empty() {
        return Err(Fault::new("MissingArgument", "timeseries lacks DATASET").at(context.tokens.behind()).expected("DATASET[,DATASET]"));
    }
    let questions = by_target(context, &args.selecting.asking, &words)?;
    let names = |q: &Question| q.names.clone();
    let mut answers = try_join_all(questions.iter().map(|q| one_target(context, &args, &q.asking, names(q)))).await?;
    if answers.len() > 1 {
        let answers = questions.iter().zip(answers).map(|(question, (group, _))| (question, group)).collect();
        return Ok(Answer::of(Value::Group(compared(answers, &words))).into());
    }
    let (mut group, nexuscli) = answers.remove(0);
    let value = if group.series.len() == 1 && words.len() == 1 { Value::Series(group.series.remove(0)) } else { Value::Group(group) };
    Ok(Answer { nexuscli: Some(nexuscli), ..Answer::of(value) }.into())
}

/// What one target is asked for.
struct Question {
    target: String,
    asking: Asking,
    names: Vec<String>,
    /// Which of the words each name was.
    places: Vec<usize>,
}

/// The datasets by the target that is asked for them.
fn by_target(context: &Context<'_>, asking: &Asking, words: &[&str]) -> Result<Vec<Question>, Fault> {
    let mut questions: Vec<Question> = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let (asking, name) = qualified(asking, word);
        let target = context.target(asking.target.as_deref())?.name;
        if let Some(question) = questions.iter_mut().find(|q| q.target == target) {
            question.names.push(name);
            question.places.push(place);
        } else {
            questions.push(Question { target, asking, names: vec![name], places: vec![place] });
        }
    }
    Ok(questions)
}

/// Asks one target for the series of these datasets.
async fn one_target(
    context: &Context<'_>,
    args: &TimeseriesArgs,
    asking: &Asking,
    names: Vec<String>,
) -> Result<(SeriesGroup, String), Fault> {
    let asked = context.limited(context.ask(asking).await?, args.selecting.limit);
    let datasets = names.iter().map(|name| context.dataset(name, &asked)).collect::<Result<Vec<_>, _>>()?;
    let request = SeriesRequest {
        elevation: args.levels.elevation(),
        area: context.area(&args.selecting, datasets[0], &asked)?,
        period: context.period(&args.selecting, datasets[0])?,
        variable: args.selecting.variable.clone(),
        filters: SeriesFilters { seasonal: args.seasonal, low_pass: args.lowpass, normalize_dates: args.normalize_dates },
        datasets: names.clone(),
    };
    let mut group = context.series(&asked, &request, &args.splitting).await?;
    for (series, dataset) in group.series.iter_mut().zip(&datasets) {
        complete(series, dataset, request.variable.as_deref());
    }
    Ok((group, Python::new(asked.nexus().name()).time_series(&request)))
}

/// The answers of several targets as one, each series named as it was typed, in that order.
fn compared(answers: Vec<(&Question, SeriesGroup)>, words: &[&str]) -> SeriesGroup {
    let origins: Vec<_> = answers.iter().map(|(_, group)| group.origin.clone()).collect();
    let placed = answers.into_iter().flat_map(|(question, group)| question.places.iter().copied().zip(group.series));
    let mut placed: Vec<(usize, TimeSeries)> = placed.collect();
    placed.sort_by_key(|(place, _)| *place);
    let named = |(place, series): (usize, TimeSeries)| TimeSeries { dataset: words[place].to_owned(), ..series };
    let series: Vec<TimeSeries> = placed.into_iter().map(named).collect();
    let mut origin = origins[0].clone();
    origin.server = origins.iter().map(|o| o.server.as_str()).collect::<Vec<_>>().join(" and ");
    origin.seconds = origins.iter().map(|o| o.seconds).fold(0.0, f64::max);
    origin.bytes = origins.iter().map(|o| o.bytes).sum();
    origin.synthetic = origins.iter().any(|o| o.synthetic);
    for other in &origins[1..] {
        origin.attribution.extend(other.attribution.iter().filter(|a| !origins[0].attribution.contains(a)).cloned());
        let notes = other.notes.iter().filter(|n| !origins[0].notes.contains(n)).cloned();
        origin.notes.extend(std::iter::once(format!("{} was asked {}", other.server, other.request)).chain(notes));
    }
    SeriesGroup { regression: sdap_nexus::shared_regression(&series), series, origin }
}

pub(super) async fn anomaly(context: &Context<'_>, args: AnomalyArgs) -> Result<Outcome, Fault> {
    let (asked, name, climatology) = both(context, &args).await?;
    let asked = context.limited(asked, args.selecting.limit);
    let dataset = context.dataset(&name, &asked)?;
    let climatology = match climatology {
        Some(named) => context.dataset(&named, &asked)?.short_name.clone(),
        None => usual_climatology(context, dataset, asked.datasets())?,
    };
    let request = AnomalyRequest {
        dataset: name.clone(),
        climatology,
        variable: args.selecting.variable.clone(),
        area: context.area(&args.selecting, dataset, &asked)?,
        period: context.period(&args.selecting, dataset)?,
    };
    let mut series = context.anomaly(&asked, &request, &args.splitting).await?;
    complete(&mut series, dataset, request.variable.as_deref());
    if !series.variable.to_lowercase().contains("anomal") {
        series.variable = format!("{}_anomaly", series.variable);
    }
    let nexuscli = Python::new(asked.nexus().name()).daily_difference_average(&request);
    Ok(Answer { nexuscli, ..Answer::of(Value::Series(series)) }.into())
}

/// Whom to ask, and about which dataset and climatology.
async fn both(context: &Context<'_>, args: &AnomalyArgs) -> Result<(Asked, String, Option<String>), Fault> {
    let asking = &args.selecting.asking;
    if let Some(climatology) = &args.climatology {
        let (asked, [name, climatology]) = context.ask_about(asking, [&args.dataset, climatology]).await?;
        return Ok((asked, name, Some(climatology)));
    }
    let (asked, [name]) = context.ask_about(asking, [&args.dataset]).await?;
    Ok((asked, name, None))
}

/// The climatology that is subtracted where none is named: the one that the dataset names, or `NAME_CLIM` where there is one.
fn usual_climatology(context: &Context<'_>, dataset: &Dataset, all: &[Dataset]) -> Result<String, Fault> {
    if let Some(name) = &dataset.climatology {
        return Ok(name.clone());
    }
    let usual = format!("{}_CLIM", dataset.short_name);
    if all.iter().any(|d| d.short_name == usual) {
        return Ok(usual);
    }
    Err(Fault::new("MissingClimatology", format!("there is no {usual} to take the difference from"))
        .at(context.tokens.span_of_part(&dataset.short_name).unwrap_or_else(|| context.tokens.behind()))
        .expected("a dataset that has a climatology, or --climatology DATASET")
        .hint("%sdap datasets clim"))
}

/// Fills in what the answer did not say and the dataset does.
pub(super) fn complete(series: &mut TimeSeries, dataset: &Dataset, variable: Option<&str>) {
    let Some(known) = variable_of(dataset, variable) else { return };
    if series.units.is_empty() {
        series.units.clone_from(&known.units);
    }
    if series.variable.is_empty() {
        series.variable = if known.standard_name.is_empty() { known.name.clone() } else { known.standard_name.clone() };
    }
}
