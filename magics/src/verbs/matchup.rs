//! `matchup`: samples of two datasets that were taken near each other.

use super::{Answer, Asked, Context, Outcome, jobs};
use crate::{
    Fault,
    fault::nearest,
    grammar::{Closest, MatchupArgs},
};
use sdap::Value;
use sdap_nexus::request::MatchupRequest;

/// What a server that has to have platforms is told of where both datasets are grids, which have none.
const GRID: &str = "1";

pub(super) async fn matchup(context: &Context<'_>, args: MatchupArgs) -> Result<Outcome, Fault> {
    let (asked, [primary, secondary]) = context.ask_about(&args.selecting.asking, [&args.primary, &args.secondary]).await?;
    let asked = context.limited(asked, args.selecting.limit);
    let dataset = context.dataset(&primary, &asked)?;
    let request = MatchupRequest {
        platforms: platforms(context, &args, &secondary, &asked)?,
        parameter: args.selecting.variable.clone(),
        area: context.area(&args.selecting, dataset, &asked)?,
        period: context.period(&args.selecting, dataset)?,
        radius: args.radius,
        tolerance: args.tolerance,
        depths: args.depth,
        once: args.once,
        distance_first: args.closest == Closest::Distance,
        primary,
        secondary,
    };
    if args.detach {
        let job = context.answer(&asked, asked.nexus().submit(&request)).await?;
        return Ok(jobs::started(context, &asked, job, &request.path_and_query()).into());
    }
    let table = context.answer(&asked, asked.nexus().matchup(&request)).await?;
    Ok(Answer::of(Value::Table(table)).into())
}

/// The platforms to ask for. What is no dataset is an in-situ collection, which has some.
fn platforms(context: &Context<'_>, args: &MatchupArgs, secondary: &str, asked: &Asked) -> Result<String, Fault> {
    let listed = asked.datasets().iter().any(|d| d.short_name == secondary);
    match &args.platforms {
        Some(codes) if codes.split(',').all(|code| !code.trim().is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric())) => {
            Ok(codes.clone())
        }
        Some(codes) => {
            let fault = Fault::new("BadValue", format!("--platforms cannot be `{codes}`")).expected("codes such as 30,42,3B");
            Err(Fault { span: context.tokens.span_of(codes), ..fault })
        }
        None if listed => context.dataset(secondary, asked).map(|_| GRID.to_owned()),
        None if asked.target == crate::EMBEDDED => context.dataset(secondary, asked).map(|_| GRID.to_owned()),
        None => {
            let names = asked.datasets().iter().map(|d| d.short_name.as_str());
            let near = nearest(secondary, names).map(str::to_owned);
            let fault = Fault::new("UnknownDataset", format!("{} has no dataset {secondary}", asked.nexus().name()))
                .expected("a dataset, or an in-situ collection with --platforms CODES, such as 30,42")
                .hint("%sdap datasets lists the datasets");
            let mut fault = Fault { span: context.tokens.span_of_part(secondary), ..fault };
            fault.advice.nearest = near;
            Err(fault)
        }
    }
}
