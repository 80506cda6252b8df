//! The answers to single questions.

use super::{YEAR, error, get, http, made, refusal};
use sdap_engine::Engine;
use serde_json::{Value, json};

fn demo_datasets() -> usize {
    Engine::demo().catalogue().names().len()
}

#[tokio::test]
async fn the_list_has_every_dataset_with_its_attributes() {
    let list = get("/list").await.json();
    let ostia = list.as_array().unwrap().iter().find(|d| d["shortName"] == "OSTIA_SST_MONTHLY_TROPICS").unwrap();
    let keys: Vec<&String> = ostia.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["shortName", "title", "type", "start", "end", "iso_start", "iso_end", "metadata"]);
    assert_eq!((&ostia["start"], &ostia["iso_end"]), (&json!(1_145_145_600), &json!("2010-09-16T00:00:00")));
    assert!(ostia["metadata"]["attribution"].as_str().unwrap().contains("Open Government Licence"));
    assert_eq!(list.as_array().unwrap().len(), demo_datasets());
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
        let path = endpoint["path"].as_str().unwrap().replace("^/cdmscatalog/?.*$", "/cdmscatalog/x");
        assert_ne!(get(&path).await.status, 404, "{endpoint}");
    }
}

#[tokio::test]
async fn methods_and_paths_that_the_server_has_not_are_pages() {
    let server = http::start(Engine::demo()).await;
    for (method, path, status) in [
        ("HEAD", "/list", 405),
        ("OPTIONS", "/list", 405),
        ("DELETE", "/datainbounds", 405),
        ("PUT", "/", 405),
        ("GET", "//list", 403),
        ("GET", "/tiles", 404),
        ("GET", "/timeAvgMap", 404),
        ("GET", "/tomogram/3d", 404),
        ("GET", "/domsvalues", 500),
        ("GET", "/latitudeTimeHofMoeller", 500),
    ] {
        let found = http::send(server, &format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(found.status, status, "{method} {path}");
        assert!(found.headers.contains("text/html"), "{method} {path}: {}", found.headers);
    }
    for path in ["/stats", "/statsSolr", "/dailydifferenceaverage", "/longitudeLatitudeMap", "/match_spark_doms", "/makeerror"] {
        assert_eq!(error(path).await.0, 500, "{path}");
    }
    assert_eq!(error("/makeerror").await.1, "float division by zero");
}

#[tokio::test]
async fn what_is_no_form_of_an_answer_is_refused_in_the_words_of_the_server() {
    let asked = format!("/timeSeriesSpark?ds=OSTIA_SST_MONTHLY_TROPICS&b=-170,-5,-120,5&{YEAR}&output=");
    for (form, words) in [
        ("CSV", "Unable to convert results to CSV."),
        ("netcdf", "Unable to convert results to NetCDF."),
        ("PNG", "Unable to convert results to an Image."),
        ("GIF", "Unable to convert results to a GIF."),
        ("ZIP", "Unable to convert results to Zip."),
        ("XML", "module 'webservice.nexus_tornado.request.renderers' has no attribute 'NexusXMLRenderer'"),
        ("tea", "'NoneType' object has no attribute 'render'"),
    ] {
        assert_eq!(error(&format!("{asked}{form}")).await, (500, words.into()));
    }
    assert_eq!(get(&format!("{asked}json")).await.status, 200);
}

#[tokio::test]
async fn numbers_are_read_as_the_server_reads_them() {
    let box_and_years = "/climMapSpark?ds=OSTIA_SST_MONTHLY_TROPICS&b=-170,-5,-120,5&startYear=2007&endYear=2009";
    assert_eq!(error(&format!("{box_and_years}&month=2013-01")).await, (500, "invalid literal for int() with base 10: '2013-01'".into()));
    assert_eq!(error(&format!("{box_and_years}&month=July")).await, (500, "month must be in 1..12".into()));
    assert_eq!(get(&format!("{box_and_years}&month=7")).await.status, 200);
    let grid = "/timeAvgMapSpark?ds=OSTIA_SST_MONTHLY_TROPICS&b=-170,-5,-120,5";
    let inverted = error(&format!("{grid}&{YEAR}&minElevation=5&maxElevation=2")).await;
    assert_eq!(inverted, (500, "Request max elevation less than min elevation: 2.0 < 5.0".into()));
}

#[tokio::test]
async fn the_front_page_says_how_the_server_is() {
    let engine = Engine::demo();
    engine.catalogue().add(std::path::Path::new("/nowhere/<b>"), "AAA").unwrap();
    let server = http::start(engine).await;
    http::get(server, &format!("/timeSeriesSpark?ds=OSTIA_SST_MONTHLY_TROPICS&b=-170,-5,-120,5&{YEAR}")).await;
    for path in ["/", "/health"] {
        let page = http::get(server, path).await;
        assert!(page.status == 200 && page.headers.contains("text/html"));
        let text = page.text();
        let readable = format!("{} of {} can be read", demo_datasets(), demo_datasets() + 1);
        for told in ["It works!", &readable, "0 are answered, 0 wait", "1 answered, 0 refused", "Uptime", "OSTIA_SST_MONTHLY_TROPICS"] {
            assert!(text.contains(told), "{told} is not in {text}");
        }
        assert!(text.contains("/nowhere/&lt;b&gt; is no folder"), "what is shown is escaped: {text}");
        #[cfg(target_os = "linux")]
        assert!(text.contains(" MiB"), "{text}");
    }
}

#[tokio::test]
async fn the_list_of_cdms_has_stations_on_their_own() {
    let body = get("/cdmslist").await.json();
    let names = |list: &Value, key: &str| list.as_array().unwrap().iter().map(|d| d[key].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let (satellite, in_situ) = (names(&body["data"]["satellite"], "shortName"), names(&body["data"]["insitu"], "name"));
    assert_eq!(satellite.len(), demo_datasets());
    assert!(
        in_situ.contains(&"USGS_VA_DISCHARGE_DAILY".to_owned()) && !in_situ.contains(&"OSTIA_SST_MONTHLY_TROPICS".to_owned()),
        "{in_situ:?}"
    );
    assert!(body["data"]["satellite"][0]["metadata"].is_object());
    let project = &body["data"]["insitu"][0]["metadata"]["Projects"][0];
    assert!(project["ShortName"].is_string() && project["LongName"].is_string());
}

#[tokio::test]
async fn months_pair_what_is_dated_otherwise() {
    let ask = async |more: &str| {
        let body =
            get(&format!("/timeSeriesSpark?ds=OSTIA_SST_MONTHLY_TROPICS,OSTIA_SST_MONTHLY_TROPICS&b=-170,-5,-120,5&{YEAR}{more}")).await;
        body.json()
    };
    let (plain, months) = (ask("").await, ask("&normalizeDates=true").await);
    for (at, row) in months["data"].as_array().unwrap().iter().enumerate() {
        assert!(row[0]["iso_time"].as_str().unwrap().ends_with("-01T00:00:00+0000"));
        assert_eq!(row[0]["mean"], plain["data"][at][0]["mean"]);
    }
    assert_eq!(months["stats"]["slope"], json!(1.0));
    assert_eq!(months["stats"], plain["stats"]);
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

#[tokio::test]
async fn a_regression_has_all_its_numbers_at_each_place() {
    let query = "minLon=0&minLat=-10&maxLon=20&maxLat=10&startTime=378691200&endTime=694224000";
    let body = get(&format!("/correlationMap?ds=FNOC_WIND_MONTHLY,FNOC_WIND_MONTHLY&{query}&res=5")).await.json();
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["stats", "meta", "data"]);
    let rows = body["data"].as_array().unwrap();
    assert_eq!((rows.len(), rows[0].as_array().unwrap().len()), (4, 4));
    let place = &rows[0][0];
    let keys: Vec<&String> = place.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["cnt", "slope", "intercept", "r", "p", "stderr", "lat", "lon"]);
    assert_eq!((&place["lat"], &place["lon"]), (&json!(-10.0), &json!(0.0)));
    for key in ["slope", "r"] {
        assert!((place[key].as_f64().unwrap() - 1.0).abs() < 1e-12, "{place}");
    }
    assert!(place["cnt"].as_u64() > Some(100));
    let one = error(&format!("/correlationMap?ds=FNOC_WIND_MONTHLY&{query}")).await;
    assert_eq!(one, (500, "Requires two datasets for comparison. Specify request parameter ds=Dataset_1,Dataset_2".into()));
    let none = error(&format!("/correlationMap?ds=FNOC_WIND_MONTHLY,FNOC_WIND_MONTHLY&{query}&res=0")).await;
    assert!(none.0 == 400 && none.1.contains("above 0"), "{none:?}");
}

/// A climatology of two days that keeps standard deviations beside its means.
fn with_deviations(folder: &std::path::Path) -> Engine {
    let store = made::group(folder, &json!({}));
    made::line(&store, "time", "int64", &[0_i64, 15_552_000], &json!({"units": "seconds since 1970-01-01", "standard_name": "time"}));
    made::line(&store, "lat", "float32", &[0.0_f32, 1.0], &json!({"standard_name": "latitude"}));
    made::line(&store, "lon", "float32", &[10.0_f32, 11.0], &json!({"units": "degrees_east"}));
    for (name, factor) in [("sst", 1.0), ("sst_std", 0.5)] {
        let values: Vec<f32> = (0..8).map(|n| n as f32 * factor).collect();
        made::array(&store, name, "float32", &[2, 2, 2], &[1, 2, 2], &["time", "lat", "lon"], &values, &json!({"units": "K"}));
    }
    let engine = Engine::with_catalogue(sdap_engine::Catalogue::default());
    engine.catalogue().add(folder, "MEANS").unwrap();
    engine
}

#[tokio::test]
async fn a_climatology_tells_its_standard_deviations() {
    let folder = tempfile::tempdir().unwrap();
    let server = http::start(with_deviations(folder.path())).await;
    let ask = async |more: &str| http::get(server, &format!("/standardDeviation?ds=MEANS&longitude=10.2&latitude=0.9{more}")).await;
    let body = ask("&day=200&allInTile=false").await.json();
    assert_eq!(body["data"], json!([{"longitude": 10.0, "latitude": 1.0, "standard_deviation": 3.0}]));
    assert_eq!(
        body["meta"],
        json!({"ds": "MEANS", "longitude": "10.2", "latitude": "0.9", "day": "200", "allInTile": "false"}),
        "what was asked comes back as text"
    );
    assert_eq!(ask("&day=200").await.json()["data"].as_array().unwrap().len(), 4);
    assert_eq!(ask("&date=1999-01-05T00:00:00Z&allInTile=false").await.json()["data"][0]["standard_deviation"], json!(1.0));
    let both = "At least one of 'day' or 'date' arguments are required but not both.";
    assert_eq!(refusal(&ask("").await), (400, both.into()));
    assert_eq!(refusal(&ask("&day=1&date=0").await), (400, both.into()));
    for day in ["0", "-1", "367", "999", "abc", "1.5", "99999999999"] {
        let told = format!("'day' argument is no day of a year, 1 to 366: '{day}'");
        assert_eq!(refusal(&ask(&format!("&day={day}")).await), (400, told.clone()));
        let none = error(&format!("/standardDeviation?ds=COADS_CLIMATOLOGY&longitude=-150&latitude=0&day={day}")).await;
        assert_eq!(none, (400, told), "whether the dataset keeps any or not");
    }
    let far = http::get(server, "/standardDeviation?ds=MEANS&longitude=-100&latitude=0&day=1").await;
    assert_eq!((far.status, far.json()["data"].clone()), (200, json!([])));
    let none = get("/standardDeviation?ds=COADS_CLIMATOLOGY&longitude=-150&latitude=0&day=1").await;
    assert_eq!((none.status, none.json()["data"].clone()), (200, json!([])));
    assert_eq!(error("/standardDeviation?ds=X&latitude=0&day=1").await, (400, "'longitude' argument is required".into()));
}
