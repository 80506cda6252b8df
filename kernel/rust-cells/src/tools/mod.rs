//! The `cargo`, `rustc` and `rustup` that evcxr finds: this binary, under those names.
//!
//! evcxr has cargo build each cell, and its analyzer asks cargo and rustc some twenty questions at each start. Cargo looks
//! after a whole project each time, for which a cell is too small. These tools answer as the real ones do, and remember:
//!
//! - a [question](questions) that was answered before is answered from memory;
//! - a [cell](cell) is compiled by rustc itself, with the arguments that cargo gave it last;
//! - a cell that was compiled before, in whichever session, is not compiled again: what is compiled is a [program] that is the same
//!   wherever the cell means the same;
//! - a cell with `.await` gets a runtime for its [tasks] that leaves no threads behind.
//!
//! Whatever else is asked, the real tool answers.

mod cell;
mod compiled;
mod key;
mod program;
mod questions;
mod tasks;

pub(crate) use compiled::tidy;
pub(crate) use program::{EVCXRS_FILE, FILE, Program, SYMBOL};
use std::{
    convert::Infallible,
    env,
    ffi::{OsStr, OsString},
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, exit},
};

/// The environment variable that names the folder of all that is remembered. Only with it a name makes this binary a tool.
const MEMORY: &str = "SDAP_RUST_CELLS_MEMORY";

/// The environment variable that names the folder of the tools themselves.
const FOLDER: &str = "SDAP_RUST_CELLS_TOOLS";

/// The environment variable that holds the search path on which the real tools are.
const REAL_PATH: &str = "SDAP_RUST_CELLS_PATH";

/// The environment variable that holds the user's `CARGO_HOME`; empty where that is not set.
const REAL_HOME: &str = "SDAP_RUST_CELLS_CARGO_HOME";

/// What the tools read of the environment, and nothing else is to see.
const ENVIRONMENT: [&str; 4] = [MEMORY, FOLDER, REAL_PATH, REAL_HOME];

/// What cargo is given in place of rustc, once, to learn with which arguments it calls it.
const SPY: &str = "rustc-and-tell";

/// Puts the tools into the folder `bin` of a folder.
///
/// # Errors
/// If the folder cannot be written, or this program is not found.
pub(crate) fn lay_out(folder: &Path) -> io::Result<()> {
    let program = env::current_exe()?;
    let folder = folder.join("bin");
    std::fs::create_dir_all(&folder)?;
    for name in ["cargo", "rustc", "rustup", SPY] {
        let link = folder.join(name);
        if std::fs::read_link(&link).is_ok_and(|target| target == program) {
            continue;
        }
        std::fs::remove_file(&link).or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
        std::os::unix::fs::symlink(&program, link)?;
    }
    Ok(())
}

/// The environment in which a process finds the tools of a folder before those of the search path `path`. The analyzer
/// looks in `CARGO_HOME` first.
pub(crate) fn environment(folder: &Path, memory: &Path, path: &OsStr) -> [(&'static str, OsString); 6] {
    let folders = std::iter::once(folder.join("bin")).chain(env::split_paths(path));
    let in_front = env::join_paths(folders).unwrap_or_else(|_| path.to_owned());
    let home = env::var_os("CARGO_HOME").unwrap_or_default();
    [
        ("PATH", in_front),
        ("CARGO_HOME", folder.into()),
        (FOLDER, folder.into()),
        (MEMORY, memory.into()),
        (REAL_PATH, path.to_owned()),
        (REAL_HOME, home),
    ]
}

/// Takes the tools from a process that this one will start: it finds those that the user has.
pub(crate) fn take_from(command: &mut Command) {
    command.envs(env::var_os(REAL_PATH).map(|path| ("PATH", path)));
    match env::var_os(REAL_HOME) {
        Some(home) if home.is_empty() => command.env_remove("CARGO_HOME"),
        Some(home) => command.env("CARGO_HOME", home),
        None => command,
    };
    for name in ENVIRONMENT {
        command.env_remove(name);
    }
}

/// Where this process was started as one of the tools, does its work and never returns.
pub(crate) fn act_if_called() {
    let Some(memory) = env::var_os(MEMORY).map(PathBuf::from) else { return };
    let called = env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let name = called.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let answered = match name {
        "cargo" => {
            tasks::prepare();
            cell::compile(&memory, &arguments).or_else(|| questions::answer(name, &memory, &arguments))
        }
        "rustc" => questions::answer(name, &memory, &arguments),
        "rustup" => toolchain_of(&memory, &arguments),
        SPY => Some(cell::tell(&arguments)),
        _ => return,
    };
    if let Some(code) = answered {
        exit(code);
    }
    let Err(error) = become_real(name, &arguments);
    eprintln!("error: {name} cannot be started: {error}");
    exit(127);
}

/// One of the tools.
fn tool(name: &str) -> PathBuf {
    PathBuf::from(env::var_os(FOLDER).unwrap_or_default()).join("bin").join(name)
}

/// `rustup which cargo` names this cargo, so that evcxr calls it; rustup itself is asked everything else.
fn toolchain_of(memory: &Path, arguments: &[OsString]) -> Option<i32> {
    match arguments {
        [which, wanted] if which == "which" && wanted == "cargo" => {
            println!("{}", tool("cargo").display());
            Some(0)
        }
        _ => questions::answer("rustup", memory, arguments),
    }
}

/// The real tool of that name, to be found on the search path that the user has.
fn real(name: &str) -> Command {
    let path = env::var_os(REAL_PATH).unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    let mut command = Command::new(found.unwrap_or_else(|| name.into()));
    take_from(&mut command);
    command
}

/// The folder in which cargo keeps what is the user's.
fn cargo_home() -> Option<PathBuf> {
    let set = env::var_os(REAL_HOME).filter(|home| !home.is_empty());
    set.map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))
}

fn become_real(name: &str, arguments: &[OsString]) -> Result<Infallible, io::Error> {
    Err(real(name).args(arguments).exec())
}
