//! Recorded answers of a real 1.4.0 server, asked for in windows of time: a server that gives each window its rows of the recording gives
//! the recording, through the real client.

mod recorded;
mod support;

use recorded::{Question, Record, items, question, records};
use sdap_nexus::windows::{Windowed, Windows};
use sdap_nexus::{Nexus, Server};
use serde_json::Value;
use support::{Asked, Fake, Reply};

/// What a server answers to a window: the rows of the recording that lie in it.
fn of_window(record: &Record, asked: &Asked) -> Reply {
    let seconds = |name: &str| asked.get(name).parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    let mut window = seconds("startTime")..=seconds("endTime");
    if asked.path == "/dailydifferenceaverage_spark" {
        // A day is dated at its midnight.
        window = window.start().div_euclid(86_400) * 86_400..=*window.end();
    }
    let time = |row: &Value| row.get("time").or_else(|| row.get(0).and_then(|first| first.get("time"))).and_then(Value::as_i64);
    let within = |row: &Value| time(row).is_some_and(|time| window.contains(&time));
    let body = record.json();
    let kept: Vec<Value> = items(body.get("data").unwrap_or(&body)).iter().filter(|row| within(row)).cloned().collect();
    match body {
        Value::Object(mut fields) => {
            fields.insert("data".into(), kept.into());
            fields.insert("stats".into(), Value::Object(serde_json::Map::default()));
            Reply::json(Value::Object(fields).to_string())
        }
        _ => Reply::json(Value::Array(kept).to_string()),
    }
}

/// A value without what says how it was asked for, so that two can be compared to the last bit.
async fn told(nexus: &dyn Nexus, question: &Question) -> Option<String> {
    Some(match question {
        Question::Series(request) if !request.filters.low_pass => {
            let group = nexus.series(request).await.unwrap();
            let series = group.series.iter().map(|s| {
                format!(
                    "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                    s.dataset,
                    s.time.seconds(),
                    s.mean,
                    s.standard_deviation,
                    s.count,
                    s.minimum,
                    s.extra
                )
            });
            series.collect::<Vec<_>>().join("\n")
        }
        Question::Anomaly(request) => {
            let series = nexus.anomaly(request).await.unwrap();
            format!("{:?} {:?} {:?}", series.time.seconds(), series.mean, series.standard_deviation)
        }
        Question::Hovmoller(request) => {
            let h = nexus.hovmoller(request).await.unwrap();
            format!("{:?} {:?} {:?} {:?} {:?} {:?}", h.time.seconds(), h.coordinate, h.mean, h.standard_deviation, h.minimum, h.count)
        }
        Question::Subset(request) => {
            let points = nexus.subset(request).await.unwrap();
            format!("{:?} {:?} {:?} {:?} {:?}", points.time.seconds(), points.lat, points.lon, points.variables, points.keys)
        }
        _ => return None,
    })
}

#[tokio::test]
async fn a_recorded_answer_in_windows_is_the_recorded_answer() {
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for record in records().into_iter().filter(|record| record.reply.status == 200) {
        let Some(question) = question(&record.asked) else { continue };
        if !matches!(question, Question::Series(_) | Question::Anomaly(_) | Question::Hovmoller(_) | Question::Subset(_)) {
            continue;
        }
        // What has no data, or of other times only, is told of elsewhere.
        let empty = record.json()["data"].as_array().is_some_and(Vec::is_empty);
        if empty || record.name.ends_with("_clim_name") || record.name == "lonhof_nodata" {
            continue;
        }
        let source = record.clone();
        let fake = Fake::start(move |asked| of_window(&source, asked)).await;
        let server: Server = fake.client();
        let Some(whole) = told(&server, &question).await else { continue };
        for windows in [2, 25] {
            let windowed = Windowed::new(&server, Windows::Count(windows.try_into().unwrap()));
            assert_eq!(told(&windowed, &question).await.unwrap(), whole, "{} in {windows} windows", record.name);
        }
        *kinds.entry(record.asked.path).or_default() += 1;
    }
    let told: Vec<&str> = kinds.keys().map(String::as_str).collect();
    assert_eq!(
        told,
        [
            "/dailydifferenceaverage_spark",
            "/datainbounds",
            "/latitudeTimeHofMoellerSpark",
            "/longitudeTimeHofMoellerSpark",
            "/timeSeriesSpark"
        ]
    );
}
