//! Any JSON, compressed or not, in pieces of any size: reading ends in the same value or in an error.
//!
//! ```sh
//! cargo +nightly fuzz run document -- -dict=fuzz/answers.dict -rss_limit_mb=512 -runs=1000000
//! ```
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sdap_nexus::fuzzing::document(bytes));
