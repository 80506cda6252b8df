//! The engine over HTTP: what the recordings of a real server do not hold.

mod http;

use sdap_engine::Engine;
use serde_json::{Value, json};

const YEAR: &str = "startTime=2009-01-01T00:00:00Z&endTime=2009-12-31T23:59:59Z";

async fn get(path: &str) -> http::Response {
    http::get(http::start(Engine::demo()).await, path).await
}

async fn error(path: &str) -> (u16, String) {
    let response = get(path).await;
    let body = response.json();
    assert_eq!(body["code"], json!(response.status));
    (response.status, body["error"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_list_has_every_dataset_with_its_attributes() {
    let list = get("/list").await.json();
    let ostia = list.as_array().unwrap().iter().find(|d| d["shortName"] == "OSTIA_SST_MONTHLY_TROPICS").unwrap();
    let keys: Vec<&String> = ostia.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["shortName", "title", "type", "start", "end", "iso_start", "iso_end", "metadata"]);
    assert_eq!((&ostia["start"], &ostia["iso_end"]), (&json!(1_145_145_600), &json!("2010-09-16T00:00:00")));
    assert!(ostia["metadata"]["attribution"].as_str().unwrap().contains("Open Government Licence"));
    assert_eq!(list.as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn a_broken_dataset_is_listed_with_its_error_and_no_times() {
    let engine = Engine::demo();
    engine.catalogue().add(std::path::Path::new("/nowhere"), "AAA").unwrap();
    let server = http::start(engine).await;
    let list = http::get(server, "/list").await.json();
    assert_eq!(list[0]["shortName"], "AAA");
    assert!(list[0]["error_reason"].as_str().unwrap().contains("/nowhere is no folder") && list[0].get("start").is_none());
    let alive = http::get(server, "/heartbeat").await.json();
    assert_eq!((&alive["AAA"], &alive["COADS_CLIMATOLOGY"]), (&json!(false), &json!(true)));
    let asked = http::get(server, &format!("/timeSeriesSpark?ds=AAA&b=0,0,1,1&{YEAR}")).await;
    assert_eq!(asked.status, 500);
}

#[tokio::test]
async fn ten_rivers_can_be_asked_by_metadata_filter() {
    let days = "startTime=2017-01-01T00:00:00Z&endTime=2017-01-02T00:00:00Z";
    let body = get(&format!("/datainbounds?ds=USGS_VA_DISCHARGE_DAILY&{days}&metadataFilter=rivid_i%3A2016500")).await.json();
    assert_eq!(body.as_array().unwrap().len(), 2);
    assert_eq!(body[0]["time"], json!(1_483_315_200), "the newest comes first");
    assert_eq!(body[0]["elevation"], Value::Null);
    assert_eq!(body[0]["keys"], json!({"rivid": "2016500"}));
    assert!(body[0]["data"]["variables"][0]["water_volume_transport_in_river_channel"].is_f64());
    let none = get(&format!("/datainbounds?ds=USGS_VA_DISCHARGE_DAILY&{days}&metadataFilter=rivid_i:1")).await;
    assert_eq!((none.status, none.text()), (200, "[]".into()));
    let unknown = error(&format!("/datainbounds?ds=USGS_VA_DISCHARGE_DAILY&{days}&metadataFilter=river:1")).await;
    assert_eq!(unknown, (400, "USGS_VA_DISCHARGE_DAILY has no field river to filter by; it has rivid, rivid_name, lat, lon".into()));
}

#[tokio::test]
async fn a_variable_can_be_chosen() {
    let ask = async |variable: &str| {
        let query = "ds=FNOC_WIND_MONTHLY&b=160,-5,180,5&startTime=1982-01-01T00:00:00Z&endTime=1982-01-31T00:00:00Z";
        get(&format!("/timeSeriesSpark?{query}{variable}")).await
    };
    let mean = |body: Value| body["data"][0][0]["mean"].as_f64().unwrap();
    assert!((mean(ask("&variable=uwnd").await.json()) + 2.282_469).abs() < 1e-6);
    assert_eq!(mean(ask("").await.json()), mean(ask("&variable=eastward_wind").await.json()), "the first if none is named");
    assert_ne!(mean(ask("&variable=vwnd").await.json()), mean(ask("&variable=uwnd").await.json()));
    let bad = ask("&variable=w").await;
    assert_eq!((bad.status, bad.json()["error"].clone()), (400, json!("FNOC_WIND_MONTHLY has no variable w; it has uwnd, vwnd")));
}

#[tokio::test]
async fn a_box_across_the_antimeridian_is_not_its_complement() {
    let query = "ds=FNOC_WIND_MONTHLY&b=170,-10,-170,10&startTime=1982-01-01T00:00:00Z&endTime=1982-01-31T00:00:00Z";
    let body = get(&format!("/timeAvgMapSpark?{query}")).await.json();
    assert_eq!(body["data"].as_array().unwrap().len(), 9);
    let row = body["data"][0].as_array().unwrap();
    assert_eq!((&row[0]["lon"], &row[8]["lon"]), (&json!(170.0), &json!(190.0)));
}

#[tokio::test]
async fn every_answer_is_strict_json() {
    let area = "b=-30,-60,20,60";
    let times = "startTime=1970-01-01T00:00:00Z&endTime=1970-12-31T00:00:00Z";
    for path in [
        "timeAvgMapSpark",
        "varianceSpark",
        "maxMinMapSpark",
        "latitudeTimeHofMoellerSpark",
        "longitudeTimeHofMoellerSpark",
        "datainbounds",
    ] {
        let response = get(&format!("/{path}?ds=COADS_CLIMATOLOGY&{area}&{times}")).await;
        assert_eq!(response.status, 200, "{path}");
        assert!(!response.text().contains("NaN") && response.text().lines().count() > 100, "{path}");
        response.json();
    }
    let correlated = get("/corrMapSpark?ds=FNOC_WIND_MONTHLY,FNOC_WIND_MONTHLY&minLon=0&minLat=-10&maxLon=20&maxLat=10&startTime=378691200&endTime=694224000").await;
    assert!(correlated.json()["data"][0][0]["r"].as_f64().unwrap() > 0.999);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said_as_the_server_says_it() {
    let nino = "b=-170,-5,-120,5";
    let of = async |path: String| error(&path).await;
    assert_eq!(of(format!("/timeAvgMapSpark?{nino}&{YEAR}")).await, (400, "'ds' argument is required".into()));
    assert_eq!(of(format!("/varianceSpark?ds=NOPE&{nino}&{YEAR}")).await, (404, "Dataset NOPE is not currently loaded/ingested".into()));
    let (status, text) = of(format!("/varianceSpark?ds=OSTIA_SST_MONTHLY_TROPICS&b=1,2,3&{YEAR}")).await;
    assert!(status == 400 && text.starts_with("'b' argument is required. Must be comma-delimited float"));
    let past = "startTime=1999-01-01T00:00:00Z&endTime=1999-12-31T00:00:00Z";
    assert_eq!(
        of(format!("/timeAvgMapSpark?ds=OSTIA_SST_MONTHLY_TROPICS&{nino}&{past}")).await,
        (400, "No data found for selected timeframe".into())
    );
    let two = of(format!("/corrMapSpark?ds=OSTIA_SST_MONTHLY_TROPICS&{nino}&{YEAR}")).await;
    assert!(two.0 == 400 && two.1.contains("two datasets"));
    let climatology = "/climMapSpark?ds=OSTIA_SST_MONTHLY_TROPICS&minLon=-170&minLat=-5&maxLon=-120&maxLat=5&month=7";
    assert_eq!(of(climatology.into()).await, (500, "year 0 is out of range".into()));
    assert_eq!(of(format!("{climatology}&startYear=2009&endYear=99999")).await, (500, "year 99999 is out of range".into()));
    assert_eq!(of(format!("{climatology}&startYear=2009&endYear=2007")).await.0, 400);
}

#[tokio::test]
async fn unknown_paths_are_a_page_and_the_known_are_listed() {
    let response = get("/list/").await;
    assert_eq!(response.status, 404);
    assert!(response.headers.contains("text/html") && response.text().contains("404: Not Found"));
    let known = get("/capabilities").await.json();
    assert!(known.as_array().unwrap().iter().any(|e| e["path"] == "/timeSeriesSpark" && e["parameters"]["seasonalFilter"].is_object()));
    for endpoint in known.as_array().unwrap() {
        assert_ne!(get(endpoint["path"].as_str().unwrap()).await.status, 404, "{endpoint}");
    }
}

#[tokio::test]
async fn a_form_in_the_body_is_as_good_as_a_query() {
    let server = http::start(Engine::demo()).await;
    let form = format!("ds=OSTIA_SST_MONTHLY_TROPICS&b=-170,-5,-120,5&{YEAR}&lowPassFilter=false");
    let posted = http::post(server, "/timeSeriesSpark", &form).await.json();
    assert_eq!(posted, http::get(server, &format!("/timeSeriesSpark?{form}")).await.json());
    assert_eq!(posted["data"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn many_clients_at_once_are_all_answered() {
    let server = http::start(Engine::demo()).await;
    let path = format!("/timeSeriesSpark?ds=OSTIA_SST_MONTHLY_TROPICS&b=-170,-5,-120,5&{YEAR}");
    let asked: Vec<_> = (0..24)
        .map(|_| {
            tokio::spawn({
                let path = path.clone();
                async move { http::get(server, &path).await.text() }
            })
        })
        .collect();
    let mut answers = Vec::new();
    for answer in asked {
        answers.push(answer.await.unwrap());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "the same to the last bit");
}
