//! `stddev`: the standard deviations that a climatology keeps.

use super::{Answer, Context, Outcome};
use crate::{Fault, grammar::StddevArgs, resolve::period};
use sdap::Value;
use sdap_nexus::request::{Climatic, DeviationRequest};

pub(super) async fn stddev(context: &Context<'_>, args: &StddevArgs) -> Result<Outcome, Fault> {
    let (asked, [name]) = context.ask_about(&args.asking, [&args.dataset]).await?;
    context.dataset(&name, &asked)?;
    let (longitude, latitude) = args.at;
    let request = DeviationRequest { dataset: name, longitude, latitude, when: when(context, args)?, all_in_tile: args.tile };
    let table = context.answer(&asked, asked.nexus().deviation(&request)).await?;
    Ok(Answer::of(Value::Table(table)).into())
}

fn when(context: &Context<'_>, args: &StddevArgs) -> Result<Climatic, Fault> {
    let expected = "--day 1 to 366, or --date such as 2009-06-15";
    let missing = || Fault::new("MissingArgument", "stddev lacks its day").at(context.tokens.behind()).expected(expected);
    if let Some(day) = args.day {
        return Ok(Climatic::Day(day));
    }
    let text = args.date.as_ref().ok_or_else(missing)?;
    let span = context.tokens.span_of(text);
    let date = period(text, span.clone())?.start;
    date.map(Climatic::Date).ok_or_else(|| Fault { span, ..missing() })
}
