//! Whatever is asked of `serve`, there is an answer: never a panic, and JSON or a page. The input is a path with its query, or,
//! after a NUL, the form in a body.
//!
//! ```sh
//! cargo install cargo-fuzz && rustup toolchain install nightly
//! cargo +nightly fuzz run requests -- -dict=fuzz/requests.dict -runs=1000000
//! ```
#![no_main]

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use libfuzzer_sys::fuzz_target;
use sdap_engine::{Engine, Limits, serve};
use tower::ServiceExt;

/// The demo data, of which each answer may have just a little.
static ROUTER: LazyLock<Router> =
    LazyLock::new(|| serve::router(Arc::new(Engine::demo().with_limits(Limits { points: 1000, cells: 1000 }))));
static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"));

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (uri, form) = text.split_once('\0').unwrap_or((text, ""));
    let method = if form.is_empty() { "GET" } else { "POST" };
    let request = Request::builder().method(method).uri(uri).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let Ok(request) = request.body(Body::from(form.to_owned())) else { return };
    RUNTIME.block_on(async {
        let response = ROUTER.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let status = response.status().as_u16();
        let json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("the body comes whole");
        let text = String::from_utf8_lossy(&body);
        assert!(!text.contains("fault of its own"), "{uri}: {text}");
        if json {
            let read: serde_json::Value = serde_json::from_slice(&body).expect("what is called JSON is JSON");
            assert!(status < 400 || read["code"] == status, "{uri}: {text}");
        }
    });
});
