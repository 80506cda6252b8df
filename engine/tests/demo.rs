//! The demo catalogue as a user meets it: what is said of each dataset, what filters find, what origins say.

use sdap::{BoundingBox, Period};
use sdap_engine::Engine;
use sdap_nexus::request::{
    AnomalyRequest, Correlation, CorrelationRequest, HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest,
};
use sdap_nexus::{Error, Missing, Nexus};
use std::fmt::Write;

fn period(start: &str, end: &str) -> Period {
    Period::new(format!("{start}T00:00:00Z").parse().unwrap(), format!("{end}T23:59:59Z").parse().unwrap()).unwrap()
}

fn area(west: f64, south: f64, east: f64, north: f64) -> BoundingBox {
    BoundingBox::new(west, south, east, north).unwrap()
}

fn rivers(filters: &[&str], area: Option<BoundingBox>) -> SubsetRequest {
    SubsetRequest {
        elevation: None,
        dataset: "USGS_VA_DISCHARGE_DAILY".into(),
        variable: None,
        area,
        filters: filters.iter().map(ToString::to_string).collect(),
        period: period("2017-01-01", "2017-01-01"),
    }
}

/// The stations that a request finds on the first of January, sorted.
async fn found(request: SubsetRequest) -> Vec<String> {
    let mut stations = Engine::demo().subset(&request).await.unwrap().keys["rivid"].clone();
    stations.sort();
    stations
}

async fn refused(filter: &str) -> String {
    Engine::demo().subset(&rivers(&[filter], None)).await.unwrap_err().to_string()
}

fn series(dataset: &str, area: BoundingBox, period: Period) -> SeriesRequest {
    SeriesRequest { elevation: None, datasets: vec![dataset.into()], variable: None, area, period, filters: SeriesFilters::default() }
}

#[tokio::test]
async fn every_dataset_has_a_full_card() {
    let mut text = String::new();
    for card in Engine::demo().datasets().await.unwrap() {
        writeln!(text, "{}: {}", card.short_name, card.title).unwrap();
        writeln!(text, "  {} times, {}, {}", card.times.unwrap(), card.step, card.period.unwrap()).unwrap();
        writeln!(text, "  area {}, grid {:?}", card.area.unwrap(), card.grid).unwrap();
        for v in &card.variables {
            writeln!(text, "  {} [{}]: {} ({})", v.name, v.units, v.long_name, v.standard_name).unwrap();
        }
        for key in &card.keys {
            writeln!(text, "  {} {}, such as {:?}", key.values.len(), key.name, key.values[0]).unwrap();
        }
        writeln!(text, "  climatology {:?}, synthetic {}", card.climatology, card.synthetic).unwrap();
        writeln!(text, "  {:?}, {}", card.attribution, card.licence).unwrap();
        let attributes: Vec<&str> = card.attributes.keys().map(String::as_str).collect();
        writeln!(text, "  {}", attributes.join(", ")).unwrap();
        assert!(card.trouble.is_none());
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn filters_find_stations_by_identifier_alternative_range_and_name() {
    assert_eq!(found(rivers(&["rivid:2016500"], None)).await, ["2016500"]);
    assert_eq!(found(rivers(&["rivid_i:2016500"], None)).await, ["2016500"], "the ending of Solr may be there");
    assert_eq!(found(rivers(&["rivid_i:(2016500 OR 1631000)"], None)).await, ["1631000", "2016500"]);
    assert_eq!(found(rivers(&["rivid:[2015700 TO 2016500]"], None)).await, ["2015700", "2016500"]);
    assert_eq!(found(rivers(&["rivid:{2015700 TO 2016500]"], None)).await, ["2016500"]);
    assert_eq!(found(rivers(&["rivid_name:\"James River at Lick Run, VA\""], None)).await, ["2016500"]);
    let james = found(rivers(&["rivid_name:JAMES\\ RIVER*"], None)).await;
    assert!(james.len() > 3 && james.contains(&"2016500".to_owned()));
    assert_eq!(found(rivers(&["rivid_name:james*", "rivid:[* TO 2016500]"], None)).await, ["2016500"], "all must hold");
    assert_eq!(found(rivers(&["*:*"], None)).await.len(), 162);
    assert_eq!(found(rivers(&["-rivid:2016500"], None)).await.len(), 161);
}

#[tokio::test]
async fn box_and_filter_hold_together() {
    let north = area(-79.0, 38.5, -77.0, 40.0);
    let inside = found(rivers(&[], Some(north))).await;
    assert!(inside.len() > 10 && inside.len() < 162 && !inside.contains(&"2016500".to_owned()));
    let both = found(rivers(&["rivid:(2016500 OR 1631000)"], Some(north))).await;
    assert_eq!(both, ["1631000"]);
    let neither = Engine::demo().subset(&rivers(&["rivid:2016500"], Some(north))).await.unwrap_err();
    assert!(matches!(neither, Error::NoData { missing: Missing::Area, .. }), "{neither}");
}

#[tokio::test]
async fn filters_that_find_nothing_or_mean_nothing_say_what_there_is() {
    insta::assert_snapshot!(
        [
            refused("rivid:1").await,
            refused("rivid:abc").await,
            refused("river:1").await,
            refused("2016500").await,
            refused("rivid:[1 2]").await,
        ]
        .join("\n"),
        @r#"
    no data: none of the 162 stations of USGS_VA_DISCHARGE_DAILY matches rivid:1; rivid is one of 1613900, 1615000, 1616100, …
    rivid is a number, and "abc" is none
    USGS_VA_DISCHARGE_DAILY has no field river to filter by; it has rivid, rivid_name, lat, lon
    the filter 2016500 cannot be read: field:value was expected at byte 1, and "2016500" was found
    the filter rivid:[1 2] cannot be read: a range [a TO b] was expected, and [1 2] was found
    "#
    );
    let grid = SubsetRequest { dataset: "COADS_CLIMATOLOGY".into(), ..rivers(&["rivid:1"], None) };
    let grid = SubsetRequest { period: period("1970-01-01", "1970-12-31"), ..grid };
    let error = Engine::demo().subset(&grid).await.unwrap_err().to_string();
    assert_eq!(error, "COADS_CLIMATOLOGY is a grid without fields to filter by (given: rivid:1); choose its cells by a box");
    let none = Engine::demo().subset(&rivers(&["rivid:1"], None)).await.unwrap_err();
    assert!(matches!(none, Error::NoData { missing: Missing::Filter, .. }));
}

#[tokio::test]
async fn stations_have_no_area_mean_and_say_what_to_ask_instead() {
    let request = series("USGS_VA_DISCHARGE_DAILY", BoundingBox::WORLD, period("2017-01-01", "2017-12-31"));
    let error = Engine::demo().series(&request).await.unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)) && error.to_string().contains("ask for its points"), "{error}");
}

