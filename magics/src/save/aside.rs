//! Never a half file: what is written is written aside, and takes its name when it is whole.

use super::{ContentError, SaveError};
use std::{
    fs::{self, File, Permissions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tempfile::Builder;

/// Whether a file that is there already may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overwrite {
    /// It stays, and nothing is written.
    Never,
    /// It is replaced.
    Allowed,
}

/// Whether whoever asked for a file still waits for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted(Arc<AtomicBool>);

/// As long as this lives, the file is wanted.
#[derive(Debug)]
pub(crate) struct Waiting(Wanted);

impl Wanted {
    /// Gives up the file when what this returns is dropped.
    pub(crate) fn while_waiting(&self) -> Waiting {
        Waiting(self.clone())
    }

    fn still(&self) -> Result<(), SaveError> {
        if self.0.load(Ordering::Relaxed) { Err(SaveError::GivenUp) } else { Ok(()) }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// Writes a file, and returns its size in bytes.
pub(super) fn file(
    path: &Path,
    overwrite: Overwrite,
    wanted: &Wanted,
    write: impl FnOnce(&mut BufWriter<&File>) -> Result<(), ContentError>,
) -> Result<u64, SaveError> {
    let parent = free(path, overwrite)?;
    let failed = |source: io::Error| SaveError::File { path: path.to_owned(), source };
    if path.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    let beside = builder(0o666).tempfile_in(parent).map_err(failed)?;
    {
        let mut out = BufWriter::new(beside.as_file());
        write(&mut out).map_err(|error| told(error, path))?;
        out.flush().map_err(failed)?;
    }
    beside.as_file().sync_all().map_err(failed)?;
    let size = beside.as_file().metadata().map_err(failed)?.len();
    wanted.still()?;
    let kept = match overwrite {
        Overwrite::Never => beside.persist_noclobber(path),
        Overwrite::Allowed => beside.persist(path),
    };
    kept.map(|_| size).map_err(|e| failed(e.error))
}

/// Fills a folder, and returns the size of all its files in bytes.
pub(super) fn folder(
    path: &Path,
    overwrite: Overwrite,
    wanted: &Wanted,
    fill: impl FnOnce(&Path) -> Result<(), ContentError>,
) -> Result<u64, SaveError> {
    let parent = free(path, overwrite)?;
    let failed = |source: io::Error| SaveError::File { path: path.to_owned(), source };
    let beside = builder(0o777).tempdir_in(&parent).map_err(failed)?;
    let (new, old) = (beside.path().join("new"), beside.path().join("old"));
    fs::create_dir(&new).map_err(failed)?;
    fill(&new).map_err(|error| told(error, path))?;
    let size = size_of(&new).map_err(failed)?;
    wanted.still()?;
    if path.exists() {
        fs::rename(path, &old).map_err(failed)?;
    }
    if let Err(error) = fs::rename(&new, path) {
        if old.exists() {
            fs::rename(&old, path).map_err(failed)?;
        }
        return Err(failed(error));
    }
    Ok(size)
}

/// The folder that is to hold `path`, if the name may be taken.
fn free(path: &Path, overwrite: Overwrite) -> Result<PathBuf, SaveError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    if !parent.is_dir() {
        return Err(SaveError::NoFolder(parent));
    }
    if overwrite == Overwrite::Never && path.symlink_metadata().is_ok() {
        return Err(SaveError::Exists(path.to_owned()));
    }
    Ok(parent)
}

/// Names what is written aside. It may be read by all whom the user's mask lets read, as any file that a program makes.
fn builder(mode: u32) -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".sdap-");
    #[cfg(unix)]
    builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(mode));
    builder
}

fn told(error: ContentError, path: &Path) -> SaveError {
    match error {
        ContentError::Unfit(why) => SaveError::Unfit(why),
        ContentError::File(source) => SaveError::File { path: path.to_owned(), source },
    }
}

/// The size of all files below a folder, in bytes.
fn size_of(folder: &Path) -> io::Result<u64> {
    fs::read_dir(folder)?.try_fold(0, |sum, entry| {
        let entry = entry?;
        Ok(sum + if entry.file_type()?.is_dir() { size_of(&entry.path())? } else { entry.metadata()?.len() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_that_fails_half_way_leaves_nothing_and_loses_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.csv");
        fs::write(&path, "old").unwrap();
        let half = |out: &mut BufWriter<&File>| {
            out.write_all(b"ne")?;
            Err(ContentError::Unfit("no".to_owned()))
        };
        assert!(matches!(file(&path, Overwrite::Allowed, &Wanted::default(), half), Err(SaveError::Unfit(_))));
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(home.path())), ("old", vec!["a.csv".to_owned()]));
    }

    #[test]
    fn a_file_is_overwritten_only_where_that_is_allowed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.csv");
        let text = |text: &'static str| move |out: &mut BufWriter<&File>| Ok(out.write_all(text.as_bytes())?);
        assert_eq!(file(&path, Overwrite::Never, &Wanted::default(), text("one")).unwrap(), 3);
        assert!(matches!(file(&path, Overwrite::Never, &Wanted::default(), text("two")), Err(SaveError::Exists(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        file(&path, Overwrite::Allowed, &Wanted::default(), text("three")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        assert!(matches!(file(&home.path().join("no/a.csv"), Overwrite::Never, &Wanted::default(), text("")), Err(SaveError::NoFolder(_))));
    }

    #[test]
    fn a_file_that_nobody_waits_for_any_more_does_not_appear() {
        let home = tempfile::tempdir().unwrap();
        let wanted = Wanted::default();
        drop(wanted.while_waiting());
        assert!(matches!(file(&home.path().join("a.csv"), Overwrite::Allowed, &wanted, |_| Ok(())), Err(SaveError::GivenUp)));
        assert!(matches!(folder(&home.path().join("a.zarr"), Overwrite::Allowed, &wanted, |_| Ok(())), Err(SaveError::GivenUp)));
        assert!(names(home.path()).is_empty());
    }

    #[test]
    fn a_folder_is_replaced_whole_or_not_at_all() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.zarr");
        let one = |name: &'static str| move |folder: &Path| Ok(fs::write(folder.join(name), "12345")?);
        assert_eq!(folder(&path, Overwrite::Never, &Wanted::default(), one("x")).unwrap(), 5);
        assert!(matches!(folder(&path, Overwrite::Never, &Wanted::default(), one("y")), Err(SaveError::Exists(_))));
        assert!(folder(&path, Overwrite::Allowed, &Wanted::default(), |_| Err(ContentError::Unfit("no".to_owned()))).is_err());
        assert_eq!(names(&path), ["x"]);
        folder(&path, Overwrite::Allowed, &Wanted::default(), one("y")).unwrap();
        assert_eq!((names(&path), names(home.path())), (vec!["y".to_owned()], vec!["a.zarr".to_owned()]));
    }

    #[test]
    #[cfg(unix)]
    fn others_may_read_what_the_users_mask_lets_them() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (saved, made) = (home.path().join("a.csv"), home.path().join("b.csv"));
        file(&saved, Overwrite::Never, &Wanted::default(), |_| Ok(())).unwrap();
        fs::write(&made, "").unwrap();
        assert_eq!(mode(&saved), mode(&made));
    }
}
