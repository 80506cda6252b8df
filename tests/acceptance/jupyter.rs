//! The Jupyter of the tests: the private environment, with the kernel under test in folders of its own.

use sdap_kernel::environment::{Folders, PrivateJupyter};
use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_sdap-kernel");

/// What the tests share.
pub(crate) struct Jupyter {
    /// Its Python.
    pub(crate) python: PathBuf,
    /// The folder of the environment.
    environment: PathBuf,
    /// Where Jupyter keeps everything in these tests, apart from what the user has.
    home: PathBuf,
}

impl Jupyter {
    /// The Jupyter of some tests, with the packages of one more requirements file, and a home folder of this name.
    pub(crate) fn new(more_packages: &str, home: &str) -> Self {
        let private = PrivateJupyter::with_more(&Folders::here(), more_packages).expect("the tests need a cache folder");
        // Straight to standard error, past the test harness, which would keep it back.
        let mut say = |line: &str| writeln!(std::io::stderr(), "{line}").expect("standard error is open");
        let python = private.prepare(&mut say).unwrap_or_else(|error| panic!("{error}"));
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(home);
        if home.exists() {
            fs::remove_dir_all(&home).expect("the tests' own folder can be removed");
        }
        fs::create_dir_all(&home).expect("the tests' own folder can be made");
        let jupyter = Self { python: python.program, environment: private.folder().to_owned(), home };
        let installed = jupyter.program(&["install", "--prefix"]).arg(&jupyter.home).output().expect("the program runs");
        assert!(installed.status.success(), "{}", told(&installed));
        jupyter
    }

    /// Runs one file of Python tests in the folder `tests/FOLDER`: every test in it must run and pass.
    pub(crate) fn passes(&self, folder: &str, module: &str, variables: &[(&str, &Path)]) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests").join(folder);
        let arguments = ["-m", "unittest", "--verbose", module];
        let output = self.python().current_dir(folder).args(arguments).envs(variables.iter().copied()).output().expect("Python runs");
        let said = told(&output);
        assert!(output.status.success(), "{said}");
        let summary = said.lines().rev().find(|line| !line.trim().is_empty());
        assert_eq!(summary, Some("OK"), "a test was skipped:\n{said}");
        assert!(!said.contains("Ran 0 tests"), "{said}");
    }

    /// The program under test, in a shell where this Jupyter is active.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        self.surround(command.args(arguments));
        command
    }

    /// Its Python, which knows the kernel under test.
    pub(crate) fn python(&self) -> Command {
        let mut command = Command::new(&self.python);
        self.surround(&mut command);
        command.env("JUPYTER_PATH", self.home.join("share").join("jupyter"));
        command
    }

    fn surround(&self, command: &mut Command) {
        for (variable, folder) in
            [("JUPYTER_DATA_DIR", "data"), ("JUPYTER_CONFIG_DIR", "config"), ("JUPYTER_RUNTIME_DIR", "runtime"), ("IPYTHONDIR", "ipython")]
        {
            command.env(variable, self.home.join(folder));
        }
        command.env("VIRTUAL_ENV", &self.environment).env_remove("JUPYTER_PATH").env("PYTHONDONTWRITEBYTECODE", "1");
    }
}

/// What a program said and how it ended, for a test that failed.
pub(crate) fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}\n{}", output.status, text(&output.stdout), text(&output.stderr))
}