#[tokio::test]
async fn a_box_across_the_antimeridian_is_its_two_halves() {
    let year = period("1983-01-01", "1983-12-31");
    let whole = area(170.0, -10.0, -170.0, 10.0);
    let engine = Engine::demo();
    let one = async |area| engine.series(&series("FNOC_WIND_MONTHLY", area, year)).await.unwrap().series.remove(0);
    let (all, west, east) = (one(whole).await, one(area(170.0, -10.0, 180.0, 10.0)).await, one(area(-180.0, -10.0, -170.0, 10.0)).await);
    for at in 0..all.len() {
        assert_eq!(all.count[at], west.count[at] + east.count[at]);
        let joined = (west.mean[at] * west.count[at] + east.mean[at] * east.count[at]) / all.count[at];
        assert!((all.mean[at] - joined).abs() < 1e-12, "both halves have the same latitudes, so the weights are in proportion");
    }
    let request = MapRequest {
        elevation: None,
        dataset: "FNOC_WIND_MONTHLY".into(),
        variable: None,
        statistic: Statistic::Mean,
        area: whole,
        period: year,
    };
    let map = engine.map(&request).await.unwrap();
    assert_eq!(map.lon.to_vec(), [170.0, 172.5, 175.0, 177.5, 180.0, 182.5, 185.0, 187.5, 190.0], "longitudes go on beyond 180");
    let request = HovmollerRequest {
        elevation: None,
        normalize_dates: false,
        dataset: "FNOC_WIND_MONTHLY".into(),
        variable: None,
        axis: sdap::Axis::Longitude,
        area: whole,
        period: year,
    };
    assert_eq!(engine.hovmoller(&request).await.unwrap().coordinate, map.lon);
    let request = SubsetRequest {
        elevation: None,
        dataset: "FNOC_WIND_MONTHLY".into(),
        variable: None,
        area: Some(whole),
        filters: vec![],
        period: year,
    };
    let points = engine.subset(&request).await.unwrap();
    assert!(points.lon.iter().all(|lon| (-180.0..=180.0).contains(lon)));
    assert_eq!(points.variables.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["eastward_wind", "northward_wind"]);
}

