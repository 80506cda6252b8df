//! `map`, `correlate` and `hovmoller`: one number for each cell.

use super::{Answer, Context, Outcome, variable_of};
use crate::{
    Fault,
    grammar::{CorrelateArgs, CorrelationStat, HovmollerArgs, HovmollerAxis, MapArgs, Stat},
};
use sdap::{Axis, Value};
use sdap_nexus::request::{Correlation, CorrelationRequest, HovmollerRequest, MapRequest, Regression, Statistic};

/// Degrees between the cells of a regression for which nothing else is said; the server's own default.
const RESOLUTION: f64 = 1.0;

pub(super) async fn map(context: &Context<'_>, args: MapArgs) -> Result<Outcome, Fault> {
    let (asked, [name]) = context.ask_about(&args.selecting.asking, [&args.dataset]).await?;
    let asked = context.limited(asked, args.selecting.limit);
    let dataset = context.dataset(&name, &asked)?;
    let request = MapRequest {
        elevation: args.levels.elevation(),
        dataset: name.clone(),
        variable: args.selecting.variable.clone(),
        statistic: statistic(context, &args)?,
        area: context.area(&args.selecting, dataset, &asked)?,
        period: context.period(&args.selecting, dataset)?,
    };
    let mut grid = context.map(&asked, &request, &args.splitting).await?;
    if let (true, Some(known)) = (grid.units.is_empty(), variable_of(dataset, request.variable.as_deref())) {
        grid.units = match request.statistic {
            Statistic::Variance if !known.units.is_empty() => format!("({})2", known.units),
            _ => known.units.clone(),
        };
    }
    Ok(Answer::of(Value::Grid(grid)).into())
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
    let (asked, [first_name, second_name]) = context.ask_about(&args.selecting.asking, [&args.first, &args.second]).await?;
    let asked = context.limited(asked, args.selecting.limit);
    let first = context.dataset(&first_name, &asked)?;
    context.dataset(&second_name, &asked)?;
    let request = CorrelationRequest {
        kind: correlation(&args),
        area: context.area(&args.selecting, first, &asked)?,
        period: context.period(&args.selecting, first)?,
        datasets: [first_name.clone(), second_name],
    };
    let grid = context.answer(&asked, asked.nexus().correlation(&request)).await?;
    Ok(Answer::of(Value::Grid(grid)).into())
}

/// What the map shows: r in the cells that both share, unless another number or another grid is asked for.
fn correlation(args: &CorrelateArgs) -> Correlation {
    let of = match args.stat {
        CorrelationStat::R => Regression::Correlation,
        CorrelationStat::Slope => Regression::Slope,
        CorrelationStat::Intercept => Regression::Intercept,
        CorrelationStat::P => Regression::PValue,
        CorrelationStat::Stderr => Regression::StandardError,
    };
    match (of, args.resolution) {
        (Regression::Correlation, None) => Correlation::Cells,
        (of, resolution) => Correlation::Regression { of, resolution: resolution.unwrap_or(RESOLUTION) },
    }
}

pub(super) async fn hovmoller(context: &Context<'_>, args: HovmollerArgs) -> Result<Outcome, Fault> {
    let (asked, [name]) = context.ask_about(&args.selecting.asking, [&args.dataset]).await?;
    let asked = context.limited(asked, args.selecting.limit);
    let dataset = context.dataset(&name, &asked)?;
    let request = HovmollerRequest {
        elevation: args.levels.elevation(),
        normalize_dates: args.normalize_dates,
        dataset: name.clone(),
        variable: args.selecting.variable.clone(),
        axis: match args.axis {
            HovmollerAxis::Latitude => Axis::Latitude,
            HovmollerAxis::Longitude => Axis::Longitude,
        },
        area: context.area(&args.selecting, dataset, &asked)?,
        period: context.period(&args.selecting, dataset)?,
    };
    let mut diagram = context.hovmoller(&asked, &request, &args.splitting).await?;
    if let (true, Some(known)) = (diagram.units.is_empty(), variable_of(dataset, request.variable.as_deref())) {
        diagram.units.clone_from(&known.units);
    }
    Ok(Answer::of(Value::Hovmoller(diagram)).into())
}
