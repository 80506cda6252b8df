//! The private Jupyter: a virtual environment in the cache, with the versions that `kernelspec/requirements.txt` pins.
//!
//! Its folder is named by the hash of the pins, so that a program of other pins makes another one. A marker file says
//! that it is complete; one without it, left by a stopped installation, is made anew. A file lock keeps two processes from
//! making it at once.

use super::{Folders, NoFolder, OLDEST_PYTHON, Python};
use sha2::{Digest, Sha256};
use std::{
    ffi::OsStr,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::{Duration, Instant},
};

const REQUIREMENTS: &str = include_str!("../../../kernelspec/requirements.txt");
/// The package through which papermill writes parameters as Rust; pip installs it from these files.
const PAPERMILL: [(&str, &str); 3] = [
    ("pyproject.toml", include_str!("../../../kernelspec/papermill/pyproject.toml")),
    ("sdap_papermill/__init__.py", include_str!("../../../kernelspec/papermill/sdap_papermill/__init__.py")),
    ("sdap_papermill/parameters.py", include_str!("../../../kernelspec/papermill/sdap_papermill/parameters.py")),
];
/// The modules that a complete environment can import.
const MODULES: [&str; 2] = ["jupyterlab", "nbconvert"];
/// How often a phase that goes on is reported again.
const REPORT_EVERY: Duration = Duration::from_secs(15);

/// Why the private Jupyter could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PrivateJupyterError {
    /// No Python at all.
    #[error("no Python was found: install Python {OLDEST_PYTHON} or newer (Debian, Ubuntu: apt-get install python3 python3-venv)")]
    NoPython,
    /// Only Pythons that are too old.
    #[error("Python {OLDEST_PYTHON} or newer is needed, but {} is {}: install a newer one, or activate an environment that has it", .0.program.display(), .0.facts.version)]
    OldPython(Box<Python>),
    /// A Python that cannot make virtual environments.
    #[error(
        "{} cannot make virtual environments, because its module {module} is missing: install it (Debian, Ubuntu: apt-get install python3-venv)",
        python.program.display()
    )]
    NoVenv {
        /// The Python.
        python: Box<Python>,
        /// What it lacks.
        module: &'static str,
    },
    /// A phase failed.
    #[error("{phase} failed ({status}); it said:\n{said}")]
    Phase {
        /// What was being done.
        phase: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it printed.
        said: String,
    },
    /// All phases ran, but the result does not work.
    #[error("the environment in {} was made, but its Python cannot import {}: remove the folder and try again", .0.display(), MODULES.join(" and "))]
    Broken(PathBuf),
    /// The file system refused.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No cache folder.
    #[error(transparent)]
    NoFolder(#[from] NoFolder),
}

/// The private Jupyter environment of this program's pins, made or not.
#[derive(Clone, Debug)]
pub struct PrivateJupyter {
    folder: PathBuf,
    python: PathBuf,
    requirements: String,
    folders: Folders,
}

impl PrivateJupyter {
    /// The one in the cache of these folders; nothing is made yet.
    ///
    /// # Errors
    /// When there is no cache folder.
    pub fn new(folders: &Folders) -> Result<Self, NoFolder> {
        Self::with_more(folders, "")
    }

