//! The Python on this machine: which one answers, how old it is, and what it can import.

use super::Folders;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fmt, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The oldest Python that the pinned Jupyter runs on.
pub const OLDEST_PYTHON: PythonVersion = PythonVersion(3, 11, 0);

/// What Python is asked; the answer is one line of JSON, after whatever the imported modules print.
///
/// The empty entry of the path is the working folder, whose files must not pass for modules.
const QUESTION: &str = r#"
import sys
sys.path = [entry for entry in sys.path if entry]
import importlib, json
def version(name):
    try:
        return str(getattr(importlib.import_module(name), "__version__", ""))
    except Exception:
        return None
answer = {"version": sys.version_info[:3], "prefix": sys.prefix, "modules": {name: version(name) for name in sys.argv[1:]}}
print("\n" + json.dumps(answer))
"#;

/// A version of Python: major, minor, patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct PythonVersion(pub u32, pub u32, pub u32);

impl fmt::Display for PythonVersion {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A Python that answered.
#[derive(Clone, Debug)]
pub struct Python {
    /// The interpreter.
    pub program: PathBuf,
    /// What it said of itself.
    pub facts: PythonFacts,
}

/// What a Python says of itself.
#[derive(Clone, Debug, Deserialize)]
pub struct PythonFacts {
    /// Its version.
    pub version: PythonVersion,
    /// The folder that it is installed in: the environment's, in a virtual environment.
    pub prefix: PathBuf,
    /// The modules that it was asked for, each with its version (which may be empty); `None` where it cannot import it.
    pub modules: BTreeMap<String, Option<String>>,
}

impl Python {
    /// Asks an interpreter for its version, and for the modules that it can import.
    ///
    /// # Errors
    /// When it does not run, or answers something else than a Python does.
    pub fn ask(program: &Path, modules: &[&str]) -> io::Result<Self> {
        let answer = Command::new(program).arg("-c").arg(QUESTION).args(modules).stdin(Stdio::null()).output()?;
        if !answer.status.success() {
            let words = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
            return Err(io::Error::other(format!("{} ended with {}: {words}", program.display(), answer.status)));
        }
        let text = String::from_utf8_lossy(&answer.stdout);
        let line = text.lines().next_back().unwrap_or_default();
        let facts = serde_json::from_str(line).map_err(|_| io::Error::other(format!("{} is no Python", program.display())))?;
        Ok(Self { program: program.to_owned(), facts })
    }

    /// The Pythons of this shell, the active environment's first, each asked for these modules.
    pub fn all(folders: &Folders, modules: &[&str]) -> impl Iterator<Item = Self> {
        const NAMES: [&str; 6] = ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11"];
        let named = NAMES.into_iter().flat_map(|name| folders.programs(name));
        let mut programs: Vec<PathBuf> = Vec::new();
        for program in folders.active_python().into_iter().chain(named) {
            if !programs.contains(&program) {
                programs.push(program);
            }
        }
        programs.into_iter().filter_map(|program| Self::ask(&program, modules).ok())
    }

    /// Whether it can import all the modules that it was asked for.
    pub fn imports_all(&self) -> bool {
        self.facts.modules.values().all(Option::is_some)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::environment::Platform;
    use std::{fs, os::unix::fs::PermissionsExt};

    fn program(folder: &Path, name: &str, script: &str) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn answering(version: &str) -> String {
        format!("echo noise; echo '{{\"version\": [{version}], \"prefix\": \"/p\", \"modules\": {{\"venv\": \"\", \"nbconvert\": null}}}}'")
    }

    #[test]
    fn a_python_tells_its_version_prefix_and_modules() {
        let folder = tempfile::tempdir().unwrap();
        let python = Python::ask(&program(folder.path(), "python3", &answering("3, 12, 1")), &["venv", "nbconvert"]).unwrap();
        assert_eq!(python.facts.version, PythonVersion(3, 12, 1));
        assert_eq!(python.facts.prefix, Path::new("/p"));
        assert!(!python.imports_all());
    }

    #[test]
    fn the_real_python_answers_and_takes_no_module_from_the_working_folder() {
        let python = Python::all(&Folders::here(), &["json", "no_such_module_anywhere"]).next().expect("the tests need python3");
        assert!(python.facts.version >= PythonVersion(3, 0, 0));
        assert_eq!(python.facts.modules["no_such_module_anywhere"], None);
        assert!(python.facts.modules["json"].is_some());
    }

    #[test]
    fn the_active_environment_comes_first_and_what_does_not_answer_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let active = program(&folder.path().join("venv/bin"), "python", &answering("3, 13, 0"));
        program(&folder.path().join("broken"), "python3", "exit 1");
        program(&folder.path().join("strange"), "python3", "echo hello");
        let newer = program(&folder.path().join("good"), "python3.12", &answering("3, 12, 0"));
        let path = std::env::join_paths(["broken", "strange", "good"].map(|name| folder.path().join(name))).unwrap();
        let folders = Folders::new(Platform::Linux, [("PATH", path), ("VIRTUAL_ENV", folder.path().join("venv").into_os_string())]);
        let found: Vec<_> = Python::all(&folders, &[]).map(|python| python.program).collect();
        assert_eq!(found, [active, newer]);
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(PythonVersion(3, 9, 20) < OLDEST_PYTHON);
        assert!(PythonVersion(3, 11, 2) > OLDEST_PYTHON);
        assert_eq!(PythonVersion(3, 11, 2).to_string(), "3.11.2");
    }
}
