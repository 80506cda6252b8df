//! `timeseries` and `anomaly`: one number for each time.

use super::{Answer, Context, Outcome, last::Python, variable_of};
use crate::{
    Fault,
    grammar::{AnomalyArgs, TimeseriesArgs},
};
use sdap::{TimeSeries, Value};
use sdap_nexus::{
    Dataset,
    request::{AnomalyRequest, SeriesFilters, SeriesRequest},
};

pub(super) async fn timeseries(context: &Context<'_>, args: TimeseriesArgs) -> Result<Outcome, Fault> {
    let asked = context.ask(&args.selecting.asking).await?;
    let names: Vec<String> = args.datasets.split(',').map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect();
    let datasets = names.iter().map(|name| context.dataset(name, &asked)).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = datasets.first() else {
        return Err(Fault::new("MissingArgument", "timeseries lacks DATASET").at(context.tokens.behind()).expected("DATASET[,DATASET]"));
    };
    let request = SeriesRequest {
        elevation: None,
        area: context.area(&args.selecting, first, &asked)?,
        period: context.period(&args.selecting, first)?,
        variable: args.selecting.variable.clone(),
        filters: SeriesFilters { seasonal: args.seasonal, low_pass: args.lowpass, normalize_dates: false },
        datasets: names,
    };
    let mut group = context.answer(&asked, asked.nexus().series(&request)).await?;
    for (series, dataset) in group.series.iter_mut().zip(&datasets) {
        complete(series, dataset, request.variable.as_deref());
    }
    let nexuscli = Python::new(asked.nexus().name()).time_series(&request);
    let value = if group.series.len() == 1 && datasets.len() == 1 { Value::Series(group.series.remove(0)) } else { Value::Group(group) };
    Ok(Outcome::Answer(Box::new(Answer { value, nexuscli: Some(nexuscli) })))
}

pub(super) async fn anomaly(context: &Context<'_>, args: AnomalyArgs) -> Result<Outcome, Fault> {
    let asked = context.ask(&args.selecting.asking).await?;
    let dataset = context.dataset(&args.dataset, &asked)?;
    let climatology = climatology(context, &args, dataset, asked.datasets())?;
    if args.climatology.is_some() {
        context.dataset(&climatology, &asked)?;
    }
    let request = AnomalyRequest {
        dataset: args.dataset.clone(),
        climatology,
        variable: args.selecting.variable.clone(),
        area: context.area(&args.selecting, dataset, &asked)?,
        period: context.period(&args.selecting, dataset)?,
    };
    let mut series = context.answer(&asked, asked.nexus().anomaly(&request)).await?;
    complete(&mut series, dataset, request.variable.as_deref());
    if !series.variable.to_lowercase().contains("anomal") {
        series.variable = format!("{}_anomaly", series.variable);
    }
    let nexuscli = Python::new(asked.nexus().name()).daily_difference_average(&request);
    Ok(Outcome::Answer(Box::new(Answer { value: Value::Series(series), nexuscli })))
}

/// The climatology to subtract: what was typed, what the dataset names, or `NAME_CLIM` where there is one.
fn climatology(context: &Context<'_>, args: &AnomalyArgs, dataset: &Dataset, all: &[Dataset]) -> Result<String, Fault> {
    if let Some(name) = args.climatology.clone().or_else(|| dataset.climatology.clone()) {
        return Ok(name);
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
