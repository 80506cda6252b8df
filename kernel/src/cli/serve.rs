//! `serve`: the engine over HTTP, until Ctrl-C or a signal ends it.

use super::{Outcome, report};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::Nexus;
use std::{
    error::Error,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

/// How long questions that are being answered may still take once the end has been asked for.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Serves the datasets at these paths and in the catalogue, or the demo datasets where neither is given.
pub(super) fn serve(address: SocketAddr, catalogue: Option<&Path>, paths: &[PathBuf]) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let engine = Arc::new(if paths.is_empty() && catalogue.is_none() { Engine::demo() } else { open(catalogue, paths).await? });
        let datasets = engine.catalogue().names().len();
        if !address.ip().is_loopback() {
            report::progress("everyone who reaches this address may ask: there is no login");
        }
        let bound = |taken: SocketAddr| report::say(&format!("serving {datasets} datasets at http://{taken}; Ctrl-C ends it"));
        // Before anyone is told the address, so that whoever was told it can also end the server.
        let end_asked = end_asked()?;
        let (end, ends) = tokio::sync::oneshot::channel::<()>();
        let serving = sdap_engine::serve::serve(address, engine, bound, async { drop(ends.await) });
        tokio::select! {
            served = serving => served.map_err(|error| format!("cannot listen on {address}: {error}"))?,
            () = async {
                end_asked.await;
                drop(end);
                tokio::time::sleep(LAST_ANSWERS).await;
            } => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// An engine with the datasets of a catalogue, and with what is at each path, named after it. A path must be a dataset; one of
/// the catalogue that cannot be read disturbs no other.
async fn open(catalogue: Option<&Path>, paths: &[PathBuf]) -> Result<Engine, Box<dyn Error>> {
    let engine = Engine::with_catalogue(Catalogue::default());
    if let Some(file) = catalogue {
        engine.catalogue().read(file)?;
        for dataset in engine.datasets().await? {
            if let Some(trouble) = dataset.trouble {
                report::progress(&format!("{} cannot be read at present: {trouble}", dataset.short_name));
            }
        }
    }
    for path in paths {
        let whole = std::path::absolute(path)?;
        let name = sdap_engine::name_of(&whole);
        if engine.catalogue().contains(&name) {
            return Err(format!("{} would be a second dataset named {name}: rename one of them", path.display()).into());
        }
        engine.open(&whole, &name).await.map_err(|error| format!("cannot serve {}: {error}", path.display()))?;
    }
    Ok(engine)
}

/// Heeds signals from now on; what it returns completes when the user or the system asks for the end.
#[cfg(unix)]
fn end_asked() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupts, mut terminations) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupts.recv() => {}
            _ = terminations.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn end_asked() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