#[tokio::test]
async fn every_answer_says_where_it_comes_from() {
    let nino = area(-170.0, -5.0, -120.0, 5.0);
    let request = AnomalyRequest {
        dataset: "OSTIA_SST_MONTHLY_TROPICS".into(),
        climatology: "OSTIA_SST_MONTHLY_TROPICS_CLIM".into(),
        variable: None,
        area: nino,
        period: period("2009-01-01", "2009-12-31"),
    };
    let origin = Engine::demo().anomaly(&request).await.unwrap().origin;
    assert_eq!((origin.server.as_str(), origin.request), ("embedded", request.path_and_query()));
    assert_eq!((origin.area, origin.period), (Some(nino), Some(request.period)));
    assert!(origin.seconds > 0.0 && origin.bytes > 100_000 && !origin.synthetic);
    assert!(origin.title.starts_with("Monthly mean sea surface temperature"));
    assert_eq!(origin.attribution.len(), 1, "one attribution holds for both");
    assert!(origin.attribution[0].contains("Open Government Licence"));
    let la = series("SYNTHETIC_LA_PRECIP_DAILY", area(-119.0, 33.0, -117.0, 35.0), period("1998-02-01", "1998-02-28"));
    let group = Engine::demo().series(&la).await.unwrap();
    assert!(group.origin.synthetic && group.series[0].origin.synthetic);
}

#[tokio::test]
async fn a_climatology_map_takes_its_month_of_every_year() {
    let map = async |statistic, period| {
        let request = MapRequest {
            elevation: None,
            dataset: "OSTIA_SST_MONTHLY_TROPICS".into(),
            variable: None,
            statistic,
            area: area(-170.0, -5.0, -120.0, 5.0),
            period,
        };
        Engine::demo().map(&request).await
    };
    let july = Statistic::Climatology { month: 7 };
    let all = map(july, period("2006-01-01", "2010-12-31")).await.unwrap();
    assert!(all.count.iter().all(|n| *n == 5.0) && all.origin.notes.is_empty());
    let mut sum = 0.0;
    for year in 2006..=2010 {
        sum += map(Statistic::Mean, period(&format!("{year}-07-01"), &format!("{year}-07-31"))).await.unwrap().values[[3, 4]];
    }
    assert!((all.values[[3, 4]] - sum / 5.0).abs() < 1e-12);
    let parts = map(july, period("2006-09-01", "2007-03-01")).await.unwrap();
    assert!(parts.count.iter().all(|n| *n == 2.0));
    assert_eq!(parts.origin.notes, ["Month 7 of every year from 2006 to 2007 counts, whole."]);
    let none = map(Statistic::Climatology { month: 1 }, period("2006-01-01", "2006-12-31")).await.unwrap_err();
    assert!(matches!(none, Error::NoData { missing: Missing::Period, .. }), "{none}");
    assert!(matches!(map(Statistic::Climatology { month: 13 }, period("2006-01-01", "2006-12-31")).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn the_seasonal_filter_takes_the_climatology_of_the_dataset() {
    let mut request = series("OSTIA_SST_MONTHLY_TROPICS", area(-170.0, -5.0, -120.0, 5.0), period("2006-01-01", "2010-12-31"));
    request.filters = SeriesFilters { seasonal: true, low_pass: true, normalize_dates: false };
    let group = Engine::demo().series(&request).await.unwrap();
    let s = &group.series[0];
    let january_2010 = s.time.iter().position(|t| t.to_rfc3339().starts_with("2010-01")).unwrap();
    assert!((s.extra["meanSeasonal"][january_2010] - 1.7).abs() < 0.1, "the peak of the 2009-10 El Niño");
    assert_eq!(s.extra.len(), 9);
    assert!(s.extra.values().all(|column| column.len() == 54 && column.iter().all(|v| v.is_finite())));
    request.datasets = vec!["FNOC_WIND_MONTHLY".into()];
    request.period = period("1982-01-01", "1992-12-31");
    let error = Engine::demo().series(&request).await.unwrap_err();
    assert_eq!(error.to_string(), "embedded has no dataset FNOC_WIND_MONTHLY_clim");
}

#[tokio::test]
async fn two_datasets_are_regressed_and_correlated_over_shared_times() {
    let box_ = area(-120.0, 32.0, -116.0, 36.0);
    let mut request = series("NCLIMDIV_PRECIP_MONTHLY", box_, period("1990-01-01", "1999-12-31"));
    request.datasets.push("NCLIMDIV_PRECIP_MONTHLY".into());
    let line = Engine::demo().series(&request).await.unwrap().regression.unwrap();
    assert!((line.slope - 1.0).abs() < 1e-12 && line.intercept.abs() < 1e-9 && line.r == 1.0 && line.p == 0.0);
    let request = CorrelationRequest {
        kind: Correlation::default(),
        datasets: ["NCLIMDIV_PRECIP_MONTHLY".into(), "OSTIA_SST_MONTHLY_TROPICS".into()],
        area: box_,
        period: period("2006-01-01", "2009-12-31"),
    };
    assert!(Engine::demo().correlation(&request).await.is_err(), "their grids share no cell there");
}
