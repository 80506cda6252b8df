//! What a user meets in the browser: JupyterLab with this kernel, driven in headless Chromium by `tests/browser/test_*.py`.
//!
//! `cargo test -p sdap-kernel --features browser --test browser`; Chromium is `CHROMIUM`, or found on the search path.

#[path = "../acceptance/jupyter.rs"]
mod jupyter;

use sdap_kernel::environment::{Folders, Platform};
use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// The names that systems give to Chromium and its kin.
const CHROMIUMS: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// The Chromium that `CHROMIUM` names, or else the first on the search path.
fn chromium(named: Option<OsString>, folders: &Folders) -> Result<PathBuf, String> {
    let how = "install Chromium (Debian, Ubuntu: apt-get install chromium), or set CHROMIUM to the program";
    match named.filter(|name| !name.is_empty()) {
        Some(program) if Path::new(&program).is_file() => Ok(program.into()),
        Some(program) => Err(format!("CHROMIUM is {}, where there is no program: {how}", program.display())),
        None => CHROMIUMS
            .iter()
            .find_map(|name| folders.programs(name).into_iter().next())
            .ok_or_else(|| format!("the browser tests found none of {} on the search path: {how}", CHROMIUMS.join(", "))),
    }
}

#[test]
fn jupyterlab_shows_what_the_kernel_sends_and_asks_nothing_of_the_outside() {
    let chromium = chromium(env::var_os("CHROMIUM"), &Folders::here()).unwrap_or_else(|error| panic!("{error}"));
    let jupyter = jupyter::Jupyter::new(include_str!("requirements.txt"), "browser");
    for module in ["test_lab", "test_figures"] {
        jupyter.passes("browser", module, &[("CHROMIUM", &chromium), ("SDAP_KERNEL", Path::new(jupyter::PROGRAM))]);
    }
}

#[test]
fn a_missing_browser_is_told_with_what_to_install() {
    let nowhere = Folders::new(Platform::here(), [("PATH", "")]);
    insta::assert_snapshot!(chromium(None, &nowhere).unwrap_err(), @"the browser tests found none of chromium, chromium-browser, google-chrome, google-chrome-stable, chrome on the search path: install Chromium (Debian, Ubuntu: apt-get install chromium), or set CHROMIUM to the program");
    insta::assert_snapshot!(chromium(Some("/no/chromium".into()), &nowhere).unwrap_err(), @"CHROMIUM is /no/chromium, where there is no program: install Chromium (Debian, Ubuntu: apt-get install chromium), or set CHROMIUM to the program");
}

#[test]
fn the_browser_that_is_named_comes_before_the_one_on_the_search_path() {
    let here = env::current_exe().expect("this test is a program");
    assert_eq!(chromium(Some(here.clone().into()), &Folders::here()), Ok(here));
}
