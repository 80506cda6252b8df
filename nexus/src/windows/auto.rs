//! How many windows a question calls for.

use crate::Dataset;
use sdap::{BoundingBox, Period};

/// How many values a server may compute with before a gateway gives up: about a minute's work of a small cluster, by the 58 s
/// that a published example took for the daily difference of six years of 50° by 10°.
pub(super) const COMPUTED: f64 = 2e7;
/// How many samples may be sent at once, at 355 bytes each.
pub(super) const SENT: f64 = 1e6;
/// More windows than this are no help.
const MOST: f64 = 64.0;
/// What a dataset is taken for of which nothing is known: daily, on a grid of a quarter degree.
const STEP: f64 = 86_400.0;
const CELL: f64 = 0.25;

/// How many windows keep each below so many values.
pub(super) fn count(dataset: Option<&Dataset>, area: Option<&BoundingBox>, period: &Period, values: f64) -> usize {
    let all = cells(dataset, area) * times(dataset, period);
    (all / values).ceil().clamp(1.0, MOST) as usize
}

fn cells(dataset: Option<&Dataset>, area: Option<&BoundingBox>) -> f64 {
    let Some(area) = area else { return 1.0 };
    let grid = dataset.and_then(|d| d.grid).filter(|grid| grid.lat_step > 0.0 && grid.lon_step > 0.0);
    let (lat, lon) = grid.map_or((CELL, CELL), |grid| (grid.lat_step, grid.lon_step));
    // What lies outside of the dataset costs nothing.
    let covered = dataset.and_then(|d| d.area);
    let (width, height) = covered.map_or((360.0, 180.0), |covered| (covered.width(), covered.height()));
    (area.width().min(width) / lon).max(1.0) * (area.height().min(height) / lat).max(1.0)
}

fn times(dataset: Option<&Dataset>, period: &Period) -> f64 {
    let seconds = |period: &Period| (period.end() - period.start()).num_seconds() as f64 + 1.0;
    let Some((dataset, span)) = dataset.and_then(|d| Some((d, d.period?))) else { return seconds(period) / STEP };
    let shared = Period::new(period.start().max(span.start()), period.end().min(span.end())).map_or(0.0, |shared| seconds(&shared));
    match dataset.times {
        Some(times) => times as f64 * shared / seconds(&span),
        None => shared / step(&dataset.step).unwrap_or(STEP),
    }
}

/// The seconds of a step in words, such as `5 days`.
fn step(words: &str) -> Option<f64> {
    let (count, unit) = words.split_once(' ')?;
    let length = match unit.trim_end_matches('s') {
        "second" => 1.0,
        "minute" => 60.0,
        "hour" => 3600.0,
        "day" => 86_400.0,
        "month" => 30.0 * 86_400.0,
        "year" => 365.0 * 86_400.0,
        _ => return None,
    };
    count.parse::<f64>().ok().filter(|count| *count > 0.0).map(|count| count * length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GridShape;

    fn period(start: &str, end: &str) -> Period {
        Period::new(format!("{start}T00:00:00Z").parse().unwrap(), format!("{end}T23:59:59Z").parse().unwrap()).unwrap()
    }

    #[test]
    fn a_short_question_is_asked_whole_and_a_long_one_by_its_values() {
        let pacific = BoundingBox::new(-170.0, -5.0, -120.0, 5.0).unwrap();
        let years = |end: &str| count(None, Some(&pacific), &period("1998-01-01", end), COMPUTED);
        // 200 by 40 cells and 365 days a year make 2.92 million values a year.
        assert_eq!((years("1998-12-31"), years("2003-12-31"), years("2017-12-31")), (1, 1, 3));
        assert_eq!(count(None, Some(&BoundingBox::WORLD), &period("1980-01-01", "2020-12-31"), COMPUTED), 64);
    }

    #[test]
    fn what_is_known_of_a_dataset_counts() {
        let monthly = Dataset { step: "1 month".into(), period: Some(period("2000-01-01", "2019-12-31")), ..Dataset::default() };
        let world = Some(&BoundingBox::WORLD);
        // 240 months of 720 by 1440 cells.
        assert_eq!(count(Some(&monthly), world, &period("1900-01-01", "2100-12-31"), COMPUTED), 13);
        let coarse = Dataset { grid: Some(GridShape { rows: 180, columns: 360, lat_step: 1.0, lon_step: 1.0 }), ..monthly.clone() };
        assert_eq!(count(Some(&coarse), world, &period("1900-01-01", "2100-12-31"), COMPUTED), 1);
        let counted = Dataset { times: Some(24_000), ..coarse };
        assert_eq!(count(Some(&counted), world, &period("2000-01-01", "2009-12-31"), COMPUTED), 39);
    }

    #[test]
    fn steps_are_read_as_they_are_written() {
        assert_eq!([step("1 day"), step("5 days"), step("3 hours")], [Some(86_400.0), Some(432_000.0), Some(10_800.0)]);
        assert_eq!([step("irregular"), step(""), step("x days")], [None; 3]);
    }
}
