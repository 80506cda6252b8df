//! `map`, `correlate` and `hovmoller`: one number for each cell.

use super::{Answer, Context, Outcome, variable_of};
use crate::{
    Fault,
    grammar::{CorrelateArgs, HovmollerArgs, HovmollerAxis, MapArgs, Stat},
};
use sdap::{Axis, Value};
use sdap_nexus::request::{Correlation, CorrelationRequest, HovmollerRequest, MapRequest, Statistic};

pub(super) async fn map(context: &Context<'_>, args: MapArgs) -> Result<Outcome, Fault> {
    let asked = context.ask(&args.selecting.asking).await?;
    let dataset = context.dataset(&args.dataset, &asked)?;
    let request = MapRequest {
        elevation: None,
        dataset: args.dataset.clone(),
        variable: args.selecting.variable.clone(),
        statistic: statistic(context, &args)?,
        area: context.area(&args.selecting, dataset, &asked)?,
        period: context.period(&args.selecting, dataset)?,
    };
    let mut grid = context.answer(&asked, asked.nexus().map(&request)).await?;
    if let (true, Some(known)) = (grid.units.is_empty(), variable_of(dataset, request.variable.as_deref())) {
        grid.units = match request.statistic {
            Statistic::Variance if !known.units.is_empty() => format!("({})2", known.units),
            _ => known.units.clone(),
        };
    }
    Ok(Outcome::Answer(Box::new(Answer { value: Value::Grid(grid), nexuscli: None })))
}

fn statistic(context: &Context<'_>, args: &MapArgs) -> Result<Statistic, Fault> {
    match (args.stat, args.month) {
        (Stat::Climatology, Some(month)) => Ok(Statistic::Climatology { month }),
        (Stat::Climatology, None) => {
            Err(Fault::new("MissingArgument", "a climatology lacks its month").at(context.tokens.behind()).expected("--month 1 to 12"))
        }
        (_, Some(_)) => Err(Fault::new("Conflict", "--month goes with --stat climatology only")
            .at(context.tokens.span_of("--month").unwrap_or_else(|| context.tokens.behind()))),
        (Stat::Mean, None) => Ok(Statistic::Mean),
        (Stat::Variance, None) => Ok(Statistic::Variance),
        (Stat::Max, None) => Ok(Statistic::Maximum),
        (Stat::Min, None) => Ok(Statistic::Minimum),
    }
}

pub(super) async fn correlate(context: &Context<'_>, args: CorrelateArgs) -> Result<Outcome, Fault> {
    let asked = context.ask(&args.selecting.asking).await?;
    let first = context.dataset(&args.first, &asked)?;
    context.dataset(&args.second, &asked)?;
    let request = CorrelationRequest {
        kind: Correlation::default(),
        area: context.area(&args.selecting, first, &asked)?,
        period: context.period(&args.selecting, first)?,
        datasets: [args.first, args.second],
    };
    let grid = context.answer(&asked, asked.nexus().correlation(&request)).await?;
    Ok(Outcome::Answer(Box::new(Answer { value: Value::Grid(grid), nexuscli: None })))
}

pub(super) async fn hovmoller(context: &Context<'_>, args: HovmollerArgs) -> Result<Outcome, Fault> {
    let asked = context.ask(&args.selecting.asking).await?;
    let dataset = context.dataset(&args.dataset, &asked)?;
    let request = HovmollerRequest {
        elevation: None,
        normalize_dates: false,
        dataset: args.dataset.clone(),
        variable: args.selecting.variable.clone(),
        axis: match args.axis {
            HovmollerAxis::Latitude => Axis::Latitude,
            HovmollerAxis::Longitude => Axis::Longitude,
        },
        area: context.area(&args.selecting, dataset, &asked)?,
        period: context.period(&args.selecting, dataset)?,
    };
    let mut diagram = context.answer(&asked, asked.nexus().hovmoller(&request)).await?;
    if let (true, Some(known)) = (diagram.units.is_empty(), variable_of(dataset, request.variable.as_deref())) {
        diagram.units.clone_from(&known.units);
    }
    Ok(Outcome::Answer(Box::new(Answer { value: Value::Hovmoller(diagram), nexuscli: None })))
}
