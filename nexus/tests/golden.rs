//! Every recorded answer of a real 1.4.0 server, through the real client: each becomes the value that it holds, or
//! the error that its status and body call for.

mod recorded;
mod support;

use recorded::{Question, Record, items, meaning, question, records};
use sdap::{Grid, Hovmoller, Points, TimeSeries};
use sdap_nexus::request::Statistic;
use sdap_nexus::{Error, Nexus, Server};
use serde_json::Value;
use std::fmt::Write as _;
use support::{Fake, Reply};

/// Asks a question and says in one line what came, every number of it compared with the recorded body.
async fn outcome(server: &Server, question: &Question, record: &Record) -> Result<String, Error> {
    Ok(match question {
        Question::Version => format!("version {}", server.version().await?),
        Question::Datasets => {
            let datasets = server.datasets().await?;
            let names: Vec<&str> = datasets.iter().map(|d| d.short_name.as_str()).collect();
            let mut expected: Vec<String> = items(&record.json()).iter().map(|e| e["shortName"].as_str().unwrap().to_owned()).collect();
            expected.sort();
            assert_eq!(names, expected);
            format!("{} datasets, from {} over {}", names.len(), names[0], datasets[0].period.unwrap())
        }
        Question::Series(request) => {
            let group = server.series(request).await?;
            let mut kept = 0;
            for series in &group.series {
                let number = request.datasets.iter().skip(kept).position(|d| *d == series.dataset).unwrap() + kept;
                kept = number + 1;
                check_rows(series, &record.json(), number);
            }
            let extra: Vec<&String> = group.series[0].extra.keys().collect();
            let told: Vec<String> = group.series.iter().map(brief).collect();
            format!("{}, regression {}, extra {extra:?}", told.join(" and "), group.regression.is_some())
        }
        Question::Anomaly(request) => {
            let series = server.anomaly(request).await?;
            check_rows(&series, &record.json(), 0);
            brief(&series)
        }
        Question::Map(request) => {
            let grid = server.map(request).await?;
            check_cells(&grid, &record.json(), request.statistic);
            summary(&grid)
        }
        Question::Correlation(request) => {
            let grid = server.correlation(request).await?;
            check_cells(&grid, &record.json(), Statistic::Mean);
            summary(&grid)
        }
        Question::Hovmoller(request) => {
            let diagram = server.hovmoller(request).await?;
            check_diagram(&diagram, &record.json());
            format!("{diagram:?}, {} counted", diagram.count.sum())
        }
        Question::Subset(request) => {
            let points = server.subset(request).await?;
            check_points(&points, &record.json());
            format!("{points:?}, elevation {}", points.elevation.is_some())
        }
    })
}

fn brief(series: &TimeSeries) -> String {
    let last = series.len() - 1;
    format!("{} [{}] {:?}, mean {} to {}", series.dataset, series.units, series.time, series.mean[0], series.mean[last])
}

fn summary(grid: &Grid) -> String {
    let (rows, columns) = grid.values.dim();
    let present = grid.values.iter().filter(|v| !v.is_nan()).count();
    format!("{} {} of {rows} x {columns} cells, {present} with a value in {:?}", grid.dataset, grid.statistic, grid.range().unwrap())
}

/// Equal, or both missing. The reader used here may be off by the last bit; the client's rounds correctly.
fn same(ours: f64, theirs: &Value) -> bool {
    theirs.as_f64().map_or(ours.is_nan(), |theirs| (ours - theirs).abs() <= theirs.abs() * f64::EPSILON)
}

/// The same document, its numbers equal as [`same`] has it.
fn alike(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(name, v)| b.get(name).is_some_and(|w| alike(v, w))),
        (Value::Number(a), b @ Value::Number(_)) => a.as_f64().is_some_and(|a| same(a, b)),
        _ => ours == theirs,
    }
}

fn check_rows(series: &TimeSeries, body: &Value, number: usize) {
    let all: Vec<&Value> = items(&body["data"]).iter().flat_map(items).collect();
    let rows: Vec<&Value> = all.into_iter().filter(|row| row["ds"].as_u64() == Some(number as u64)).collect();
    assert_eq!(series.len(), rows.len());
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(series.time.seconds()[at], row["time"].as_i64().unwrap());
        let columns = [
            ("mean", &series.mean),
            ("std", &series.standard_deviation),
            ("cnt", &series.count),
            ("min", &series.minimum),
            ("max", &series.maximum),
        ];
        for (name, column) in columns {
            assert!(same(column[at], &row[name]), "{name} of {row}");
        }
        for (name, column) in &series.extra {
            assert!(same(column[at], &row[name.as_str()]), "{name} of {row}");
        }
    }
}

