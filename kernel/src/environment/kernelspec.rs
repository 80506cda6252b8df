//! The kernelspec: the folder that tells Jupyter how to start this program.

use serde_json::{Value, json};
use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

const LOGOS: [(&str, &[u8]); 3] = [
    ("logo-svg.svg", include_bytes!("../../../kernelspec/logo-svg.svg")),
    ("logo-64x64.png", include_bytes!("../../../kernelspec/logo-64x64.png")),
    ("logo-32x32.png", include_bytes!("../../../kernelspec/logo-32x32.png")),
];

/// Tells front ends that they may start the kernel by handshake as well as by connection file, which came with 5.6.
const KERNEL_PROTOCOL_VERSION: &str = "5.6";

/// What went wrong with a kernelspec.
#[derive(Debug, thiserror::Error)]
pub enum KernelspecError {
    /// A name that Jupyter would not take.
    #[error("'{0}' is no name for a kernel: use lower-case letters, digits, '-', '_' and '.', beginning with a letter or a digit")]
    Name(String),
    /// The program's own path cannot be written into JSON.
    #[error("the path of this program, {}, is not valid UTF-8, and Jupyter could not start it: move the program", .0.display())]
    ProgramPath(PathBuf),
    /// Another kernel has the name.
    #[error("{} is another kernel than SDAP, and stays as it is: choose another --name", .0.display())]
    Foreign(PathBuf),
    /// Nothing to remove.
    #[error("there is no kernel at {}", .0.display())]
    Missing(PathBuf),
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
}

/// The name of a kernel: its folder, and what `--kernel` of a front end takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelspecName(String);

impl std::str::FromStr for KernelspecName {
    type Err = KernelspecError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let begins_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        if begins_well && name.chars().all(allowed) && name.len() <= 100 {
            Ok(Self(name.to_owned()))
        } else {
            Err(KernelspecError::Name(name.to_owned()))
        }
    }
}

impl fmt::Display for KernelspecName {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Default for KernelspecName {
    fn default() -> Self {
        Self("sdap".to_owned())
    }
}

/// A kernelspec of this program.
#[derive(Clone, Debug)]
pub struct Kernelspec {
    /// What front ends show in their launcher.
    pub display_name: String,
    /// The program that they start: an absolute path.
    pub program: PathBuf,
}

impl Kernelspec {
    /// The kernelspec under the usual name that starts this very program.
    ///
    /// # Errors
    /// When the system does not tell where this program lies.
    pub fn of_this_program() -> io::Result<Self> {
        Ok(Self { display_name: "SDAP".to_owned(), program: std::env::current_exe()? })
    }

    /// The content of `kernel.json`.
    ///
    /// # Errors
    /// When the program's path is not UTF-8.
    pub fn json(&self) -> Result<Value, KernelspecError> {
        let program = self.program.to_str().ok_or_else(|| KernelspecError::ProgramPath(self.program.clone()))?;
        Ok(json!({
            "argv": [program, "start", "--connection-file", "{connection_file}"],
            "display_name": self.display_name,
            "language": "rust",
            "interrupt_mode": "message",
            "kernel_protocol_version": KERNEL_PROTOCOL_VERSION,
            "env": {},
            "metadata": { "debugger": false, "sdap": { "version": env!("CARGO_PKG_VERSION") } },
        }))
    }

