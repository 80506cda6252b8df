//! What is no answer, however damaged: reading ends in a value or in an error, and keeps no more than came.
//!
//! ```sh
//! cargo +nightly fuzz run errors -- -dict=fuzz/answers.dict -rss_limit_mb=512 -runs=1000000
//! ```
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| sdap_nexus::fuzzing::errors(body));