/// A climatology is asked for year by year, and the replayed server gives each year the same answer.
fn check_cells(grid: &Grid, body: &Value, statistic: Statistic) {
    let rows = items(&body["data"]);
    assert_eq!(grid.values.dim(), (rows.len(), items(&rows[0]).len()));
    let counts = rows.iter().flat_map(items).map(|cell| cell["cnt"].as_f64().unwrap());
    let most = counts.fold(0.0, f64::max);
    let years =
        if matches!(statistic, Statistic::Climatology { .. }) { grid.count.iter().copied().fold(0.0, f64::max) / most } else { 1.0 };
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in items(cells).iter().enumerate() {
            assert!(same(grid.lat[row], &cell["lat"]) && same(grid.lon[column], &cell["lon"]));
            let count = cell["cnt"].as_f64().unwrap();
            let named = ["mean", "avg", "variance", "maxima", "r"].iter().find_map(|name| cell.get(name)).unwrap();
            let trusted = count > 0.0 && (statistic != Statistic::Variance || count == most);
            let expected = named.as_f64().filter(|_| trusted).unwrap_or(f64::NAN);
            let value = grid.values[[row, column]];
            assert!((value - expected).abs() < 1e-12 || value.is_nan() && expected.is_nan(), "{value} {cell}");
            assert_eq!(grid.count[[row, column]], count * years, "{cell}");
        }
    }
}

fn check_diagram(diagram: &Hovmoller, body: &Value) {
    let mut samples = 0;
    for row in items(&body["data"]) {
        let at = diagram.time.seconds().binary_search(&row["time"].as_i64().unwrap()).unwrap();
        for entry in items(row.get("lats").unwrap_or(&row["lons"])) {
            let coordinate = entry.get("latitude").unwrap_or(&entry["longitude"]).as_f64().unwrap();
            let place = diagram.coordinate.iter().position(|c| *c == coordinate).unwrap();
            let planes = [
                ("mean", &diagram.mean),
                ("std", &diagram.standard_deviation),
                ("min", &diagram.minimum),
                ("max", &diagram.maximum),
                ("cnt", &diagram.count),
            ];
            for (name, plane) in planes {
                assert!(same(plane[[at, place]], &entry[name]), "{name} of {entry}");
            }
            samples += 1;
        }
    }
    assert_eq!(diagram.mean.iter().filter(|v| !v.is_nan()).count(), samples);
}

fn check_points(points: &Points, body: &Value) {
    let mut expected: Vec<&Value> = items(body).iter().collect();
    let key = |p: &Value| (p["time"].as_i64().unwrap(), p["latitude"].as_f64().unwrap(), p["longitude"].as_f64().unwrap());
    expected.sort_by(|a, b| key(a).partial_cmp(&key(b)).unwrap());
    assert_eq!(points.len(), expected.len());
    for (at, point) in expected.iter().enumerate() {
        assert_eq!((points.time.seconds()[at], points.lat[at], points.lon[at]), key(point));
        for variable in &points.variables {
            let values = point["data"].get("variables").map_or(&point["data"], |list| &list[0]);
            assert!(same(variable.values[at], &values[variable.name.as_str()]), "{} of {point}", variable.name);
        }
    }
}

/// What a raw request brings, in one line.
async fn raw(server: &Server, record: &Record) -> Result<String, Error> {
    let query: Vec<String> = record.asked.query.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "%20"))).collect();
    let body = server.get(&format!("{}?{}", record.asked.path, query.join("&"))).await?;
    assert_eq!(body.bytes, record.reply.body);
    Ok(match body.content_type.as_str() {
        "application/json" => {
            assert!(alike(&body.json()?, &record.json()), "{}", record.name);
            format!("get: JSON of {} bytes", body.bytes.len())
        }
        kind => format!("get: {kind} of {} bytes", body.bytes.len()),
    })
}

#[tokio::test]
async fn every_recorded_answer_becomes_its_value_or_its_error() {
    let mut told = String::new();
    let records = records();
    assert_eq!(records.len(), 141);
    for record in records {
        let question = question(&record.asked);
        let (reply, recorded, is_typed) = (record.reply.clone(), meaning(&record.asked), question.is_some());
        let fake = Fake::start(move |asked| {
            // The client may not ask for anything else than what was recorded; a climatology it asks for year by year.
            if is_typed && meaning(asked) != recorded { Reply::error(418, "that is not what was recorded") } else { reply.clone() }
        })
        .await;
        let server = fake.client();
        let result = match &question {
            Some(question) => outcome(&server, question, &record).await,
            None => raw(&server, &record).await,
        };
        let status = record.reply.status;
        if status != 200 {
            assert!(result.is_err(), "{} was answered {status}", record.name);
        }
        let line = match &result {
            Ok(line) => line.clone(),
            Err(error) => format!("! {}: {error}", kind(error)),
        };
        writeln!(told, "{} {status}: {}", record.name, line.replace(&fake.url, "SERVER")).unwrap();
    }
    insta::assert_snapshot!(told);
}