    /// One with more packages, given as the lines of a requirements file, each pinned; nothing is made yet.
    ///
    /// # Errors
    /// When there is no cache folder.
    pub fn with_more(folders: &Folders, more: &str) -> Result<Self, NoFolder> {
        let requirements = format!("{REQUIREMENTS}{more}");
        let mut hash = Sha256::new_with_prefix(&requirements);
        for (_, content) in PAPERMILL {
            hash.update(content);
        }
        let folder = folders.cache()?.join("jupyter").join(&hex::encode(hash.finalize())[..12]);
        Ok(Self { python: folders.python_of(&folder), folder, requirements, folders: folders.clone() })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its Python, when it is complete and works.
    pub fn ready(&self) -> Option<Python> {
        if !self.marker().is_file() {
            return None;
        }
        Python::ask(&self.python, &MODULES).ok().filter(Python::imports_all)
    }

    /// Its Python; the environment is made first where it is not ready. `say` gets a line for each phase.
    ///
    /// # Errors
    /// When there is no suitable Python, or when making the environment fails.
    pub fn prepare(&self, say: &mut dyn FnMut(&str)) -> Result<Python, PrivateJupyterError> {
        if let Some(python) = self.ready() {
            return Ok(python);
        }
        let lock = self.lock(say)?;
        // Another process may have made it while this one waited for the lock.
        if let Some(python) = self.ready() {
            return Ok(python);
        }
        self.make(&lock, say)?;
        self.ready().ok_or_else(|| PrivateJupyterError::Broken(self.folder.clone()))
    }

    fn marker(&self) -> PathBuf {
        self.folder.join("complete")
    }

    /// Takes the lock, which lasts as long as the file is open.
    fn lock(&self, say: &mut dyn FnMut(&str)) -> Result<File, PrivateJupyterError> {
        let path = self.folder.with_extension("lock");
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed("make the folder", parent))?;
        }
        let file = File::create(&path).map_err(failed("write", &path))?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => say("Jupyter: another process is making the private environment; waiting for it"),
            Err(TryLockError::Error(error)) => return Err(failed("lock", &path)(error)),
        }
        file.lock().map_err(failed("lock", &path))?;
        Ok(file)
    }

    fn make(&self, lock: &File, say: &mut dyn FnMut(&str)) -> Result<(), PrivateJupyterError> {
        let base = suitable_python(&self.folders)?;
        if self.folder.exists() {
            say(&format!("Jupyter: {} is not complete; it is made anew", self.folder.display()));
            fs::remove_dir_all(&self.folder).map_err(failed("remove", &self.folder))?;
        }
        let (python, version) = (base.program.display(), base.facts.version);
        say(&format!("Jupyter: making a private environment in {} with {python} ({version})", self.folder.display()));
        fs::create_dir_all(&self.folder).map_err(failed("make the folder", &self.folder))?;
        let venv = ["-m".as_ref(), "venv".as_ref(), self.folder.as_os_str()];
        self.run("making the virtual environment", &base.program, &venv, lock, say)?;

        let requirements = self.folder.join("requirements.txt");
        fs::write(&requirements, &self.requirements).map_err(failed("write", &requirements))?;
        let papermill = self.folder.join("papermill");
        for (name, content) in PAPERMILL {
            write_below(&papermill.join(name), content)?;
        }
        let packages = self.requirements.lines().filter(|line| line.contains("==")).count();
        say(&format!("Jupyter: installing {packages} packages with pip"));
        let install = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check"].map(OsStr::new);
        let what = [papermill.as_os_str(), "--requirement".as_ref(), requirements.as_os_str()];
        let arguments: Vec<&OsStr> = install.into_iter().chain(what).collect();
        self.run("installing Jupyter with pip", &self.python, &arguments, lock, say)?;
        fs::write(self.marker(), "").map_err(failed("write", &self.marker()))
    }

    /// Runs one phase, with what it prints in a log file, of which the end is shown when it fails.
    fn run(
        &self,
        phase: &'static str,
        program: &Path,
        arguments: &[&OsStr],
        lock: &File,
        say: &mut dyn FnMut(&str),
    ) -> Result<(), PrivateJupyterError> {
        let path = self.folder.join("install.log");
        let log = File::create(&path).map_err(failed("write", &path))?;
        let same_log = log.try_clone().map_err(failed("write", &path))?;
        // The lock, an empty file, is the child's standard input, so that it is held as long as the child lives, even when
        // this process is killed.
        let lock = lock.try_clone().map_err(failed("lock", &self.folder))?;
        let started = Instant::now();
        // -I keeps the user's PYTHONPATH and site packages out; pip's own settings (a mirror, a proxy) stay, but not
        // those that would send the packages elsewhere.
        let mut command = Command::new(program);
        command.arg("-I").args(arguments).stdin(lock).stdout(log).stderr(same_log);
        command.env("PIP_USER", "0").env_remove("PIP_TARGET").env_remove("PIP_PREFIX").env_remove("PIP_REQUIRE_VIRTUALENV");
        let mut child = command.spawn().map_err(failed("run", program))?;
        let mut reported = started;
        let status = loop {
            if let Some(status) = child.try_wait().map_err(failed("wait for", program))? {
                break status;
            }
            if reported.elapsed() >= REPORT_EVERY {
                reported = Instant::now();
                say(&format!("Jupyter: still {phase}, {:.0} s", started.elapsed().as_secs_f64()));
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        if !status.success() {
            let said = fs::read(&path).map(|bytes| end_of(&String::from_utf8_lossy(&bytes))).unwrap_or_default();
            return Err(PrivateJupyterError::Phase { phase, status, said });
        }
        say(&format!("Jupyter: {phase} took {:.1} s", started.elapsed().as_secs_f64()));
        Ok(())
    }
}

/// The first Python that is new enough and can make environments; else what is wrong with the best one.
fn suitable_python(folders: &Folders) -> Result<Python, PrivateJupyterError> {
    let mut nearest = None;
    for python in Python::all(folders, &["venv", "ensurepip"]) {
        let missing = ["venv", "ensurepip"].into_iter().find(|module| !matches!(python.facts.modules.get(*module), Some(Some(_))));
        match missing {
            _ if python.facts.version < OLDEST_PYTHON => {
                nearest.get_or_insert(PrivateJupyterError::OldPython(Box::new(python)));
            }
            None => return Ok(python),
            Some(module) => nearest = Some(PrivateJupyterError::NoVenv { python: Box::new(python), module }),
        }
    }
    Err(nearest.unwrap_or(PrivateJupyterError::NoPython))
}

/// Writes a file, and makes its folder.
fn write_below(path: &Path, content: &str) -> Result<(), PrivateJupyterError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
    fs::write(path, content).map_err(failed("write", path))
}

