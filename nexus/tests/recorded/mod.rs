//! The answers of a real 1.4.0 server that were recorded, and the typed questions that they answer.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use super::support::{Asked, Reply};
use sdap::{Axis, BoundingBox, Period};
use sdap_nexus::request::{
    AnomalyRequest, Correlation, CorrelationRequest, HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest,
};
use serde_json::Value;

/// One recorded request and its answer.
#[derive(Clone)]
pub struct Record {
    pub name: String,
    pub asked: Asked,
    pub reply: Reply,
}

impl Record {
    /// The body as JSON, read independently of the client: NaN is replaced by null in the text.
    pub fn json(&self) -> Value {
        let plain = if self.reply.body.starts_with(&[0x1f, 0x8b]) {
            let mut text = String::new();
            std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*self.reply.body), &mut text).unwrap();
            text
        } else {
            String::from_utf8(self.reply.body.clone()).unwrap()
        };
        serde_json::from_str(&plain.replace(": NaN", ": null")).unwrap()
    }
}

pub fn records() -> Vec<Record> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let mut all: Vec<Record> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .map(|path| record(&serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()))
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn record(json: &Value) -> Record {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let query = json["request"]["query"].as_array().unwrap();
    let body = match &json["body"] {
        Value::String(body) => body.clone().into_bytes(),
        _ => base64(json["body_b64"].as_str().unwrap()),
    };
    let headers = json["headers"].as_object().unwrap();
    Record {
        name: text(&json["name"]),
        asked: Asked {
            method: text(&json["request"]["method"]),
            path: text(&json["request"]["path"]),
            query: query.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
            headers: axum::http::HeaderMap::default(),
            body: Vec::new(),
        },
        reply: Reply {
            status: json["status"].as_u64().unwrap() as u16,
            headers: headers.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            body,
        },
    }
}

fn base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".iter().position(|d| *d == c);
    let bits: Vec<usize> = text.bytes().filter_map(digit).collect();
    let bytes = bits.chunks(4).flat_map(|four| {
        let word = four.iter().fold(0, |word, bits| word << 6 | bits) << (6 * (4 - four.len()));
        [word >> 16, word >> 8, word].map(|b| b as u8).into_iter().take(four.len() - 1)
    });
    bytes.collect()
}

/// What a request asks about, however it is written: path, datasets, area and times.
pub fn meaning(asked: &Asked) -> (String, String, Option<String>, Vec<Option<i64>>) {
    let first = |names: &[&str]| names.iter().map(|n| asked.get(n)).find(|v| !v.is_empty()).unwrap_or_default().to_owned();
    let sets = format!("{} {}", first(&["ds", "dataset", "ds1"]), first(&["climatology", "ds2"]));
    (asked.path.clone(), sets, area(asked).map(|a| a.to_string()), vec![time(asked.get("startTime")), time(asked.get("endTime"))])
}

fn area(asked: &Asked) -> Option<BoundingBox> {
    let numbers: Vec<f64> = match asked.get("b") {
        "" => ["minLon", "minLat", "maxLon", "maxLat"].iter().filter_map(|n| asked.get(n).parse().ok()).collect(),
        b => b.split(',').filter_map(|n| n.parse().ok()).collect(),
    };
    let [west, south, east, north] = numbers[..] else { return None };
    BoundingBox::new(west, south, east, north).ok()
}

fn time(text: &str) -> Option<i64> {
    let seconds = text.parse().ok().filter(|s| *s >= 0);
    seconds.or_else(|| text.parse::<chrono::DateTime<chrono::Utc>>().ok().map(|t| t.timestamp()))
}

fn period(asked: &Asked) -> Option<Period> {
    let at = |name| chrono::DateTime::from_timestamp(time(asked.get(name))?, 0);
    Period::new(at("startTime")?, at("endTime")?).ok()
}

