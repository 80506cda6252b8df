//! `subset`: samples, not averaged.

use super::{Answer, Asked, Context, Outcome, last::Python, variable_of, zip};
use crate::{Fault, grammar::SubsetArgs};
use futures::{StreamExt, TryStreamExt, stream};
use sdap::{Points, SeriesGroup, TimeSeries, Times, Value, column};
use sdap_nexus::{Dataset, request::SubsetRequest};

/// How many questions of one command a server is asked at a time; NEXUS has four threads for everybody.
const AT_ONCE: usize = 2;

pub(super) async fn subset(context: &Context<'_>, args: SubsetArgs) -> Result<Outcome, Fault> {
    let (asked, [name]) = context.ask_about(&args.selecting.asking, [&args.dataset]).await?;
    let asked = context.limited(asked, args.selecting.limit);
    let dataset = context.dataset(&name, &asked)?;
    for filter in &args.filter {
        sound_filter(context, filter)?;
    }
    let request = request(context, &args, dataset, &asked)?;
    if let Some(file) = &args.zip {
        return zip::saved_as(context, &asked, &request, file, args.selecting.showing.drawing.force).await;
    }
    if let Some(each) = &args.each {
        each_value(context, &asked, dataset, request, each).await
    } else {
        let mut points = context.subset(&asked, &request, &args.splitting).await?;
        complete(&mut points, dataset, request.variable.as_deref());
        let nexuscli = Python::new(asked.nexus().name()).subset(&request);
        Ok(Answer { nexuscli: Some(nexuscli), ..Answer::of(Value::Points(points)) }.into())
    }
}

fn request(context: &Context<'_>, args: &SubsetArgs, dataset: &Dataset, asked: &Asked) -> Result<SubsetRequest, Fault> {
    let filtered = !args.filter.is_empty() || args.each.is_some();
    // A filter selects by itself, so no box is needed beside it.
    let area = match (filtered, &args.selecting.bbox) {
        (true, None) => None,
        _ => Some(context.area(&args.selecting, dataset, asked)?),
    };
    Ok(SubsetRequest {
        elevation: args.levels.elevation(),
        dataset: dataset.short_name.clone(),
        variable: args.selecting.variable.clone(),
        area,
        filters: args.filter.clone(),
        period: context.period(&args.selecting, dataset)?,
    })
}

fn sound_filter(context: &Context<'_>, filter: &str) -> Result<(), Fault> {
    if filter.split_once(':').is_some_and(|(field, value)| !field.trim().is_empty() && !value.trim().is_empty()) {
        return Ok(());
    }
    let fault =
        Fault::new("BadFilter", format!("`{filter}` is not a filter")).expected("FIELD:VALUE, such as rivid:2016500 or rivid:[1 TO 9]");
    Err(Fault { span: context.tokens.span_of(filter), ..fault })
}

/// Asks once for each value of a field, and answers with one series each.
async fn each_value(context: &Context<'_>, asked: &Asked, dataset: &Dataset, request: SubsetRequest, each: &str) -> Result<Outcome, Fault> {
    let (field, values) = field_and_values(context, each)?;
    let variable = request.variable.clone();
    let ask = |value: String| {
        let mut request = request.clone();
        request.filters.push(format!("{field}:{value}"));
        let variable = variable.as_deref();
        async move {
            let answer = context.waited(asked, asked.nexus().subset(&request)).await;
            context.progress.advance();
            let mut points = answer.map_err(|fault| for_value(context, fault, field, &value))?;
            complete(&mut points, dataset, variable);
            Ok::<_, Fault>(series(&points, &value))
        }
    };
    context.progress.stage(format!("asking {}", asked.nexus().name()));
    context.progress.expect(values.len(), "requests");
    let started = std::time::Instant::now();
    let series: Vec<TimeSeries> = stream::iter(values).map(ask).buffered(AT_ONCE).try_collect().await?;
    let mut origin = series[0].origin.clone();
    origin.seconds = started.elapsed().as_secs_f64();
    origin.bytes = series.iter().map(|s| s.origin.bytes).sum();
    origin.notes.push(format!("{} requests, one for each {field}; the first is shown", series.len()));
    let nexuscli = Python::new(asked.nexus().name()).subset(&request);
    let value = Value::Group(SeriesGroup { series, regression: None, origin });
    Ok(Answer { nexuscli: Some(nexuscli), ..Answer::of(value) }.into())
}

