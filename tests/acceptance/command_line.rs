//! The commands that need no kernel to run: `install`, `uninstall`, `doctor`, and what the program says to nonsense.

use crate::jupyter::{PROGRAM, told};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

/// Runs the program in a shell with nothing but a home folder and the search path.
fn run_in(home: &Path, arguments: &[&str], variables: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(home).env_clear().env("HOME", home).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs(variables.iter().copied()).output().expect("the program runs")
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", told(output));
    String::from_utf8(output.stdout.clone()).expect("the program writes UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("the program writes UTF-8")
}

#[test]
fn install_goes_where_it_is_told_and_uninstall_takes_it_away() {
    let home = tempfile::tempdir().expect("a folder");
    let venv = home.path().join("venv");
    let data = home.path().join("data");
    let check = |options: &[&str], variables: &[(&str, &Path)], expected: &str| {
        let folder = home.path().join(expected);
        let said = stdout(&run_in(home.path(), &[&["install"], options].concat(), variables));
        assert!(said.contains(&folder.display().to_string()), "{said}");
        let json: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("kernel.json")).expect("it is there")).expect("JSON");
        assert_eq!(json["argv"], serde_json::json!([PROGRAM, "start", "--connection-file", "{connection_file}"]));
        let said = stdout(&run_in(home.path(), &[&["uninstall"], options].concat(), variables));
        assert!(said.contains(&folder.display().to_string()), "{said}");
        assert!(!folder.exists());
    };
    check(&[], &[("XDG_DATA_HOME", &data)], "data/jupyter/kernels/sdap");
    check(&["--user"], &[("JUPYTER_DATA_DIR", &data)], "data/kernels/sdap");
    check(&["--sys-prefix"], &[("VIRTUAL_ENV", &venv)], "venv/share/jupyter/kernels/sdap");
    check(&["--sys-prefix"], &[("CONDA_PREFIX", &venv)], "venv/share/jupyter/kernels/sdap");
    check(&["--prefix", "some where", "--name", "sdap-dev"], &[], "some where/share/jupyter/kernels/sdap-dev");
}

#[test]
fn install_shows_the_name_that_the_user_wants() {
    let home = tempfile::tempdir().expect("a folder");
    stdout(&run_in(home.path(), &["install", "--prefix", ".", "--display-name", "Océan"], &[]));
    let json = fs::read_to_string(home.path().join("share/jupyter/kernels/sdap/kernel.json")).expect("it is there");
    assert!(json.contains(r#""display_name": "Océan""#), "{json}");
}

#[test]
fn errors_are_one_line_and_an_exit_code() {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("file"), "").expect("written");
    let cases: [(&[&str], &str); 6] = [
        (&["uninstall"], "error: there is no kernel at HOME/.local/share/jupyter/kernels/sdap\n"),
        (
            &["install", "--prefix", "file"],
            "error: cannot make the folder HOME/file/share/jupyter/kernels: Not a directory (os error 20)\n",
        ),
        (&["run", "none.ipynb"], "error: there is no notebook none.ipynb\n"),
        (&["run", "."], "error: . is a folder, not a notebook\n"),
        (&["lab", "nowhere"], "error: nowhere is not a folder\n"),
        (&["lab", "file"], "error: file is not a folder\n"),
    ];
    for (arguments, expected) in cases {
        let output = run_in(home.path(), arguments, &[]);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        assert_eq!(stderr(&output).replace(&home.path().display().to_string(), "HOME"), expected);
    }
}

#[test]
fn doctor_says_of_each_thing_whether_it_is_there() {
    let home = tempfile::tempdir().expect("a folder");
    stdout(&run_in(home.path(), &["install"], &[]));
    let said = stdout(&run_in(home.path(), &["doctor"], &[]));
    assert!(said.lines().all(|line| ["ok  ", "warn", "fail", "    "].iter().any(|begin| line.starts_with(begin))), "{said}");
    let kernel = home.path().join(".local/share/jupyter/kernels/sdap");
    for expected in [
        format!("ok    SDAP kernel {} in {PROGRAM}", env!("CARGO_PKG_VERSION")),
        format!("ok    kernelspec {} starts this program", kernel.display()),
        format!("cache {}", home.path().join(".cache/sdap").display()),
    ] {
        assert!(said.contains(&expected), "{expected} is missing from:\n{said}");
    }
}

#[test]
fn doctor_fails_when_jupyter_would_start_a_program_that_is_gone() {
    let home = tempfile::tempdir().expect("a folder");
    stdout(&run_in(home.path(), &["install"], &[]));
    let path = home.path().join(".local/share/jupyter/kernels/sdap/kernel.json");
    let json = fs::read_to_string(&path).expect("it is there").replace(PROGRAM, "/gone/sdap-kernel");
    fs::write(&path, json).expect("written");
    let output = run_in(home.path(), &["doctor"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("starts /gone/sdap-kernel, which is not there\n      -> run `sdap-kernel install`"), "{said}");
}
