//! `doctor`: what the kernel needs on this machine, what is there, and what to do about the rest. It asks no network.

use super::report;
use sdap_kernel::{
    HISTORY, PRINTED,
    environment::{Folders, Kernelspec, OLDEST_PYTHON, PrivateJupyter, Python},
};
use sdap_rust_cells::StdSources;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// The version of Rust that Rust cells need, as `rust-version` in the manifest says.
const OLDEST_RUST: &str = env!("CARGO_PKG_RUST_VERSION");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Check {
    state: State,
    found: String,
    remedy: String,
}

impl Check {
    fn ok(found: impl Into<String>) -> Self {
        Self { state: State::Ok, found: found.into(), remedy: String::new() }
    }

    fn warn(found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: State::Warn, found: found.into(), remedy: remedy.into() }
    }

    fn fail(found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: State::Fail, found: found.into(), remedy: remedy.into() }
    }

    fn line(&self) -> String {
        let state = match self.state {
            State::Ok => "ok  ",
            State::Warn => "warn",
            State::Fail => "fail",
        };
        if self.remedy.is_empty() {
            format!("{state}  {}", self.found)
        } else {
            format!("{state}  {}\n      -> {}", self.found, self.remedy)
        }
    }
}

/// Looks at everything, and ends with 1 when something fails.
pub(super) fn examine() -> ExitCode {
    let folders = Folders::here();
    let mut failed = false;
    let mut show = |checks: Vec<Check>| {
        for check in checks {
            failed |= check.state == State::Fail;
            report::say(&check.line());
        }
    };
    show(vec![program()]);
    show(kernelspecs(&folders));
    show(rust());
    show(python(&folders));
    show(cache(&folders));
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn program() -> Check {
    let version = env!("CARGO_PKG_VERSION");
    match std::env::current_exe() {
        Ok(path) => Check::ok(format!("SDAP kernel {version} in {}", path.display())),
        Err(error) => Check::fail(format!("SDAP kernel {version}, but where it lies is unknown: {error}"), "call it by its full path"),
    }
}

fn kernelspecs(folders: &Folders) -> Vec<Check> {
    let python = Python::all(folders, &[]).next().map(|python| folders.jupyter_data_of(&python.facts.prefix));
    let mut places = folders.jupyter_search_path();
    places.extend(python.filter(|place| !places.contains(place)));
    let found: Vec<_> = places.iter().flat_map(|place| Kernelspec::installed(place)).collect();
    if found.is_empty() {
        return vec![Check::warn("Jupyter does not know this kernel", "run `sdap-kernel install`; `run` and `lab` work without")];
    }
    let this = std::env::current_exe().ok();
    found.iter().map(|(folder, program)| kernelspec(folder, program, this.as_deref())).collect()
}

fn kernelspec(folder: &Path, program: &Path, this: Option<&Path>) -> Check {
    let named = format!("kernelspec {}", folder.display());
    if !program.is_file() {
        return Check::fail(
            format!("{named} starts {}, which is not there", program.display()),
            "run `sdap-kernel install` for that place again",
        );
    }
    if Some(program) == this {
        Check::ok(format!("{named} starts this program"))
    } else {
        Check::warn(
            format!("{named} starts another program, {}", program.display()),
            "run `sdap-kernel install` for that place, if it should be this one",
        )
    }
}

fn rust() -> Vec<Check> {
    let version = first_line(Command::new("rustc").arg("--version"));
    let Some(version) = version else {
        return vec![Check::warn(
            "no Rust compiler: %sdap lines work, Rust cells do not",
            format!("install Rust {OLDEST_RUST} or newer with rustup, and have `rustc` and `cargo` on the PATH"),
        )];
    };
    let mut checks = vec![rust_version(&version)];
    if let Some(cargo) = first_line(Command::new("cargo").arg("--version")) {
        checks.push(Check::ok(cargo));
    } else {
        checks.push(Check::warn("no cargo, which Rust cells need", "install it with rustup, and have it on the PATH"));
    }
    let linker = first_line(Command::new("cc").arg("--version"));
    checks.push(match linker {
        Some(linker) => Check::ok(format!("linker cc: {linker}")),
        None => Check::warn("no linker `cc`, which Rust cells need", "install a C compiler (Debian, Ubuntu: apt-get install gcc)"),
    });
    let sysroot = first_line(Command::new("rustc").arg("--print").arg("sysroot"));
    checks.push(sources(sysroot.and_then(|root| StdSources::find(Path::new(&root)))));
    checks
}

/// Judges what `rustc --version` says, such as `rustc 1.95.0 (59807616e 2026-04-14)`.
fn rust_version(said: &str) -> Check {
    let numbers = |text: &str| text.split(['.', '-']).map_while(|part| part.parse().ok()).take(2).collect::<Vec<u32>>();
    let version = numbers(said.split(' ').nth(1).unwrap_or_default());
    if version.len() == 2 && version >= numbers(OLDEST_RUST) {
        Check::ok(said.to_owned())
    } else {
        Check::warn(format!("{said}, but Rust cells need {OLDEST_RUST} or newer"), "run `rustup update stable`")
    }
}

/// Completion in Rust cells knows the standard library by its sources.
fn sources(found: Option<StdSources>) -> Check {
    match found {
        Some(StdSources::Said(folder)) => Check::ok(format!("sources of Rust's standard library in RUST_SRC_PATH, {}", folder.display())),
        Some(StdSources::Component(_)) => Check::ok("rust-src, the sources of Rust's standard library"),
        Some(StdSources::Documentation(_)) => Check::ok("rust-docs, with the sources of Rust's standard library"),
        None => Check::warn(
            "no sources of Rust's standard library: completion in Rust cells does not know its methods",
            "run `rustup component add rust-src`, or set RUST_SRC_PATH to the folder with core/src",
        ),
    }
}

fn python(folders: &Folders) -> Vec<Check> {
    let mut checks = Vec::new();
    let found: Vec<Python> = Python::all(folders, &["venv", "ensurepip", "nbconvert", "nbclient", "jupyterlab"]).collect();
    let version_of = |python: &Python, module: &str| python.facts.modules.get(module).cloned().flatten();
    let jupyter = found.iter().find(|python| version_of(python, "nbconvert").and(version_of(python, "nbclient")).is_some());
    let lab = found.iter().find(|python| version_of(python, "jupyterlab").is_some());
    for (name, module, python) in [("nbconvert", "nbconvert", jupyter), ("JupyterLab", "jupyterlab", lab)] {
        if let Some(python) = python {
            let version = version_of(python, module).unwrap_or_default();
            checks.push(Check::ok(format!("{name} {version} of {}", python.program.display())));
        }
    }
    let private = PrivateJupyter::new(folders).ok();
    if let Some(ready) = private.as_ref().and_then(PrivateJupyter::ready) {
        checks.push(Check::ok(format!("private Jupyter of {}", ready.program.display())));
    } else if jupyter.is_none() || lab.is_none() {
        checks.push(base_python(&found));
    }
    checks
}

/// Whether the private Jupyter could be made when it is needed.
fn base_python(found: &[Python]) -> Check {
    let can = |python: &&Python| {
        let has = |module: &str| matches!(python.facts.modules.get(module), Some(Some(_)));
        python.facts.version >= OLDEST_PYTHON && has("venv") && has("ensurepip")
    };
    match found.iter().find(can) {
        Some(python) => Check::ok(format!(
            "Python {} in {}, with which `run` and `lab` make a private Jupyter when they first need it",
            python.facts.version,
            python.program.display()
        )),
        None => Check::fail(
            format!("no Jupyter, and no Python {OLDEST_PYTHON} or newer that can make a virtual environment"),
            "install one (Debian, Ubuntu: apt-get install python3 python3-venv)",
        ),
    }
}

fn cache(folders: &Folders) -> Vec<Check> {
    let root = match folders.cache() {
        Ok(root) => root,
        Err(error) => return vec![Check::fail("no cache folder", error.to_string())],
    };
    let remedy = format!("make {} writable, or set SDAP_CACHE_DIR", root.display());
    if let Err(error) = fs::create_dir_all(&root).and_then(|()| tempfile::tempfile_in(&root).map(drop)) {
        return vec![Check::fail(format!("cannot write in the cache folder {}: {error}", root.display()), remedy)];
    }
    let mut checks = vec![Check::ok(format!("cache {}: {}", root.display(), size_text(size_of(&root))))];
    let mut parts: Vec<PathBuf> =
        fs::read_dir(&root).into_iter().flatten().flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    parts.sort();
    for part in parts {
        let name = part.file_name().unwrap_or_default().to_string_lossy().into_owned();
        checks.push(Check::ok(format!("cache of {name}: {}", size_text(size_of(&part)))));
    }
    checks.push(Check::ok(format!("history of the cells run, for all kernels of this user: {}", root.join(HISTORY).display())));
    checks.push(Check::ok(format!("text beyond what a cell can show, kept for a week: {}", root.join(PRINTED).display())));
    checks
}

/// The bytes of all files below a folder; links are not followed.
fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => size_of(&entry.path()),
            Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |found| found.len()),
            _ => 0,
        })
        .sum()
}