fn field_and_values<'t>(context: &Context<'_>, each: &'t str) -> Result<(&'t str, Vec<String>), Fault> {
    let parts = each.split_once('=').map(|(field, values)| {
        let values: Vec<String> = values.split(',').map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned).collect();
        (field.trim(), values)
    });
    match parts {
        Some((field, values)) if !field.is_empty() && !values.is_empty() => Ok((field, values)),
        _ => {
            let fault =
                Fault::new("BadValue", format!("--each cannot be `{each}`")).expected("FIELD=V1,V2,… such as rivid=2016500,2019500");
            Err(Fault { span: context.tokens.span_of(each), ..fault })
        }
    }
}

/// The fault of one value of many; a field that is unknown is so for every value.
fn for_value(context: &Context<'_>, fault: Fault, field: &str, value: &str) -> Fault {
    if fault.kind == "UnknownField" {
        return fault;
    }
    let message = format!("{field} {value}: {}", fault.message);
    Fault { message, span: context.tokens.span_of_part(value).or(fault.span.clone()), ..fault }
}

/// Samples as a series: at each time the plain statistics of the samples of the first variable.
pub(super) fn series(points: &Points, name: &str) -> TimeSeries {
    let seconds = points.time.seconds();
    let mut times: Vec<i64> = Vec::new();
    let mut columns: [Vec<f64>; 5] = Default::default();
    let (variable, units, values) =
        points.variables.first().map_or(("", "", None), |v| (v.name.as_str(), v.units.as_str(), Some(&v.values)));
    let mut at = 0;
    while at < seconds.len() {
        let end = at + seconds[at..].iter().take_while(|s| **s == seconds[at]).count();
        let samples: Vec<f64> = (at..end).filter_map(|i| values.map(|v| v[i])).filter(|v| !v.is_nan()).collect();
        times.push(seconds[at]);
        for (column, number) in columns.iter_mut().zip(statistics(&samples)) {
            column.push(number);
        }
        at = end;
    }
    let [mean, spread, count, least, most] = columns;
    TimeSeries {
        dataset: name.to_owned(),
        variable: variable.to_owned(),
        units: units.to_owned(),
        time: Times::new(times),
        mean: column(mean),
        standard_deviation: column(spread),
        count: column(count),
        minimum: column(least),
        maximum: column(most),
        extra: std::collections::BTreeMap::new(),
        origin: points.origin.clone(),
    }
}

/// Mean, population standard deviation, count, minimum and maximum.
fn statistics(samples: &[f64]) -> [f64; 5] {
    if samples.is_empty() {
        return [f64::NAN, f64::NAN, 0.0, f64::NAN, f64::NAN];
    }
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let variance = samples.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
    let least = samples.iter().copied().fold(f64::INFINITY, f64::min);
    let most = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    [mean, variance.sqrt(), count, least, most]
}

/// Fills in the units that the answer did not say and the dataset does.
fn complete(points: &mut Points, dataset: &Dataset, variable: Option<&str>) {
    let lone = points.variables.len() == 1;
    for found in points.variables.iter_mut().filter(|v| v.units.is_empty()) {
        let by_name = variable_of(dataset, Some(&found.name));
        if let Some(known) = by_name.or_else(|| if lone { variable_of(dataset, variable) } else { None }) {
            found.units.clone_from(&known.units);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdap::{Origin, Variable};

    #[test]
    fn samples_of_one_time_become_one_element_of_the_series() {
        let points = Points {
            dataset: "D".into(),
            time: Times::new(vec![0, 0, 60]),
            lat: column([0.0, 1.0, 0.0]),
            lon: column([0.0, 0.0, 0.0]),
            elevation: None,
            variables: vec![Variable { name: "q".into(), units: "m".into(), values: column([1.0, 3.0, f64::NAN]) }],
            keys: std::collections::BTreeMap::new(),
            origin: Origin::default(),
        };
        let series = series(&points, "17");
        assert_eq!(series.time.seconds(), [0, 60]);
        assert_eq!((series.mean[0], series.standard_deviation[0], series.count[0]), (2.0, 1.0, 2.0));
        assert!(series.mean[1].is_nan() && series.count[1] == 0.0);
    }
}
