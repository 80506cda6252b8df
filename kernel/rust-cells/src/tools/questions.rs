//! Questions to cargo, rustc and rustup that have one answer for each toolchain and project.

use super::{key::Key, real};
use serde::{Deserialize, Serialize};
use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    io::Write,
    path::{Path, PathBuf},
};

/// What a tool said.
#[derive(Serialize, Deserialize)]
struct Said {
    stdout: String,
    stderr: String,
}

/// Answers a question from memory, or by the real tool, whose answer is then remembered if it has one. `None` where it is
/// no question.
pub(super) fn answer(tool: &str, memory: &Path, arguments: &[OsString]) -> Option<i32> {
    let asked = |word: &str| arguments.iter().any(|argument| argument == word);
    let is_question = match tool {
        "cargo" => {
            asked("metadata") || asked("locate-project") || asked("config") || asked("--version") || (asked("rustc") && asked("--print"))
        }
        "rustc" => asked("-vV") || asked("-Vv") || asked("--print"),
        _ => asked("which"),
    };
    if !is_question {
        return None;
    }
    let file = memory.join("answers").join(Key::of(tool, arguments).and_configuration(&project(arguments)).name());
    let remembered = fs::read_to_string(&file).ok().and_then(|json| serde_json::from_str(&json).ok());
    if let Some(said) = remembered {
        repeat(&said);
        return Some(0);
    }
    let output = real(tool).args(arguments).output().ok()?;
    let said = Said { stdout: String::from_utf8(output.stdout).ok()?, stderr: String::from_utf8(output.stderr).ok()? };
    repeat(&said);
    // A failure may be one of the network, or be mended by the user.
    if output.status.success() {
        remember(&file, &said);
    }
    Some(output.status.code().unwrap_or(1))
}

/// The project that a question is about.
fn project(arguments: &[OsString]) -> PathBuf {
    let manifest = arguments.iter().skip_while(|argument| *argument != OsStr::new("--manifest-path")).nth(1);
    let folder = manifest.and_then(|manifest| Some(Path::new(manifest).parent()?.to_owned()));
    folder.or_else(|| env::current_dir().ok()).unwrap_or_default()
}

fn repeat(said: &Said) {
    std::io::stderr().write_all(said.stderr.as_bytes()).ok();
    std::io::stdout().write_all(said.stdout.as_bytes()).ok();
}

/// What cannot be kept is asked again.
fn remember(file: &Path, said: &Said) {
    let Ok(json) = serde_json::to_string(said) else { return };
    super::compiled::write_whole(file, json.as_bytes()).ok();
}
