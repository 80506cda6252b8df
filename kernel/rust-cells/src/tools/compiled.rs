//! Compiled cells, kept for the next session that runs the same ones.

use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// How much is kept, in bytes; what was used longest ago goes first.
const KEPT: u64 = 256 << 20;

/// How a compilation ended.
#[derive(Serialize, Deserialize)]
pub(super) struct Outcome {
    /// The status of the compiler.
    pub(super) status: i32,
    /// Its messages, a JSON object a line.
    pub(super) messages: String,
}

impl Outcome {
    /// Whether the compiler found the code wrong, and was not ended or short of room.
    pub(super) fn is_refusal(&self) -> bool {
        self.status != 0 && self.messages.contains(r#""code":{"code":"E"#)
    }

    /// Whether the compiler did not find something by its name.
    pub(super) fn misses_a_name(&self) -> bool {
        self.status != 0 && MISSING.iter().any(|code| self.messages.contains(&format!(r#""code":{{"code":"{code}""#)))
    }
}

/// How rustc says that a name is nowhere to be found.
const MISSING: [&str; 3] = ["E0425", "E0432", "E0433"];

/// A place for one compilation.
pub(super) struct Compiled {
    outcome: PathBuf,
    library: PathBuf,
}

impl Compiled {
    /// The place of that name.
    pub(super) fn named(memory: &Path, name: &str) -> Self {
        let folder = memory.join("cells");
        Self { outcome: folder.join(format!("{name}.json")), library: folder.join(format!("{name}.so")) }
    }

    /// What was kept, its library copied to where it belongs.
    pub(super) fn recall(&self, library: Option<&Path>) -> Option<Outcome> {
        let json = fs::read_to_string(&self.outcome).ok()?;
        let outcome: Outcome = serde_json::from_str(&json).ok()?;
        if outcome.status == 0
            && let Some(library) = library
        {
            fs::remove_file(library).ok();
            fs::copy(&self.library, library).ok()?;
        }
        // The time of last use, by which old ones are found.
        touch(&self.outcome);
        Some(outcome)
    }

    /// Keeps an outcome, and its library. What cannot be kept is compiled again.
    pub(super) fn keep(&self, outcome: &Outcome, library: Option<&Path>) {
        let kept = (|| {
            if outcome.status == 0
                && let Some(library) = library
            {
                write_whole(&self.library, &fs::read(library)?)?;
            }
            write_whole(&self.outcome, serde_json::to_string(outcome)?.as_bytes())
        })();
        if kept.is_err() {
            self.forget();
        }
    }

    fn forget(&self) {
        fs::remove_file(&self.outcome).ok();
        fs::remove_file(&self.library).ok();
    }
}

fn touch(file: &Path) {
    if let Ok(file) = fs::File::options().append(true).open(file) {
        file.set_modified(SystemTime::now()).ok();
    }
}

/// Writes a file such that nobody ever reads half of it.
pub(super) fn write_whole(file: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let aside = file.with_extension(format!("part-{}", std::process::id()));
    fs::write(&aside, content)?;
    fs::rename(&aside, file).inspect_err(|_| {
        fs::remove_file(&aside).ok();
    })
}

/// Removes what was used longest ago, until no more is kept than should be.
pub(crate) fn tidy(memory: &Path) {
    let folder = memory.join("cells");
    let mut kept: Vec<(SystemTime, u64, Compiled)> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let path = entry.path();
            let name = path.file_stem().filter(|_| path.extension().is_some_and(|end| end == "json"))?.to_str()?.to_owned();
            let compiled = Compiled::named(memory, &name);
            let size = fs::metadata(&compiled.library).map_or(0, |library| library.len()) + entry.metadata().ok()?.len();
            Some((entry.metadata().ok()?.modified().ok()?, size, compiled))
        })
        .collect();
    kept.sort_by_key(|(used, ..)| std::cmp::Reverse(*used));
    let mut total = 0;
    for (_, size, compiled) in kept {
        total += size;
        if total > KEPT {
            compiled.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_error_with_a_number_is_a_refusal() {
        let outcome = |status, messages: &str| Outcome { status, messages: messages.to_owned() };
        assert!(outcome(1, r#"{"message":"mismatched types","code":{"code":"E0308","explanation":""}}"#).is_refusal());
        assert!(!outcome(1, "").is_refusal());
        assert!(!outcome(1, r#"{"message":"No space left on device","code":null}"#).is_refusal());
        assert!(!outcome(0, r#"{"code":{"code":"E0308"}}"#).is_refusal());
    }

    #[test]
    fn a_name_is_missed_where_the_compiler_says_so() {
        let says = |status, code: &str| Outcome { status, messages: format!(r#"{{"code":{{"code":"{code}","explanation":""}}}}"#) };
        assert!(says(1, "E0425").misses_a_name());
        assert!(!says(1, "E0308").misses_a_name() && !says(0, "E0425").misses_a_name());
    }
}
