//! A door to the readers of answers for fuzzing: each takes any bytes, and checks that what it keeps is in proportion to them.
#![expect(clippy::missing_panics_doc, reason = "to panic is what they are for, where a reader keeps more than came")]

use super::{Cells, Deviations, DiagramSamples, Limit, PointSamples, Rows, read_envelope, read_job, read_list, read_pairs};
use crate::http::{told_by, unpacked};
use sdap::Axis;

/// Any document, compressed or not: the first byte says in what pieces it arrives, which makes no difference.
pub fn document(bytes: &[u8]) {
    let [step, body @ ..] = bytes else { return };
    let read = |step: usize| super::read_value(&mut unpacked(body, step)).ok();
    assert_eq!(read(usize::MAX), read(usize::from(*step) + 1));
}

/// `/list`.
pub fn list(mut body: &[u8]) {
    let length = body.len();
    if let Ok(datasets) = read_list(&mut body) {
        assert!(datasets.len() <= length);
    }
}

/// `/timeSeriesSpark` and `/dailydifferenceaverage_spark`.
pub fn series(mut body: &[u8]) {
    let length = body.len();
    if let Ok(answer) = read_envelope(&mut body, Rows::default(), Limit::NONE) {
        for series in answer.data.finish(usize::MAX).unwrap_or_default() {
            let columns = series.extra.iter().map(|(_, column)| column.len());
            assert!(series.time.len() <= length && columns.sum::<usize>() <= 100 * length);
            let rows = series.time.len();
            let (merged, joined) = crate::join::merged(series.sorted(|_| true));
            assert!(merged.time.len() + joined == rows && merged.time.is_sorted());
        }
    }
}

/// Every endpoint that answers with cells.
pub fn map(mut body: &[u8]) {
    let length = body.len();
    if let Ok(answer) = read_envelope(&mut body, Cells::wanting(&["mean", "avg", "variance", "maxima", "r", "slope"]), Limit::NONE) {
        let map = crate::join::upright(&answer.data, |lon| lon);
        assert!(map.values.len() <= length && map.values.len() == map.lat.len() * map.lon.len());
        let _ = crate::join::upside_down(&map);
        assert!(crate::join::overlay(vec![map.clone(), map]).is_some());
    }
}

/// `/datainbounds`.
pub fn points(mut body: &[u8]) {
    let length = body.len();
    if let Ok(answer) = read_envelope(&mut body, PointSamples::default(), Limit::NONE) {
        let samples = answer.data.finish();
        let values = samples.variables.iter().map(|(_, column)| column.len());
        assert!(samples.time.len() <= length && values.sum::<usize>() <= 100 * length);
    }
}

/// Both Hovmöller diagrams.
pub fn hovmoller(body: &[u8]) {
    for axis in [Axis::Latitude, Axis::Longitude] {
        if let Ok(answer) = read_envelope(&mut &*body, DiagramSamples::along(axis), Limit::NONE)
            && let Ok(extent) = crate::join::Extent::of(&answer.data.all)
        {
            let diagram = crate::join::diagram(&answer.data.all, extent);
            assert_eq!(diagram.cells.len(), diagram.time.len() * diagram.coordinate.len());
            assert!(diagram.cells.len() <= 64 * body.len() + 1_000_000);
        }
    }
}

/// `/job`.
pub fn job(mut body: &[u8]) {
    if let Ok(job) = read_job(&mut body) {
        assert!(job.parameters.len() <= 100);
    }
}

/// `/cdmsresults`, and what `/match_spark` once answered.
pub fn results(mut body: &[u8]) {
    let length = body.len();
    if let Ok(page) = read_pairs(&mut body, 1000) {
        let pairs = page.pairs;
        assert!(pairs.len() <= 1000 && pairs.len() + pairs.left_out <= length);
        for side in [&pairs.primary, &pairs.secondary] {
            assert!(side.time.len() == pairs.len() && side.variables.iter().all(|(_, _, column)| column.len() == pairs.len()));
        }
    }
}

/// `/standardDeviation`.
pub fn deviations(mut body: &[u8]) {
    let length = body.len();
    if let Ok(answer) = read_envelope(&mut body, Deviations::default(), Limit::NONE) {
        assert!(answer.data.lat.len() <= length);
    }
}

/// The bodies of all statuses that are no answer: the first two bytes are the status.
pub fn errors(body: &[u8]) {
    if let [high, low, rest @ ..] = body {
        let text = told_by(u16::from_be_bytes([*high, *low]), rest).to_string();
        assert!(text.chars().count() < 2000 && !text.contains(char::is_control), "{text}");
    }
}
