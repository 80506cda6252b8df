//! The Jupyter of the tests: the private environment, with the kernel under test in folders of its own.

use sdap_kernel::environment::{Folders, PrivateJupyter};
use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
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

/// The Jupyter of the tests, made when the first of them asks.
pub(crate) static JUPYTER: LazyLock<Jupyter> = LazyLock::new(|| {
    let private = PrivateJupyter::new(&Folders::here()).expect("the tests need a cache folder");
    // Straight to standard error, past the test harness, which would keep it back.
    let mut say = |line: &str| writeln!(std::io::stderr(), "{line}").expect("standard error is open");
    let python = private.prepare(&mut say).unwrap_or_else(|error| panic!("{error}"));
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("jupyter");
    if home.exists() {
        fs::remove_dir_all(&home).expect("the tests' own folder can be removed");
    }
    fs::create_dir_all(&home).expect("the tests' own folder can be made");
    let jupyter = Jupyter { python: python.program, environment: private.folder().to_owned(), home };
    let installed = jupyter.program(&["install", "--prefix"]).arg(&jupyter.home).output().expect("the program runs");
    assert!(installed.status.success(), "{}", told(&installed));
    jupyter
});

impl Jupyter {
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
