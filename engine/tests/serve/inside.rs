//! The same answers without a network, for `%sdap get`.

use super::{YEAR, get};
use sdap_engine::Engine;
use sdap_nexus::{Error, Nexus};

#[tokio::test]
async fn what_is_asked_within_is_what_is_served() {
    let asked = format!("/timeSeriesSpark?ds=OSTIA_SST_MONTHLY_TROPICS&b=-170,-5,-120,5&{YEAR}");
    let body = Engine::demo().get(&asked).await.unwrap();
    assert_eq!((body.status, body.content_type.as_str(), body.url.as_str()), (200, "application/json", asked.as_str()));
    assert_eq!(body.json().unwrap(), get(&asked).await.json());
    assert_eq!(Engine::demo().get("version").await.unwrap().bytes, "1.4.0");
    let form = asked.split_once('?').unwrap().1.as_bytes().to_vec();
    for kind in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=UTF-8"] {
        let posted = Engine::demo().post("/timeSeriesSpark", kind, form.clone()).await.unwrap();
        assert_eq!(posted.bytes, body.bytes, "{kind}");
    }
}

#[tokio::test]
async fn refusals_are_the_errors_of_a_server() {
    let ask = async |asked: &str| Engine::demo().get(asked).await.unwrap_err();
    let unknown = ask(&format!("/varianceSpark?ds=NOPE&b=0,0,1,1&{YEAR}")).await;
    assert!(matches!(&unknown, Error::UnknownDataset { name, .. } if name == "NOPE"), "{unknown}");
    let refused = ask("/varianceSpark?ds=NOPE").await;
    assert!(matches!(refused, Error::Refused { status: 400, .. }), "{refused}");
    assert!(matches!(ask("/nothing").await, Error::WebPage { status: 404, .. }));
    let none = ask("/list?a=b c").await;
    assert!(matches!(&none, Error::Invalid(words) if words.contains("/list?a=b c")), "{none}");
}

#[tokio::test]
async fn whoever_asks_within_may_change_the_datasets() {
    let engine = Engine::demo();
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden-data/WIND_MULTI.zarr");
    let config = br#"{"variable": "u", "coords": {"latitude": "lat", "longitude": "lon", "time": "time"}}"#.to_vec();
    let added = engine.post(&format!("/datasets/add?name=MINE&path={place}"), "application/json", config.clone()).await;
    assert_eq!(added.map(|body| body.bytes.len()), Ok(0));
    assert!(engine.datasets().await.unwrap().iter().any(|d| d.short_name == "MINE"));
    engine.get("/datasets/remove?name=MINE").await.unwrap();
    assert!(!engine.datasets().await.unwrap().iter().any(|d| d.short_name == "MINE"));
}
