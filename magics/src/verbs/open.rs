//! `open`: local files as a dataset of the engine inside the kernel.

use super::{Context, Outcome, save::at_home};
use crate::{
    EMBEDDED, Fault, covered_place,
    grammar::{Asking, OpenArgs},
    show,
};
use sdap_nexus::Error;

pub(super) async fn open(context: &Context<'_>, args: &OpenArgs) -> Result<Outcome, Fault> {
    let name = args.name.as_deref().map(|words| name_of(context, words)).transpose()?;
    let asked = context.asked(&Asking { target: Some(EMBEDDED.to_owned()), timeout: Some(args.timeout), fresh: false })?;
    let place = if args.place.contains("://") { args.place.clone() } else { at_home(&args.place).to_string_lossy().into_owned() };
    context.progress.stage(format!("opening {}", covered_place(&args.place)));
    let opened = tokio::time::timeout(asked.timeout, asked.nexus().open(&place, name)).await;
    let opened = opened.unwrap_or_else(|_| Err(Error::Timeout { server: EMBEDDED.to_owned(), seconds: args.timeout }));
    let dataset = opened.map_err(|error| fault(context, args, &error))?;
    // What is listed and completed next has it.
    context.fresh_datasets(&asked).await?;
    Ok(Outcome::Shown(vec![show::card(&dataset)]))
}

/// The name behind `as`.
fn name_of<'w>(context: &Context<'_>, words: &'w [String]) -> Result<&'w str, Fault> {
    let wrong = match words {
        [link, name] if link == "as" => return Ok(name),
        [link] if link == "as" => return Err(Fault::new("MissingArgument", "the name behind `as` is missing").expected("as NAME")),
        [link, _, further, ..] if link == "as" => further,
        [first, ..] => first,
        [] => "",
    };
    let fault = Fault::new("Syntax", format!("`{wrong}` cannot stand behind the path")).expected("as NAME");
    let fault = fault.hint("quotes around a path that has blanks");
    Err(Fault { span: context.tokens.span_of(wrong), ..fault })
}

fn fault(context: &Context<'_>, args: &OpenArgs, error: &Error) -> Fault {
    let at_place = context.tokens.span_of(&args.place);
    match error {
        Error::Broken { reason, .. } => {
            let fault = Fault::new("BrokenDataset", format!("{} cannot be opened: {reason}", covered_place(&args.place)))
                .expected("a Zarr group, a NetCDF file, a table in CSV or Parquet, or a folder or pattern of such files");
            Fault { span: at_place, ..fault }
        }
        Error::Invalid(reason) => {
            let named = args.name.as_ref().and_then(|words| words.last());
            let fault = Fault::new("BadName", reason.clone()).hint(format!("%sdap open {} as NAME", args.place));
            Fault { span: named.and_then(|name| context.tokens.span_of(name)).or(at_place), ..fault }
        }
        Error::Timeout { .. } => Fault::new("Timeout", error.to_string()).hint("a longer --timeout"),
        other => Fault { span: at_place, ..Fault::new("Unsupported", other.to_string()) },
    }
}