/// The typed question that a recorded request stands for; none where it asks what no verb asks, or asks it wrongly.
pub enum Question {
    Datasets,
    Version,
    Series(SeriesRequest),
    Anomaly(AnomalyRequest),
    Map(MapRequest),
    Subset(SubsetRequest),
    Hovmoller(HovmollerRequest),
    Correlation(CorrelationRequest),
}

pub fn question(asked: &Asked) -> Option<Question> {
    match asked.path.as_str() {
        "/list" => return Some(Question::Datasets),
        "/version" => return Some(Question::Version),
        _ => {}
    }
    let dataset = Some(asked.get("ds").to_owned()).filter(|d| !d.is_empty() && d.chars().all(|c| c != ' '));
    // Dates that were moved are compared on their own below; corners the wrong way round are no box.
    if !asked.get("normalizeDates").is_empty() {
        return None;
    }
    let variable = None;
    let map = |statistic, period| {
        Some(Question::Map(MapRequest {
            elevation: None,
            dataset: dataset.clone()?,
            variable: None,
            statistic,
            area: area(asked)?,
            period,
        }))
    };
    let hovmoller = |axis| {
        let (area, period) = (area(asked)?, period(asked)?);
        Some(Question::Hovmoller(HovmollerRequest {
            elevation: None,
            normalize_dates: false,
            dataset: dataset.clone()?,
            variable: None,
            axis,
            area,
            period,
        }))
    };
    match asked.path.as_str() {
        "/timeSeriesSpark" => Some(Question::Series(SeriesRequest {
            elevation: None,
            datasets: dataset?.split(',').map(str::to_owned).collect(),
            variable,
            area: area(asked)?,
            period: period(asked)?,
            filters: SeriesFilters {
                seasonal: asked.get("seasonalFilter") == "true",
                low_pass: asked.get("lowPassFilter") != "false",
                normalize_dates: asked.get("normalizeDates") == "true",
            },
        })),
        "/dailydifferenceaverage_spark" => {
            let either = |a, b| Some([asked.get(a), asked.get(b)].concat()).filter(|v| !v.is_empty());
            let (dataset, climatology) = (either("dataset", "ds1")?, either("climatology", "ds2")?);
            Some(Question::Anomaly(AnomalyRequest { dataset, climatology, variable, area: area(asked)?, period: period(asked)? }))
        }
        "/timeAvgMapSpark" => map(Statistic::Mean, period(asked)?),
        "/varianceSpark" => map(Statistic::Variance, period(asked)?),
        "/maxMinMapSpark" => map(Statistic::Maximum, period(asked)?),
        "/climMapSpark" => {
            let year = |name: &str, rest: &str| format!("{}{rest}", asked.get(name)).parse().ok();
            let years = Period::new(year("startYear", "-01-01T00:00:00Z")?, year("endYear", "-12-31T23:59:59Z")?).ok()?;
            map(Statistic::Climatology { month: asked.get("month").parse().ok()? }, years)
        }
        "/latitudeTimeHofMoellerSpark" => hovmoller(Axis::Latitude),
        "/longitudeTimeHofMoellerSpark" => hovmoller(Axis::Longitude),
        "/corrMapSpark" => {
            let (a, b) = asked.get("ds").split_once(',')?;
            let datasets = [a.to_owned(), b.to_owned()];
            // Times in another form than whole seconds are the recorded mistake, which no typed request makes.
            asked.get("startTime").parse::<i64>().ok()?;
            Some(Question::Correlation(CorrelationRequest {
                datasets,
                kind: Correlation::default(),
                area: area(asked)?,
                period: period(asked)?,
            }))
        }
        "/datainbounds" => Some(Question::Subset(SubsetRequest {
            elevation: None,
            dataset: dataset?,
            variable,
            area: area(asked),
            filters: asked.query.iter().filter(|(n, _)| n == "metadataFilter").map(|(_, v)| v.clone()).collect(),
            period: period(asked)?,
        })),
        _ => None,
    }
}

pub fn items(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}
