//! `serve`: the engine over HTTP, until Ctrl-C or a signal ends it.

use super::{Outcome, ServeArgs, report};
use sdap_engine::serve::{Changes, Options};
use sdap_engine::{Catalogue, Engine, Limits};
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

/// Serves the datasets at the paths and in the catalogue, or the demo datasets where neither is given.
pub(super) fn serve(arguments: &ServeArgs) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(run(arguments));
    // Work that nobody waits for any more may be in the midst of a long read.
    runtime.shutdown_background();
    outcome
}

async fn run(arguments: &ServeArgs) -> Outcome {
    let address = arguments.listen;
    let limits = Limits { points: arguments.max_points, cells: arguments.max_cells };
    let engine = Engine::with_catalogue(catalogue(arguments)?).with_limits(limits).with_memory(arguments.memory);
    let datasets = engine.catalogue().names().len();
    // Before anyone is told the address, so that whoever was told it can also end the server.
    let end_asked = end_asked()?;
    if !address.ip().is_loopback() {
        report::progress("everyone who reaches this address may ask: there is no login");
    }
    let changes = if arguments.allow_changes { Changes::Allowed } else { Changes::Refused };
    let options =
        Options { at_once: arguments.at_once.into(), time: Duration::from_secs(arguments.timeout.into()), changes, ..Options::default() };
    let bound = |taken: SocketAddr| report::say(&format!("serving {datasets} datasets at http://{taken}; Ctrl-C ends it"));
    // One that is slow to say that it cannot be read holds up nothing.
    tokio::spawn(tell_troubles(engine.clone()));
    let (end, ends) = tokio::sync::oneshot::channel::<()>();
    let serving = sdap_engine::serve::serve(address, Arc::new(engine), options, bound, async { drop(ends.await) });
    tokio::select! {
        served = serving => served.map_err(|error| format!("cannot listen on {address}: {error}"))?,
        () = async {
            end_asked.await;
            drop(end);
            tokio::time::sleep(LAST_ANSWERS).await;
        } => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// A line on each dataset that cannot be read at present.
async fn tell_troubles(engine: Engine) {
    for dataset in engine.datasets().await.unwrap_or_default() {
        if let Some(trouble) = dataset.trouble {
            report::progress(&format!("{} cannot be read at present: {trouble}", dataset.short_name));
        }
    }
}

/// The datasets of the catalogue file, and what is at each path.
fn catalogue(arguments: &ServeArgs) -> Result<Catalogue, Box<dyn Error>> {
    let (file, paths) = (arguments.catalogue.as_deref(), &arguments.paths);
    if file.is_none() && paths.is_empty() {
        return Ok(Catalogue::demo());
    }
    let catalogue = Catalogue::default();
    if let Some(file) = file {
        catalogue.read(file)?;
    }
    for path in paths {
        let (name, place) = named(path);
        let place = if is_address(&place) { place } else { std::path::absolute(&place)? };
        let name = name.unwrap_or_else(|| sdap_engine::name_of(&place));
        if catalogue.contains(&name) {
            let shown = path.to_string_lossy();
            let shown = sdap_magics::covered_place(&shown);
            return Err(format!("{shown} would be a second dataset named {name}: give it another name, NAME={shown}").into());
        }
        catalogue.add(&place, &name)?;
    }
    Ok(catalogue)
}

/// `NAME=PATH`, or a path that may have a `=` in it.
fn named(argument: &Path) -> (Option<String>, PathBuf) {
    let whole = || (None, argument.to_owned());
    let Some((name, place)) = argument.to_str().and_then(|text| text.split_once('=')) else { return whole() };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if is_name && !place.is_empty() && !argument.exists() { (Some(name.to_owned()), place.into()) } else { whole() }
}

fn is_address(place: &Path) -> bool {
    place.to_str().is_some_and(|text| text.contains("://"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_be_given_a_name() {
        let case = |text: &str| named(Path::new(text));
        assert_eq!(case("SST=/data/*.nc"), (Some("SST".into()), "/data/*.nc".into()));
        assert_eq!(case("SST=s3://bucket/sst.zarr"), (Some("SST".into()), "s3://bucket/sst.zarr".into()));
        assert_eq!(case("/data/year=2001/sst.nc"), (None, "/data/year=2001/sst.nc".into()));
        assert_eq!(case("https://host/sst.nc?version=2"), (None, "https://host/sst.nc?version=2".into()));
        assert_eq!(case("=a"), (None, "=a".into()));
    }
}