/// The last lines of a log, enough to see what went wrong.
fn end_of(log: &str) -> String {
    let lines: Vec<&str> = log.trim_end().lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

fn failed(what: &'static str, path: &Path) -> impl Fn(io::Error) -> PrivateJupyterError {
    move |source| PrivateJupyterError::File { what, path: path.to_owned(), source }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::environment::Platform;
    use std::os::unix::fs::PermissionsExt;

    /// A folder with a Python of the tests' making: it answers questions, "makes" environments by copying itself, and runs `pip`.
    struct Machine(tempfile::TempDir);

    impl Machine {
        fn new(version: &str, ensurepip: &str, pip: &str) -> Self {
            let machine = Self(tempfile::tempdir().unwrap());
            let modules = format!(r#""venv": "", "ensurepip": {ensurepip}, "jupyterlab": "4", "nbconvert": "7""#);
            let facts = format!(r#"{{"version": [{version}], "prefix": "/p", "modules": {{{modules}}}}}"#);
            let script = format!(
                "#!/bin/sh\ncase \"$1 $3\" in\n-c*) echo '{facts}';;\n*venv) mkdir -p \"$4/bin\"; cp \"$0\" \"$4/bin/python\";;\n*pip) echo run >> \"${{0%/*}}/pip-runs\"; {pip};;\nesac\n"
            );
            let python = machine.0.path().join("python3");
            fs::write(&python, script).unwrap();
            fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
            machine
        }

        fn jupyter(&self) -> PrivateJupyter {
            let variables = [("PATH", self.0.path().as_os_str().to_owned()), ("SDAP_CACHE_DIR", self.0.path().join("cache").into())];
            PrivateJupyter::new(&Folders::new(Platform::Linux, variables)).unwrap()
        }

        fn prepare(&self) -> (Result<Python, String>, Vec<String>) {
            let mut lines = Vec::new();
            let jupyter = self.jupyter();
            let result = jupyter
                .prepare(&mut |line: &str| lines.push(self.without_paths(line)))
                .map_err(|error| self.without_paths(&error.to_string()));
            (result, lines)
        }

        fn without_paths(&self, text: &str) -> String {
            let jupyter = self.jupyter();
            text.replace(&jupyter.folder.display().to_string(), "ENVIRONMENT").replace(&self.0.path().display().to_string(), "MACHINE")
        }
    }

    #[test]
    fn it_is_made_once_with_a_line_for_each_phase() {
        let machine = Machine::new("3, 11, 2", r#""""#, "true");
        let (python, lines) = machine.prepare();
        assert_eq!(python.unwrap().program, machine.jupyter().folder.join("bin/python"));
        let packages =
            format!("Jupyter: installing {} packages with pip", REQUIREMENTS.lines().filter(|line| !line.starts_with('#')).count());
        assert_eq!(lines[0], "Jupyter: making a private environment in ENVIRONMENT with MACHINE/python3 (3.11.2)");
        assert!(lines[1].starts_with("Jupyter: making the virtual environment took "), "{lines:?}");
        assert_eq!(lines[2], packages);
        assert!(lines[3].starts_with("Jupyter: installing Jupyter with pip took "), "{lines:?}");
        let (again, lines) = machine.prepare();
        assert!(again.is_ok());
        assert_eq!(lines, [""; 0]);
    }

    #[test]
    fn a_half_made_one_is_made_anew() {
        let machine = Machine::new("3, 11, 2", r#""""#, "true");
        let folder = machine.jupyter().folder;
        fs::create_dir_all(folder.join("lib")).unwrap();
        let (python, lines) = machine.prepare();
        assert!(python.is_ok());
        assert_eq!(lines[0], "Jupyter: ENVIRONMENT is not complete; it is made anew");
        assert!(!folder.join("lib").exists());
    }

    #[test]
    fn one_whose_python_is_gone_is_made_anew() {
        let machine = Machine::new("3, 11, 2", r#""""#, "true");
        machine.prepare().0.unwrap();
        fs::remove_file(machine.jupyter().python).unwrap();
        assert!(machine.jupyter().ready().is_none());
        assert!(machine.prepare().0.is_ok());
    }

    #[test]
    fn two_at_once_make_it_once() {
        let machine = Machine::new("3, 11, 2", r#""""#, "sleep 0.2");
        std::thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(|| machine.prepare().0.is_ok()));
            assert!(both.map(|one| one.join().unwrap()).iter().all(|ok| *ok));
        });
        assert_eq!(fs::read_to_string(machine.jupyter().folder.join("bin/pip-runs")).unwrap(), "run\n");
    }

    #[test]
    fn a_failing_pip_is_shown_with_its_own_words_and_leaves_nothing_that_passes_for_complete() {
        let machine = Machine::new("3, 11, 2", r#""""#, "echo 'ERROR: no network' >&2; exit 3");
        let (result, _) = machine.prepare();
        insta::assert_snapshot!(result.unwrap_err(), @r"
        installing Jupyter with pip failed (exit status: 3); it said:
        ERROR: no network
        ");
        assert!(machine.jupyter().ready().is_none());
    }

    #[test]
    fn what_the_machine_lacks_is_named_with_what_to_install() {
        let old = Machine::new("3, 9, 2", r#""""#, "true").prepare().0.unwrap_err();
        insta::assert_snapshot!(old, @"Python 3.11.0 or newer is needed, but MACHINE/python3 is 3.9.2: install a newer one, or activate an environment that has it");
        let no_pip = Machine::new("3, 11, 2", "null", "true").prepare().0.unwrap_err();
        insta::assert_snapshot!(no_pip, @"MACHINE/python3 cannot make virtual environments, because its module ensurepip is missing: install it (Debian, Ubuntu: apt-get install python3-venv)");
        let empty = Machine::new("3, 11, 2", "null", "true");
        fs::remove_file(empty.0.path().join("python3")).unwrap();
        insta::assert_snapshot!(empty.prepare().0.unwrap_err(), @"no Python was found: install Python 3.11.0 or newer (Debian, Ubuntu: apt-get install python3 python3-venv)");
    }

    #[test]
    fn every_requirement_is_pinned_to_one_version_and_comes_from_no_named_place() {
        for line in REQUIREMENTS.lines().filter(|line| !line.starts_with('#')) {
            let (name, version) = line.split_once("==").unwrap_or_else(|| panic!("not pinned: {line}"));
            let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
            assert!(plain(name) && plain(version), "{line}");
        }
    }

    #[test]
    fn one_with_more_packages_is_another_one() {
        let machine = Machine::new("3, 11, 2", r#""""#, "true");
        let folders = machine.jupyter().folders;
        let more = PrivateJupyter::with_more(&folders, "playwright==1.65.2\n").unwrap();
        assert_ne!(more.folder, machine.jupyter().folder);
        more.prepare(&mut |_| ()).unwrap();
        let pins = fs::read_to_string(more.folder.join("requirements.txt")).unwrap();
        assert!(pins.starts_with(REQUIREMENTS) && pins.ends_with("\nplaywright==1.65.2\n"));
        assert!(machine.jupyter().ready().is_none());
    }

    #[test]
    fn only_the_end_of_a_long_log_is_shown() {
        let log: Vec<String> = (1..=100).map(|line| line.to_string()).collect();
        let end = end_of(&log.join("\n"));
        assert!(end.starts_with("71\n") && end.ends_with("\n100"));
        assert_eq!(end_of(""), "");
    }
}
