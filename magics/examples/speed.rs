//! How long figures take: `cargo run --release -p sdap-magics --example speed`.

#[path = "../tests/cases/mod.rs"]
#[expect(dead_code, reason = "the cases belong to the tests; only some are timed")]
mod cases;

use sdap::{BoundingBox, figure::Figure};
use sdap_magics::show::{self, Style};
use std::time::Instant;

fn main() {
    let decade = show::series(&cases::river("gauge", 3, 3653));
    let million = show::series(&cases::river("gauge", 3, 1_000_000));
    let small = show::grid(&cases::grid((-20.0, 20.0, 40), (150.0, 240.0, 90), |y, x| y * x));
    let large = show::grid(&cases::grid((-90.0, 90.0, 720), (-180.0, 180.0, 1440), |y, x| (y / 9.0).sin() + (x / 7.0).cos()));
    let region = show::region("Niño 3.4", &BoundingBox::new(-170.0, -5.0, -120.0, 5.0).expect("a box"));
    let figures: [(&str, &Figure); 5] = [
        ("10 years of days", &decade),
        ("a million points", &million),
        ("40 × 90 map", &small),
        ("720 × 1440 map", &large),
        ("box on a map", &region),
    ];
    for (name, figure) in figures {
        let draw = || {
            let start = Instant::now();
            let bundle = show::figure(figure, &Style::default()).expect("a figure");
            (start.elapsed(), bundle)
        };
        let (first, bundle) = draw();
        let mut times: Vec<_> = (0..9).map(|_| draw().0).collect();
        times.sort_unstable();
        let bytes = |mime: &str| bundle.data.get(mime).map_or(0, |v| v.as_str().map_or_else(|| v.to_string().len(), str::len)) / 1024;
        println!(
            "{name}: {:.1} ms ({:.1} ms the first time), SVG {} KiB, PNG {} KiB, chart {} KiB",
            times[4].as_secs_f64() * 1e3,
            first.as_secs_f64() * 1e3,
            bytes("image/svg+xml"),
            bytes("image/png"),
            bytes("application/vnd.vegalite.v5+json")
        );
    }
}