/// The count, mean, population standard deviation and extremes of all samples that some rows describe.
fn pooled(rows: &[&Value]) -> [f64; 5] {
    let column = |name: &str| rows.iter().map(|row| row[name].as_f64().unwrap()).collect::<Vec<_>>();
    let (counts, means, spreads) = (column("cnt"), column("mean"), column("std"));
    let count: f64 = counts.iter().sum();
    let mean = counts.iter().zip(&means).map(|(n, m)| n * m).sum::<f64>() / count;
    let squares: f64 = counts.iter().zip(means.iter().zip(&spreads)).map(|(n, (m, s))| n * (s * s + (m - mean).powi(2))).sum();
    let fold = |name: &str, f: fn(f64, f64) -> f64| column(name).into_iter().fold(f64::NAN, f);
    [count, mean, (squares / count).sqrt(), fold("min", f64::min), fold("max", f64::max)]
}

fn assert_close(ours: [f64; 5], theirs: [f64; 5]) {
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() <= 1e-12 * theirs.abs(), "{ours} {theirs}");
    }
}

#[tokio::test]
async fn moved_dates_hold_the_samples_of_their_whole_month() {
    for record in records().into_iter().filter(|record| record.name.starts_with("ts_normalize")) {
        let mut still = record.asked.clone();
        still.query.retain(|(name, _)| name != "normalizeDates");
        let Some(Question::Series(mut request)) = question(&still) else { panic!("{}", record.name) };
        request.filters.normalize_dates = true;
        let group = Fake::always(record.reply.clone()).await.client().series(&request).await.unwrap();
        let body = record.json();
        let rows: Vec<&Value> = items(&body["data"]).iter().flat_map(items).collect();
        let series = &group.series[0];
        assert!(series.len() < rows.len(), "days of one month are one");
        for (at, time) in series.time.seconds().iter().enumerate() {
            let month: Vec<&Value> = rows.iter().copied().filter(|row| row["time"].as_i64() == Some(*time)).collect();
            assert_close(
                [series.count[at], series.mean[at], series.standard_deviation[at], series.minimum[at], series.maximum[at]],
                pooled(&month),
            );
        }
        assert_eq!(series.count.sum(), rows.iter().map(|row| row["cnt"].as_f64().unwrap()).sum::<f64>());
    }
}

#[tokio::test]
async fn a_diagram_of_moved_dates_holds_the_samples_of_their_whole_month() {
    let record = records().into_iter().find(|record| record.name == "lonhof_normalize").unwrap();
    let mut still = record.asked.clone();
    still.query.retain(|(name, _)| name != "normalizeDates");
    let Some(Question::Hovmoller(mut request)) = question(&still) else { panic!("{}", record.name) };
    request.normalize_dates = true;
    let diagram = Fake::always(record.reply.clone()).await.client().hovmoller(&request).await.unwrap();
    let body = record.json();
    for ((row, column), count) in diagram.count.indexed_iter() {
        let lines = items(&body["data"]).iter().filter(|line| line["time"].as_i64() == Some(diagram.time.seconds()[row]));
        let entries = lines.flat_map(|line| items(&line["lons"]));
        let month: Vec<&Value> = entries.filter(|entry| entry["longitude"].as_f64() == Some(diagram.coordinate[column])).collect();
        let at = [row, column];
        let ours = [*count, diagram.mean[at], diagram.standard_deviation[at], diagram.minimum[at], diagram.maximum[at]];
        assert_close(ours, pooled(&month));
    }
}

#[tokio::test]
async fn a_question_that_was_posted_is_answered_like_one_that_was_asked() {
    let record = records().into_iter().find(|record| record.asked.method == "POST").unwrap();
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&record.asked.query).finish();
    let fake = Fake::always(record.reply.clone()).await;
    let body = fake.client().post(&record.asked.path, "application/x-www-form-urlencoded", form.clone().into_bytes()).await.unwrap();
    assert!(alike(&body.json().unwrap(), &record.json()));
    let asked = &fake.asked()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str(), asked.body.as_slice()), ("POST", record.asked.path.as_str(), form.as_bytes()));
}

#[tokio::test]
async fn recorded_endpoints_that_are_dead_are_not_even_asked() {
    let dead = ["/stats", "/dailydifferenceaverage", "/longitudeTimeHofMoeller", "/longitudeLatitudeMap", "/tiles"];
    let mut told = Vec::new();
    for record in records().into_iter().filter(|record| dead.contains(&record.asked.path.as_str())) {
        let fake = Fake::always(record.reply.clone()).await;
        let error = raw(&fake.client(), &record).await.unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)) && fake.asked().is_empty(), "{error}");
        told.push(record.asked.path);
    }
    told.dedup();
    told.sort();
    assert_eq!(told.len(), dead.len(), "{told:?}");
}

fn kind(error: &Error) -> String {
    let text = format!("{error:?}");
    text.split([' ', '(']).next().unwrap_or_default().to_owned()
}
