//! Whatever is written as a metadata filter, it selects something or is refused in one line: never a panic, and no more samples
//! than without it. The input is the filter; after a NUL, a second one.
//!
//! ```sh
//! cargo +nightly fuzz run filters -- -dict=fuzz/requests.dict -runs=1000000
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;
use sdap_engine::Engine;
use sdap_nexus::{Error, Nexus, request::SubsetRequest};
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::demo);
static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"));

/// The samples of a week that filters select.
fn selected(filters: Vec<String>) -> Result<usize, Error> {
    let time = |text: &str| text.parse().expect("a time");
    let period = sdap::Period::new(time("2017-03-01T00:00:00Z"), time("2017-03-07T23:59:59Z")).expect("a week");
    let request =
        SubsetRequest { dataset: "USGS_VA_DISCHARGE_DAILY".into(), variable: None, area: None, filters, period, elevation: None };
    RUNTIME.block_on(ENGINE.subset(&request)).map(|points| points.len())
}

static ALL: LazyLock<usize> = LazyLock::new(|| selected(vec!["*:*".into()]).expect("the week has samples"));

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match selected(text.split('\0').take(2).map(str::to_owned).collect()) {
        Ok(count) => assert!(count <= *ALL, "{text}: {count}"),
        // The filter itself may stand in its error, whatever it is.
        Err(Error::BadFilter { .. } | Error::UnknownField { .. } | Error::Invalid(_) | Error::NoData { .. } | Error::Unsupported(_)) => {}
        Err(other) => panic!("{text}: {other:?}"),
    }
});
