//! Rust cells as the kernel runs them. This binary is its own host and runtime, so it has a `main` of its own.
use sdap_rust_cells::{Config, RustCell, RustCells};
use tokio::sync::mpsc;
fn main() {
    sdap_rust_cells::runtime_hook();
    let code: Vec<String> = std::env::args().skip(1).collect();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let cells = RustCells::new(Config {
            cache: std::env::temp_dir().join("sdap-rust-cells"),
            directory: std::env::temp_dir(),
            environment: Vec::new(),
        });
        let (tx, mut rx) = mpsc::unbounded_channel();
        let t0 = std::time::Instant::now();
        tokio::spawn(async move {
            while let Some(e) = rx.recv().await {
                println!("{:?} {e:?}", t0.elapsed());
            }
        });
        for c in code {
            let t = std::time::Instant::now();
            let r = cells.execute(RustCell { code: c.clone(), bindings: vec![] }, &tx).await;
            println!("--- {c}\n{:?}", t.elapsed());
            match r {
                Ok(s) => println!("{s:?}"),
                Err(e) => println!("{}: {}\n{}", e.name, e.value, e.traceback.join("\n")),
            }
        }
        cells.shutdown().await;
    });
}
