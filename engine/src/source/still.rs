//! Fields without an axis of time or place, as maps of one day or of the sea floor, or the series of one place: they are given one
//! of a single entry.
//!
//! The entry is that of a lone coordinate. Where there is none, the time is the start of the period that the file states to cover;
//! and what states no time at all, as a map of depths, holds at all times, and is given 1970-01-01.

use super::{Contents, Elements, Member};
use crate::chunks::{Block, Chunks, Line};
use crate::dataset::{Attributes, attributes, is_time, says_latitude, says_longitude, says_time};
use crate::numbers::{Kind, Numbers};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use std::sync::Arc;

/// What a file may call the start of the period that it covers (ACDD 1.3, and what was used before it).
const STARTS: [&str; 5] = ["time_coverage_start", "start_time", "start_date", "RangeBeginningDate", "RANGEBEGINNINGDATE"];

/// The same contents, with an axis of time and of both places if anything says where and when they are.
pub(super) fn with_axes(mut contents: Contents) -> Contents {
    for says_so in [says_latitude as fn(&Member) -> bool, says_longitude] {
        if !contents.arrays.iter().any(|m| !m.shape.is_empty() && says_so(m))
            && let Some(place) = lone(&mut contents.arrays, says_so)
        {
            give(&mut contents, place, 1);
        }
    }
    if !contents.arrays.iter().any(is_time)
        && let Some(time) = lone(&mut contents.arrays, says_time).or_else(|| stated(&contents)).or_else(|| unstated(&mut contents))
    {
        give(&mut contents, time, 2);
    }
    contents
}

/// Gives an axis of one entry to all arrays of at least so many dimensions that are no coordinates.
fn give(contents: &mut Contents, axis: Member, least: usize) {
    let bounds: Vec<String> = contents.arrays.iter().map(|m| attributes::text(&m.attributes, "bounds").to_owned()).collect();
    for member in &mut contents.arrays {
        let is_coordinate =
            says_latitude(member) || says_longitude(member) || is_time(member) || member.dimensions == [member.name.clone()];
        let is_named = member.dimensions.len() == member.shape.len();
        if member.shape.len() < least || is_coordinate || !is_named || bounds.contains(&member.name) {
            continue;
        }
        member.dimensions.insert(0, axis.name.clone());
        member.shape.insert(0, 1);
        if let Elements::Numbers(chunks) = &member.elements {
            member.elements = Elements::Numbers(Arc::new(Still::of(chunks.clone())));
        }
    }
    contents.arrays.push(axis);
}

/// A coordinate that is a lone number, as an axis of one entry.
fn lone(arrays: &mut Vec<Member>, says_so: impl Fn(&Member) -> bool) -> Option<Member> {
    let at = arrays.iter().position(|m| m.shape.is_empty() && says_so(m))?;
    let chunks = arrays[at].chunks().ok()?;
    let line = Line::new(chunks.kind(), chunks.read(&[]).ok()?).ok()?;
    let member = arrays.remove(at);
    let (dimensions, elements) = (vec![member.name.clone()], Elements::Numbers(Arc::new(line)));
    Some(Member { dimensions, shape: vec![1], elements, ..member })
}

/// The start of the period that the file states.
fn stated(contents: &Contents) -> Option<Member> {
    let mut said = STARTS.iter().map(|name| attributes::text(&contents.attributes, name));
    said.find_map(instant).and_then(axis)
}

/// 1970-01-01 for what has nothing to do with time: neither a name nor a dimension of it.
fn unstated(contents: &mut Contents) -> Option<Member> {
    let is_of_time = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["time", "date", "month", "year", "day"].iter().any(|word| name.contains(word)) || name == "t"
    };
    let speaks_of_time = |m: &Member| says_time(m) || is_of_time(&m.name) || m.dimensions.iter().any(|d| is_of_time(d));
    let is_named = |m: &Member| !m.dimensions.is_empty() || m.shape.is_empty();
    if contents.arrays.iter().any(|m| speaks_of_time(m) || !is_named(m)) {
        return None;
    }
    contents.attributes.insert("time".into(), "none is stated; 1970-01-01 stands for all times".into());
    axis(0)
}

fn axis(seconds: i64) -> Option<Member> {
    let mut attributes = Attributes::new();
    attributes.insert("units".into(), "seconds since 1970-01-01".into());
    let elements = Elements::Numbers(Arc::new(Line::new(Kind::I64, Numbers::I64(vec![seconds])).ok()?));
    Some(Member { name: "time".into(), attributes, dimensions: vec!["time".into()], shape: vec![1], fill: None, elements })
}

/// `2020-01-01T00:25:09.000Z`, `2020-01-01 00:25:09`, `2020-01-01`, `20200101T002509Z`, `20200101`; UTC where nothing else is said.
fn instant(text: &str) -> Option<i64> {
    let plain = text.trim_end_matches("UTC").trim_end_matches('Z').trim_end();
    let times = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y%m%dT%H%M%S", "%Y%m%d%H%M%S"];
    let days = ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d"];
    let zoned = || DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp());
    let time = || times.iter().find_map(|form| NaiveDateTime::parse_from_str(plain, form).ok()).map(|time| time.and_utc().timestamp());
    let day = || days.iter().find_map(|form| NaiveDate::parse_from_str(plain, form).ok()).map(|day| day.and_time(chrono::NaiveTime::MIN));
    zoned().or_else(time).or_else(|| day().map(|day| day.and_utc().timestamp()))
}

/// An array with a first dimension of one entry before its own.
struct Still {
    chunks: Arc<dyn Chunks>,
    shape: Vec<usize>,
    chunk_shape: Vec<usize>,
}

impl Still {
    fn of(chunks: Arc<dyn Chunks>) -> Self {
        let with_one = |lengths: &[usize]| [&[1], lengths].concat();
        Self { shape: with_one(chunks.shape()), chunk_shape: with_one(chunks.chunk_shape()), chunks }
    }
}

impl Chunks for Still {
    fn kind(&self) -> Kind {
        self.chunks.kind()
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn chunk_shape(&self) -> &[usize] {
        &self.chunk_shape
    }

    fn read(&self, at: &[usize]) -> Result<Numbers, String> {
        self.chunks.read(&at[1..])
    }

    fn reads_parts(&self) -> bool {
        self.chunks.reads_parts()
    }

    fn read_part(&self, at: &[usize], part: &Block) -> Result<Numbers, String> {
        self.chunks.read_part(&at[1..], &Block { start: part.start[1..].to_vec(), shape: part.shape[1..].to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_period_is_read_in_the_forms_that_are_used() {
        for text in
            ["2020-01-01T00:25:09.000Z", "2020-01-01 00:25:09 UTC", "20200101T002509Z", "2020-01-01T01:25:09+01:00", "20200101002509"]
        {
            assert_eq!(instant(text), Some(1_577_838_309), "{text}");
        }
        assert_eq!(
            (instant("2020-01-01"), instant("20200101"), instant("2020/01/01")),
            (Some(1_577_836_800), Some(1_577_836_800), Some(1_577_836_800))
        );
        assert_eq!((instant(""), instant("N/A"), instant("2020-13-01")), (None, None, None));
    }
}
