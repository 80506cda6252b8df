//! `/cdmssubset`: samples as CSV files in a ZIP.

use super::{error, get, http};
use sdap_engine::Engine;
use std::io::Read;

fn files(body: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(body)).unwrap();
    let count = archive.len();
    let one = |at: usize| {
        let mut file = archive.by_index(at).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        (file.name().unwrap().into_owned(), text)
    };
    (0..count).map(one).collect()
}

const DAYS: &str = "b=-180,-90,180,90&startTime=2017-01-01T00:00:00Z&endTime=2017-01-02T00:00:00Z";

#[tokio::test]
async fn each_source_is_a_file_and_stations_are_told_apart() {
    let asked =
        format!("/cdmssubset?dataset=OSTIA_SST_MONTHLY_TROPICS&insitu=USGS_VA_DISCHARGE_DAILY&{DAYS}&output=ZIP&filename=rivers.zip");
    let found = get(&asked).await;
    assert!(
        found.headers.contains("content-type: application/zip") && found.headers.contains("filename=\"rivers.zip\""),
        "{}",
        found.headers
    );
    let files = files(&found.body);
    assert_eq!(files[0], ("OSTIA_SST_MONTHLY_TROPICS.csv".into(), String::new()), "a source without data is an empty file");
    let (name, text) = &files[1];
    assert_eq!(name, "USGS_VA_DISCHARGE_DAILY.csv");
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "longitude,latitude,time,id,water_volume_transport_in_river_channel");
    assert!(lines.len() > 10 && lines[1].contains(",2017-01-02T00:00:00Z,"), "the newest comes first: {}", lines[1]);
    assert!(lines.iter().all(|line| line.split(',').count() == 5));
}

#[tokio::test]
async fn it_says_what_is_missing() {
    let none = error(&format!("/cdmssubset?{DAYS}&output=ZIP")).await;
    assert_eq!(none, (400, "Either 'dataset', 'insitu', or both arguments are required".into()));
    let unknown = error(&format!("/cdmssubset?dataset=NOPE&{DAYS}&output=ZIP")).await;
    assert_eq!(unknown, (404, "Dataset NOPE is not currently loaded/ingested".into()));
    let depths = error(&format!("/cdmssubset?dataset=NOPE&{DAYS}&output=ZIP&depthMin=5&depthMax=2")).await;
    assert_eq!(depths, (400, "Depth Min should be less than Depth Max".into()));
    let json = error(&format!("/cdmssubset?dataset=USGS_VA_DISCHARGE_DAILY&{DAYS}")).await;
    assert!(json.0 == 500 && json.1.contains("ZIP"), "{json:?}");
    let csv = error(&format!("/cdmssubset?dataset=USGS_VA_DISCHARGE_DAILY&{DAYS}&output=CSV")).await;
    assert_eq!(csv, (500, "Unable to convert results to CSV.".into()));
}

#[tokio::test]
async fn a_name_that_no_header_can_hold_is_cleaned() {
    let server = http::start(Engine::demo()).await;
    let asked = format!("/cdmssubset?insitu=USGS_VA_DISCHARGE_DAILY&{DAYS}&output=ZIP&filename=a%0d%0aX-Evil:%201%C3%A9");
    let found = http::get(server, &asked).await;
    assert_eq!(found.status, 200);
    assert!(!found.headers.contains("\r\nx-evil") && found.headers.contains("filename=\"ax-evil: 1\""), "{}", found.headers);
}
