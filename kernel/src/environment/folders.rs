//! Where things live: Jupyter's data folders and this program's cache, from the platform and its variables.
//!
//! The rules for Jupyter are those of `jupyter_core.paths`, which every front end follows.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

/// The systems whose folders differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Linux, and every Unix that follows the XDG folders.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl Platform {
    /// The platform that this program was built for.
    pub const fn here() -> Self {
        if cfg!(target_os = "macos") {
            Self::MacOs
        } else if cfg!(windows) {
            Self::Windows
        } else {
            Self::Linux
        }
    }
}

/// A folder that no variable gives.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("cannot tell the {what}, because {missing} is not set: {remedy}")]
pub struct NoFolder {
    what: &'static str,
    missing: &'static str,
    remedy: &'static str,
}

/// The folders of one user on one machine, told from the environment variables.
#[derive(Clone, Debug)]
pub struct Folders {
    platform: Platform,
    variables: HashMap<OsString, OsString>,
}

impl Folders {
    /// The folders of the user who runs this process.
    pub fn here() -> Self {
        Self::new(Platform::here(), std::env::vars_os())
    }

    /// The folders that a platform's rules give for these variables.
    pub fn new<K: Into<OsString>, V: Into<OsString>>(platform: Platform, variables: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { platform, variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }

    /// Jupyter's data folder of the user; kernels are in `kernels` below it.
    ///
    /// # Errors
    /// When no variable tells the home folder.
    pub fn jupyter_data(&self) -> Result<PathBuf, NoFolder> {
        if let Some(folder) = self.path("JUPYTER_DATA_DIR") {
            return Ok(folder);
        }
        let home = || self.home("Jupyter data folder", "set JUPYTER_DATA_DIR, or give --prefix DIR");
        let platform_folders = self.path("JUPYTER_PLATFORM_DIRS").is_some_and(|value| !is_off(value.as_os_str()));
        match self.platform {
            Platform::Linux => match self.path("XDG_DATA_HOME") {
                Some(folder) => Ok(folder.join("jupyter")),
                None => Ok(home()?.join(".local/share/jupyter")),
            },
            Platform::MacOs if platform_folders => Ok(home()?.join("Library/Application Support/Jupyter")),
            Platform::MacOs => Ok(home()?.join("Library/Jupyter")),
            Platform::Windows => {
                let (variable, name) = if platform_folders { ("LOCALAPPDATA", "Jupyter") } else { ("APPDATA", "jupyter") };
                match self.path(variable) {
                    Some(folder) => Ok(folder.join(name)),
                    None => Ok(home()?.join(".jupyter").join("data")),
                }
            }
        }
    }

    /// Jupyter's data folder below the prefix of a Python, such as a virtual environment.
    pub fn jupyter_data_of(&self, prefix: &Path) -> PathBuf {
        prefix.join("share").join("jupyter")
    }

    /// The prefix of the virtual or conda environment that is active in this shell.
    pub fn active_prefix(&self) -> Option<PathBuf> {
        self.path("VIRTUAL_ENV").or_else(|| self.path("CONDA_PREFIX"))
    }

    /// The Python of the active environment, where it has one.
    pub fn active_python(&self) -> Option<PathBuf> {
        let python = self.python_of(&self.active_prefix()?);
        python.is_file().then_some(python)
    }

    /// Where a virtual environment keeps its Python.
    pub fn python_of(&self, environment: &Path) -> PathBuf {
        match self.platform {
            Platform::Windows => environment.join("Scripts").join("python.exe"),
            Platform::Linux | Platform::MacOs => environment.join("bin").join("python"),
        }
    }

    /// Every data folder in which Jupyter looks for kernels, in its order, without doubles.
    pub fn jupyter_search_path(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = Vec::new();
        let listed = self.variables.get(OsStr::new("JUPYTER_PATH")).map(|paths| std::env::split_paths(paths).collect::<Vec<_>>());
        let system: Vec<PathBuf> = match self.platform {
            Platform::Windows => self.path("PROGRAMDATA").map(|folder| folder.join("jupyter")).into_iter().collect(),
            Platform::Linux | Platform::MacOs => vec!["/usr/local/share/jupyter".into(), "/usr/share/jupyter".into()],
        };
        let own = self.jupyter_data().ok().into_iter().chain(self.active_prefix().map(|prefix| self.jupyter_data_of(&prefix)));
        for folder in listed.into_iter().flatten().chain(own).chain(system) {
            if !folder.as_os_str().is_empty() && !found.contains(&folder) {
                found.push(folder);
            }
        }
        found
    }

    /// This program's cache: what can be made again. `SDAP_CACHE_DIR` overrides the platform's place.
    ///
    /// # Errors
    /// When no variable tells the home folder.
    pub fn cache(&self) -> Result<PathBuf, NoFolder> {
        if let Some(folder) = self.path("SDAP_CACHE_DIR") {
            return Ok(folder);
        }
        let home = || self.home("cache folder", "set SDAP_CACHE_DIR");
        let parent = match self.platform {
            Platform::Linux => match self.path("XDG_CACHE_HOME").filter(|folder| folder.is_absolute()) {
                Some(folder) => folder,
                None => home()?.join(".cache"),
            },
            Platform::MacOs => home()?.join("Library/Caches"),
            Platform::Windows => match self.path("LOCALAPPDATA") {
                Some(folder) => folder,
                None => home()?.join("AppData").join("Local"),
            },
        };
        Ok(parent.join("sdap"))
    }

    /// The user's own list of datasets: the file that `SDAP_CATALOGUE` names, or `sdap/catalogue.toml` in the platform's place
    /// for settings, if there is one.
    pub fn catalogue(&self) -> Option<PathBuf> {
        if let Some(file) = self.path("SDAP_CATALOGUE") {
            return Some(file);
        }
        Some(self.settings()?.join("catalogue.toml")).filter(|file| file.is_file())
    }

    /// The user's config file, whether it is there or not: the one that `SDAP_CONFIG` names, or `sdap/config.toml` in the
    /// platform's place for settings.
    pub fn config(&self) -> Option<PathBuf> {
        self.path("SDAP_CONFIG").or_else(|| Some(self.settings()?.join("config.toml")))
    }

    /// This program's folder in the platform's place for settings.
    fn settings(&self) -> Option<PathBuf> {
        let home = |below: &str| self.home("settings folder", "set SDAP_CONFIG and SDAP_CATALOGUE").ok().map(|home| home.join(below));
        let parent = match self.platform {
            Platform::Linux => self.path("XDG_CONFIG_HOME").filter(|folder| folder.is_absolute()).or_else(|| home(".config")),
            Platform::MacOs => home("Library/Application Support"),
            Platform::Windows => self.path("APPDATA"),
        };
        Some(parent?.join("sdap"))
    }

    /// Every program of this name on the search path, in its order.
    pub fn programs(&self, name: &str) -> Vec<PathBuf> {
        let file = if self.platform == Platform::Windows { format!("{name}.exe") } else { name.to_owned() };
        let Some(path) = self.variables.get(OsStr::new("PATH")) else { return Vec::new() };
        std::env::split_paths(path)
            .map(|folder| folder.join(&file))
            .filter(|program| program.is_absolute() && is_executable(program))
            .collect()
    }

    fn home(&self, what: &'static str, remedy: &'static str) -> Result<PathBuf, NoFolder> {
        let missing = if self.platform == Platform::Windows { "USERPROFILE" } else { "HOME" };
        self.path(missing).ok_or(NoFolder { what, missing, remedy })
    }

    /// The value of a variable as a path; an empty one counts as not set.
    fn path(&self, variable: &str) -> Option<PathBuf> {
        self.variables.get(OsStr::new(variable)).filter(|value| !value.is_empty()).map(PathBuf::from)
    }
}

/// Whether Jupyter takes the value of a switch as "off".
fn is_off(value: &OsStr) -> bool {
    value.to_str().is_some_and(|text| matches!(text.to_lowercase().as_str(), "no" | "n" | "false" | "off" | "0" | "0.0"))
}

#[cfg(unix)]
fn is_executable(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    program.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(program: &Path) -> bool {
    program.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(platform: Platform, variables: &[(&str, &str)]) -> Folders {
        Folders::new(platform, variables.iter().copied())
    }

    #[track_caller]
    fn data_is(platform: Platform, variables: &[(&str, &str)], expected: &str) {
        assert_eq!(folders(platform, variables).jupyter_data(), Ok(PathBuf::from(expected)));
    }

    #[test]
    fn jupyter_data_follows_each_platform() {
        data_is(Platform::Linux, &[("HOME", "/home/a")], "/home/a/.local/share/jupyter");
        data_is(Platform::Linux, &[("HOME", "/home/a"), ("XDG_DATA_HOME", "/data")], "/data/jupyter");
        data_is(Platform::MacOs, &[("HOME", "/Users/a")], "/Users/a/Library/Jupyter");
        data_is(Platform::MacOs, &[("HOME", "/Users/a"), ("JUPYTER_PLATFORM_DIRS", "1")], "/Users/a/Library/Application Support/Jupyter");
        data_is(Platform::MacOs, &[("HOME", "/Users/a"), ("JUPYTER_PLATFORM_DIRS", "off")], "/Users/a/Library/Jupyter");
        data_is(Platform::Windows, &[("APPDATA", "roaming"), ("USERPROFILE", "user")], "roaming/jupyter");
        data_is(Platform::Windows, &[("LOCALAPPDATA", "local"), ("JUPYTER_PLATFORM_DIRS", "1")], "local/Jupyter");
        data_is(Platform::Windows, &[("USERPROFILE", "user")], "user/.jupyter/data");
    }

    #[test]
    fn jupyter_data_dir_overrides_every_platform() {
        for platform in [Platform::Linux, Platform::MacOs, Platform::Windows] {
            data_is(platform, &[("JUPYTER_DATA_DIR", "/mine"), ("HOME", "/home/a"), ("USERPROFILE", "user")], "/mine");
        }
    }

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        data_is(Platform::Linux, &[("JUPYTER_DATA_DIR", ""), ("XDG_DATA_HOME", ""), ("HOME", "/home/a")], "/home/a/.local/share/jupyter");
        assert_eq!(folders(Platform::Linux, &[("VIRTUAL_ENV", "")]).active_prefix(), None);
    }

    #[test]
    fn a_missing_home_says_what_to_set() {
        let nowhere = folders(Platform::Linux, &[]);
        insta::assert_snapshot!(nowhere.jupyter_data().unwrap_err(), @"cannot tell the Jupyter data folder, because HOME is not set: set JUPYTER_DATA_DIR, or give --prefix DIR");
        insta::assert_snapshot!(nowhere.cache().unwrap_err(), @"cannot tell the cache folder, because HOME is not set: set SDAP_CACHE_DIR");
        insta::assert_snapshot!(folders(Platform::Windows, &[]).cache().unwrap_err(), @"cannot tell the cache folder, because USERPROFILE is not set: set SDAP_CACHE_DIR");
    }

    #[test]
    fn the_cache_follows_each_platform_unless_told() {
        let cache = |platform, variables: &[(&str, &str)]| folders(platform, variables).cache().unwrap();
        assert_eq!(cache(Platform::Linux, &[("HOME", "/home/a")]), Path::new("/home/a/.cache/sdap"));
        assert_eq!(cache(Platform::Linux, &[("HOME", "/home/a"), ("XDG_CACHE_HOME", "/fast")]), Path::new("/fast/sdap"));
        assert_eq!(cache(Platform::Linux, &[("HOME", "/home/a"), ("XDG_CACHE_HOME", "relative")]), Path::new("/home/a/.cache/sdap"));
        assert_eq!(cache(Platform::MacOs, &[("HOME", "/Users/a")]), Path::new("/Users/a/Library/Caches/sdap"));
        assert_eq!(cache(Platform::Windows, &[("LOCALAPPDATA", "local")]), Path::new("local/sdap"));
        assert_eq!(cache(Platform::Linux, &[("HOME", "/home/a"), ("SDAP_CACHE_DIR", "/c")]), Path::new("/c"));
    }

    #[test]
    fn the_active_environment_is_the_virtual_one_before_conda() {
        let both = folders(Platform::Linux, &[("VIRTUAL_ENV", "/venv"), ("CONDA_PREFIX", "/conda")]);
        assert_eq!(both.active_prefix(), Some("/venv".into()));
        assert_eq!(folders(Platform::Linux, &[("CONDA_PREFIX", "/conda")]).active_prefix(), Some("/conda".into()));
        assert_eq!(both.jupyter_data_of(Path::new("/venv")), Path::new("/venv/share/jupyter"));
    }

    #[test]
    fn an_active_environment_without_python_has_none() {
        let empty = tempfile::tempdir().unwrap();
        let folders = Folders::new(Platform::Linux, [("VIRTUAL_ENV", empty.path().as_os_str())]);
        assert_eq!(folders.active_python(), None);
        std::fs::create_dir(empty.path().join("bin")).unwrap();
        std::fs::write(empty.path().join("bin/python"), "").unwrap();
        assert_eq!(folders.active_python(), Some(empty.path().join("bin/python")));
    }

    #[test]
    fn kernels_are_searched_in_jupyters_order_without_doubles() {
        let variables = [("JUPYTER_PATH", "/one:/two:/one:"), ("HOME", "/home/a"), ("VIRTUAL_ENV", "/venv")];
        let expected =
            ["/one", "/two", "/home/a/.local/share/jupyter", "/venv/share/jupyter", "/usr/local/share/jupyter", "/usr/share/jupyter"];
        assert_eq!(folders(Platform::Linux, &variables).jupyter_search_path(), expected.map(PathBuf::from));
    }

    #[test]
    fn a_catalogue_is_named_or_stands_among_the_settings() {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().to_str().unwrap();
        let catalogue = |variables: &[(&str, &str)]| folders(Platform::Linux, variables).catalogue();
        assert_eq!(catalogue(&[("SDAP_CATALOGUE", "/no/such.toml"), ("HOME", home)]).unwrap(), Path::new("/no/such.toml"), "to be told");
        assert_eq!(catalogue(&[("HOME", home)]), None);
        let file = root.path().join(".config/sdap/catalogue.toml");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "").unwrap();
        assert_eq!(catalogue(&[("HOME", home)]).unwrap(), file);
        let elsewhere = format!("{home}/.config");
        assert_eq!(catalogue(&[("HOME", "/none"), ("XDG_CONFIG_HOME", &elsewhere)]).unwrap(), file);
    }

    #[test]
    fn the_config_file_stands_beside_the_catalogue_whether_it_is_there_or_not() {
        let config = |platform, variables: &[(&str, &str)]| folders(platform, variables).config().unwrap();
        assert_eq!(config(Platform::Linux, &[("HOME", "/h")]), Path::new("/h/.config/sdap/config.toml"));
        assert_eq!(config(Platform::Linux, &[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")]), Path::new("/x/sdap/config.toml"));
        assert_eq!(config(Platform::MacOs, &[("HOME", "/h")]), Path::new("/h/Library/Application Support/sdap/config.toml"));
        assert_eq!(config(Platform::Linux, &[("HOME", "/h"), ("SDAP_CONFIG", "/c.toml")]), Path::new("/c.toml"));
        assert_eq!(folders(Platform::Linux, &[]).config(), None);
    }
}
