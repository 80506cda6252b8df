//! A series folded on the year.

use super::{subtitle, title_of};
use crate::show::draw::year::START;
use crate::show::text::{moment, number, quantity, unit};
use sdap::chrono::{DateTime, Datelike, NaiveDate, Timelike};
use sdap::figure::{Figure, Line, YearFigure};
use sdap::{TimeSeries, Times, column};
use std::collections::BTreeMap;

const DAY: i64 = 86_400;

/// The same time of the leap year 2000.
fn folded(second: i64) -> Option<(i32, i64)> {
    let time = DateTime::from_timestamp(second, 0)?;
    let day = NaiveDate::from_ymd_opt(2000, time.month(), time.day())?.ordinal0();
    Some((time.year(), START + i64::from(day) * DAY + i64::from(time.num_seconds_from_midnight())))
}

/// The middle of a month of the year 2000, or of one of its days.
fn middle(monthly: bool, second: i64) -> i64 {
    if !monthly {
        return START + (second - START).div_euclid(DAY) * DAY + DAY / 2;
    }
    let Some(time) = DateTime::from_timestamp(second, 0) else { return second };
    let first = |month: u32| NaiveDate::from_ymd_opt(2000, month, 1).map_or(0, |d| i64::from(d.ordinal0()));
    let next = if time.month() == 12 { 366 } else { first(time.month() + 1) };
    START + (first(time.month()) + next) * DAY / 2
}

/// A line for each year of a series, and for each month, or day where most years have it, the mean of the years between
/// the least and the greatest.
pub fn year(series: &TimeSeries) -> Figure {
    let mut years: BTreeMap<i32, Vec<(i64, f64)>> = BTreeMap::new();
    for (second, value) in series.time.seconds().iter().zip(&series.mean) {
        if let Some((year, at)) = folded(*second) {
            years.entry(year).or_default().push((at, *value));
        }
    }
    let days = series.time.seconds().iter().filter_map(|s| folded(*s)).map(|(_, at)| (at - START) / DAY);
    let distinct: std::collections::BTreeSet<i64> = days.collect();
    let fewest = years.values().map(Vec::len).max().unwrap_or(0);
    // Weeks fall on other days each year: then only months have a number from every year.
    let monthly = moment::monthly(&series.time) || distinct.len() > 2 * fewest;
    let line = |label: String, points: Vec<(i64, f64)>| {
        let (times, values): (Vec<i64>, Vec<f64>) = points.into_iter().unzip();
        Line::new(label, Times::new(times), column(values))
    };
    let usual = usual(&years, monthly);
    let name = quantity::words(&series.variable);
    Figure::Year(YearFigure {
        title: format!("{}, year by year", title_of(&name, &series.dataset)),
        subtitle: subtitle(&series.origin, Some(&series.time), &series.dataset),
        quantity: unit::titled(&name, &series.units),
        years: years.into_iter().map(|(year, points)| line(year.to_string(), points)).collect(),
        usual,
    })
}

/// The mean of the years in a band from the least to the greatest.
fn usual(years: &BTreeMap<i32, Vec<(i64, f64)>>, monthly: bool) -> Line {
    let mut pooled: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    let mut times: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (at, value) in years.values().flatten().filter(|(_, v)| v.is_finite()) {
        pooled.entry(middle(monthly, *at)).or_default().push(*value);
        times.entry(middle(monthly, *at)).or_default().push(*at);
    }
    // A day that few years have, such as the 29th of February, would stand out by that alone.
    let most = pooled.values().map(Vec::len).max().unwrap_or(0);
    pooled.retain(|_, values| values.len() * 2 >= most);
    let fold = |of: fn(&[f64]) -> f64| column(pooled.values().map(|v| of(v)).collect::<Vec<_>>());
    let least = fold(|v| v.iter().copied().fold(f64::INFINITY, f64::min));
    let greatest = fold(|v| v.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    let mean = fold(|v| v.iter().sum::<f64>() / v.len() as f64);
    let label = format!("mean of {}", number::counted(years.len(), "year", "years"));
    // Months may be stamped by their first day as well as by their middle: their mean stands where they do.
    let place = |at: &i64| times[at].iter().sum::<i64>() / times[at].len() as i64;
    Line { band: Some((least, greatest)), ..Line::new(label, Times::new(pooled.keys().map(place).collect::<Vec<_>>()), mean) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_lie_above_one_another_and_their_mean_between_them() {
        let days = 365 * 3 + 366;
        let values: Vec<f64> = (0..days).map(|d| if d < 365 { 1.0 } else { 3.0 }).collect();
        let start = "1997-01-01T00:00:00Z".parse::<DateTime<sdap::chrono::Utc>>().unwrap().timestamp();
        let times = Times::new((0..i64::from(days)).map(|d| start + d * DAY).collect::<Vec<_>>());
        let Figure::Year(f) = year(&TimeSeries::of_values("D", "discharge", "m3 s-1", times, values)) else { panic!("years") };
        assert_eq!(f.years.iter().map(|y| y.label.as_str()).collect::<Vec<_>>(), ["1997", "1998", "1999", "2000"]);
        assert_eq!((f.usual.values.len(), f.usual.values[0], f.usual.label.as_str()), (365, 2.5, "mean of 4 years"));
        let (low, high) = f.usual.band.unwrap();
        assert_eq!((low[0], high[0]), (1.0, 3.0));
    }

    #[test]
    fn the_mean_of_a_month_stands_where_its_years_do() {
        let first =
            |i: i32| NaiveDate::from_ymd_opt(2001 + i / 12, 1 + (i % 12).unsigned_abs(), 1).unwrap().and_time(sdap::chrono::NaiveTime::MIN);
        let times = Times::new((0..36).map(|i| first(i).and_utc().timestamp()).collect::<Vec<_>>());
        let Figure::Year(f) = year(&TimeSeries::of_values("D", "rain", "mm", times, vec![1.0; 36])) else { panic!("years") };
        assert_eq!(f.usual.time, f.years[0].time);
    }

    #[test]
    fn weeks_are_averaged_by_the_month() {
        let times = Times::new((0..520).map(|w| w * 7 * DAY).collect::<Vec<_>>());
        let Figure::Year(f) = year(&TimeSeries::of_values("D", "sst", "degC", times, vec![1.0; 520])) else { panic!("years") };
        assert_eq!(f.usual.values.len(), 12);
    }
}