    /// Puts the kernelspec under a name into one of Jupyter's data folders, and returns where it went.
    ///
    /// It is written aside and renamed, so that a front end never sees half of it. An older one of this kernel is
    /// replaced; an equal one is left alone; another kernel is never touched.
    ///
    /// # Errors
    /// When another kernel has the name, or the file system refuses.
    pub fn install(&self, jupyter_data: &Path, name: &KernelspecName) -> Result<PathBuf, KernelspecError> {
        let json = format!("{:#}\n", self.json()?);
        let folder = Self::folder(jupyter_data, name);
        if folder.exists() {
            if !is_ours(&folder) {
                return Err(KernelspecError::Foreign(folder));
            }
            if holds(&folder, &json) {
                return Ok(folder);
            }
        }
        let kernels = jupyter_data.join("kernels");
        fs::create_dir_all(&kernels).map_err(failed("make the folder", &kernels))?;
        // Aside is beside `kernels`, not in it, where a front end would list it.
        let aside = jupyter_data.join(format!(".{name}.{}.new", std::process::id()));
        let result = write_all(&aside, &json).and_then(|()| replace(&folder, &aside, jupyter_data, name));
        if aside.exists() {
            let _ = fs::remove_dir_all(&aside);
        }
        result.map(|()| folder)
    }

    /// Removes the kernel of this name from one of Jupyter's data folders, and returns where it was.
    ///
    /// # Errors
    /// When there is none, or when it is another kernel than this one.
    pub fn remove(jupyter_data: &Path, name: &KernelspecName) -> Result<PathBuf, KernelspecError> {
        let folder = Self::folder(jupyter_data, name);
        if !folder.exists() {
            return Err(KernelspecError::Missing(folder));
        }
        if !is_ours(&folder) {
            return Err(KernelspecError::Foreign(folder));
        }
        fs::remove_dir_all(&folder).map_err(failed("remove", &folder))?;
        Ok(folder)
    }

    /// The kernels of this program in one of Jupyter's data folders: the folder of each, and the program that it starts.
    pub fn installed(jupyter_data: &Path) -> Vec<(PathBuf, PathBuf)> {
        let Ok(entries) = fs::read_dir(jupyter_data.join("kernels")) else { return Vec::new() };
        let folders = entries.flatten().map(|entry| entry.path());
        let mut found: Vec<_> = folders.filter_map(|folder| Some((folder.clone(), started_program(&folder)?))).collect();
        found.sort();
        found
    }

    fn folder(jupyter_data: &Path, name: &KernelspecName) -> PathBuf {
        jupyter_data.join("kernels").join(&name.0)
    }
}

fn write_all(folder: &Path, json: &str) -> Result<(), KernelspecError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed("remove", folder))?;
    }
    fs::create_dir(folder).map_err(failed("make the folder", folder))?;
    for (name, content) in LOGOS.into_iter().chain([("kernel.json", json.as_bytes())]) {
        let path = folder.join(name);
        fs::write(&path, content).map_err(failed("write", &path))?;
    }
    Ok(())
}

/// Puts `aside` in the place of `folder`; what was there comes back when that fails.
fn replace(folder: &Path, aside: &Path, jupyter_data: &Path, name: &KernelspecName) -> Result<(), KernelspecError> {
    let old = jupyter_data.join(format!(".{name}.{}.old", std::process::id()));
    let replaced = folder.exists();
    if replaced {
        fs::rename(folder, &old).map_err(failed("replace", folder))?;
    }
    if let Err(error) = fs::rename(aside, folder) {
        if replaced {
            let _ = fs::rename(&old, folder);
        }
        return Err(failed("write", folder)(error));
    }
    if replaced {
        fs::remove_dir_all(&old).map_err(failed("remove", &old))?;
    }
    Ok(())
}

/// Whether the folder has exactly this content.
fn holds(folder: &Path, json: &str) -> bool {
    let is = |name: &str, content: &[u8]| fs::read(folder.join(name)).is_ok_and(|found| found == content);
    is("kernel.json", json.as_bytes()) && LOGOS.iter().all(|(name, content)| is(name, content))
}

fn is_ours(folder: &Path) -> bool {
    started_program(folder).is_some()
}

/// The program that a kernel's folder starts, when it is a kernel of this program.
fn started_program(folder: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(folder.join("kernel.json")).ok()?;
    let json: Value = serde_json::from_str(&text).ok()?;
    json.get("metadata")?.get("sdap")?;
    Some(PathBuf::from(json.get("argv")?.get(0)?.as_str()?))
}

