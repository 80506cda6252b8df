//! Draws every figure of the tests into a folder, as SVG, as PNG by day and by night, and as text:
//! `cargo run -p sdap-magics --example gallery -- FOLDER [NAME]`.

#[path = "../tests/cases/mod.rs"]
#[expect(dead_code, reason = "some of the cases' helpers belong to the tests")]
mod cases;

use cases::picture;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = std::path::PathBuf::from(arguments.next().expect("a folder to draw into"));
    let only = arguments.next();
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    for (name, figure, style) in cases::all() {
        if only.as_ref().is_some_and(|n| !name.contains(n.as_str())) {
            continue;
        }
        let start = std::time::Instant::now();
        let bundle = sdap_magics::show::figure(&figure, &style).expect("every case can be drawn");
        println!("{name}: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
        let svg = bundle.data["image/svg+xml"].as_str().expect("SVG is text");
        let write =
            |ending: &str, bytes: &[u8]| std::fs::write(folder.join(format!("{name}.{ending}")), bytes).expect("the folder can be written");
        write("svg", svg.as_bytes());
        write("txt", bundle.plain().as_bytes());
        write("png", &picture::encode(&picture::drawn(svg, 1.0)));
        write("dark.png", &picture::encode(&picture::drawn(&picture::by_night(svg), 1.0)));
        if let Some(chart) = bundle.data.get("application/vnd.vegalite.v5+json") {
            write("vl.json", chart.to_string().as_bytes());
        }
    }
}