fn size_text(bytes: u64) -> String {
    match bytes {
        0 => "empty".to_owned(),
        1..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{:.0} MB", bytes as f64 / 1e6),
    }
}

/// The first line that a program prints; `None` when it cannot be run or fails.
fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(|line| line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_compiler_is_told_from_a_new_one_by_number() {
        assert_eq!(rust_version("rustc 1.95.0 (59807616e 2026-04-14)").state, State::Ok);
        assert_eq!(rust_version("rustc 1.100.0-nightly (abc 2026-12-01)").state, State::Ok);
        assert_eq!(rust_version("rustc 2.0.0").state, State::Ok);
        insta::assert_snapshot!(rust_version("rustc 1.9.0 (x)").line(), @r"
        warn  rustc 1.9.0 (x), but Rust cells need 1.95 or newer
              -> run `rustup update stable`
        ");
        assert_eq!(rust_version("something else").state, State::Warn);
    }

    #[test]
    fn a_kernelspec_is_judged_by_the_program_that_it_starts() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("sdap-kernel");
        let state = |this: &Path| kernelspec(Path::new("/spec"), &program, Some(this)).state;
        assert_eq!(state(&program), State::Fail, "it is not there yet");
        fs::write(&program, "").unwrap();
        assert_eq!(state(&program), State::Ok);
        assert_eq!(state(Path::new("/other")), State::Warn);
    }

    #[test]
    fn it_is_said_where_the_standard_librarys_sources_are_or_how_to_get_them() {
        let said = [StdSources::Said("/std".into()), StdSources::Component("/c".into()), StdSources::Documentation("/d".into())];
        let lines: Vec<String> = said.into_iter().map(Some).chain([None]).map(|found| sources(found).line()).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        ok    sources of Rust's standard library in RUST_SRC_PATH, /std
        ok    rust-src, the sources of Rust's standard library
        ok    rust-docs, with the sources of Rust's standard library
        warn  no sources of Rust's standard library: completion in Rust cells does not know its methods
              -> run `rustup component add rust-src`, or set RUST_SRC_PATH to the folder with core/src
        ");
    }

    #[test]
    fn the_cache_is_listed_with_the_size_of_each_part() {
        let root = tempfile::tempdir().unwrap();
        let folders = Folders::new(sdap_kernel::environment::Platform::Linux, [("SDAP_CACHE_DIR", root.path())]);
        fs::create_dir_all(root.path().join("jupyter/deep")).unwrap();
        fs::write(root.path().join("jupyter/deep/file"), vec![0; 2_000_000]).unwrap();
        fs::create_dir(root.path().join("launch")).unwrap();
        let lines: Vec<String> = cache(&folders).iter().map(|check| check.line().replace(root.path().to_str().unwrap(), "ROOT")).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        ok    cache ROOT: 2 MB
        ok    cache of jupyter: 2 MB
        ok    cache of launch: empty
        ok    history of the cells run, for all kernels of this user: ROOT/history.sqlite
        ok    text beyond what a cell can show, kept for a week: ROOT/printed
        ");
    }

    #[test]
    fn a_cache_that_cannot_be_written_fails_with_what_to_set() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let folders = Folders::new(sdap_kernel::environment::Platform::Linux, [("SDAP_CACHE_DIR", file.path().join("sub"))]);
        let checks = cache(&folders);
        assert_eq!(checks[0].state, State::Fail);
        assert!(checks[0].remedy.ends_with("or set SDAP_CACHE_DIR"), "{checks:?}");
    }

    #[test]
    fn without_a_suitable_python_it_says_what_to_install() {
        insta::assert_snapshot!(base_python(&[]).line(), @r"
        fail  no Jupyter, and no Python 3.11.0 or newer that can make a virtual environment
              -> install one (Debian, Ubuntu: apt-get install python3 python3-venv)
        ");
    }

    #[test]
    fn sizes_are_rounded_for_reading() {
        assert_eq!([0, 1, 999_999, 1_000_000, 512_345_678].map(size_text), ["empty", "1 kB", "1000 kB", "1 MB", "512 MB"]);
    }
}