fn failed(what: &'static str, path: &Path) -> impl Fn(io::Error) -> KernelspecError {
    move |source| KernelspecError::File { what, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(program: &str) -> Kernelspec {
        Kernelspec { display_name: "SDAP".to_owned(), program: program.into() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn kernel_json_starts_this_program_by_connection_file() {
        let json = spec("/opt/sdap-kernel").json().unwrap();
        insta::assert_snapshot!(format!("{json:#}").replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }

    #[test]
    fn an_installed_kernelspec_is_whole_and_nothing_else_is_left() {
        let data = tempfile::tempdir().unwrap();
        let folder = spec("/opt/sdap-kernel").install(data.path(), &KernelspecName::default()).unwrap();
        assert_eq!(folder, data.path().join("kernels/sdap"));
        assert_eq!(names(&folder), ["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]);
        assert_eq!(names(data.path()), ["kernels"]);
        assert_eq!(Kernelspec::installed(data.path()), [(folder, PathBuf::from("/opt/sdap-kernel"))]);
    }

    #[test]
    fn installing_again_replaces_what_this_kernel_installed_before() {
        let data = tempfile::tempdir().unwrap();
        let name = KernelspecName::default();
        let folder = spec("/old").install(data.path(), &name).unwrap();
        fs::write(folder.join("stale.txt"), "").unwrap();
        spec("/new").install(data.path(), &name).unwrap();
        assert_eq!(Kernelspec::installed(data.path()), [(folder.clone(), PathBuf::from("/new"))]);
        assert_eq!(names(&folder), ["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]);
        assert_eq!(names(data.path()), ["kernels"]);
    }

    #[test]
    fn another_kernel_of_the_name_is_neither_replaced_nor_removed() {
        let data = tempfile::tempdir().unwrap();
        let python = data.path().join("kernels/python3");
        fs::create_dir_all(&python).unwrap();
        fs::write(python.join("kernel.json"), r#"{"argv": ["python"], "display_name": "Python 3"}"#).unwrap();
        let name = "python3".parse().unwrap();
        assert!(matches!(spec("/opt/sdap-kernel").install(data.path(), &name), Err(KernelspecError::Foreign(_))));
        assert!(matches!(Kernelspec::remove(data.path(), &name), Err(KernelspecError::Foreign(_))));
        assert_eq!(names(&python), ["kernel.json"]);
        assert_eq!(Kernelspec::installed(data.path()), []);
    }

    #[test]
    fn removing_takes_the_folder_away_once() {
        let data = tempfile::tempdir().unwrap();
        let name = "sdap-dev".parse().unwrap();
        let folder = spec("/opt/sdap-kernel").install(data.path(), &name).unwrap();
        assert_eq!(Kernelspec::remove(data.path(), &name).unwrap(), folder);
        assert!(!folder.exists());
        assert!(matches!(Kernelspec::remove(data.path(), &name), Err(KernelspecError::Missing(_))));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("file");
        fs::write(&file, "").unwrap();
        let error = spec("/opt/sdap-kernel").install(&file, &KernelspecName::default()).unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot make the folder {}", file.join("kernels").display())), "{error}");
    }

    #[test]
    fn names_are_those_that_jupyter_takes_and_that_stay_in_their_folder() {
        for good in ["sdap", "sdap-dev", "sdap_0.1", "3d"] {
            assert!(good.parse::<KernelspecName>().is_ok(), "{good}");
        }
        for bad in ["", ".", "..", ".sdap", "-sdap", "SDAP", "sd ap", "a/b", "a\\b", "größe", "sdap\n", &"a".repeat(101)] {
            assert!(bad.parse::<KernelspecName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_logos_are_pictures_of_the_sizes_that_their_names_say() {
        for (name, content) in LOGOS.into_iter().skip(1) {
            // The width of a PNG, in its first chunk.
            let size = u32::from_be_bytes(content[16..20].try_into().unwrap());
            assert_eq!(format!("logo-{size}x{size}.png"), name);
        }
    }
}
