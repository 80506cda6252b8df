//! What a cell prints beyond what a front end can show: it goes into a file, and one line says so.
//!
//! A cell's text is shown up to [`SHOWN`], and so long as no more of it waits than iopub can send within a few seconds
//! (see `sockets::pace`). Once it is cut it stays cut, so that what is shown and the file, one after the other, are all
//! that was printed, in order, both streams together.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How much of what one cell prints is shown (bytes). `JupyterLab` is slow to draw more, and keeps it in the notebook.
const SHOWN: usize = 16_000_000;

/// How much goes into the file (bytes); a cell that prints for ever must not fill the disk.
const KEPT: usize = 1_000_000_000;

/// For how long a file is kept.
const KEPT_FOR: Duration = Duration::from_hours(7 * 24);

/// How much is judged at once (bytes).
const PIECE: usize = 64 << 10;

/// The limits of one cell.
pub(crate) struct Overflow {
    /// Where files go; the system's folder for temporary files where there is none.
    folder: Option<PathBuf>,
    /// The number of the cell, for the file's name.
    count: usize,
    /// How much may still be shown (bytes).
    left: usize,
    rest: Rest,
}

/// Where the rest goes.
enum Rest {
    /// There is none yet.
    Nowhere,
    /// Into a file, which still takes so many bytes.
    Into { file: File, path: PathBuf, room: usize },
    /// No file could be written, or it is full.
    Lost,
}

impl Overflow {
    /// The limits of a cell that begins.
    pub(crate) fn new(folder: Option<PathBuf>, count: usize) -> Self {
        Self { folder, count, left: SHOWN, rest: Rest::Nowhere }
    }

    /// Whether a piece of text is to be shown, while the way to the front end has room or not.
    pub(crate) fn shows(&mut self, piece: &str, has_room: impl FnOnce() -> bool) -> bool {
        let shown = matches!(self.rest, Rest::Nowhere) && piece.len() <= self.left && has_room();
        if shown {
            self.left -= piece.len();
        }
        shown
    }

    /// Keeps text that is not to be shown, and gives the line, if any, that tells the user.
    pub(crate) fn keep(&mut self, text: &str) -> Option<String> {
        let mut notice = None;
        if matches!(self.rest, Rest::Nowhere) {
            let (rest, line) = self.open();
            (self.rest, notice) = (rest, Some(line));
        }
        if let Rest::Into { file, path, room } = &mut self.rest {
            let result = if text.len() <= *room { file.write_all(text.as_bytes()) } else { Err(io::ErrorKind::FileTooLarge.into()) };
            match result {
                Ok(()) => *room -= text.len(),
                Err(error) => {
                    let line = format!("[what this cell prints from here on is lost: {} cannot take more: {error}]\n", path.display());
                    self.rest = Rest::Lost;
                    notice = Some(notice.unwrap_or_default() + &line);
                }
            }
        }
        notice
    }

    /// Notes that the front end has cleared what was shown.
    pub(crate) fn clear(&mut self) {
        self.left = SHOWN;
    }

    fn open(&self) -> (Rest, String) {
        let usual = std::env::temp_dir();
        let folder = self.folder.as_deref().unwrap_or(&usual);
        let made = self.folder.as_deref().map_or(Ok(()), make_private).and_then(|()| {
            let name = format!("cell-{}-", self.count);
            Ok(tempfile::Builder::new().prefix(&name).suffix(".txt").tempfile_in(folder)?.keep()?)
        });
        match made {
            Ok((file, path)) => {
                let line = format!("\n[the cell prints more than can be shown; the rest, from here on, is in {}]\n", path.display());
                (Rest::Into { file, path, room: KEPT }, line)
            }
            Err(error) => {
                let folder = folder.display();
                let line =
                    format!("\n[the cell prints more than can be shown; the rest is lost, since {folder} cannot be written: {error}]\n");
                (Rest::Lost, line)
            }
        }
    }
}

/// The text in pieces that are judged one by one. They end with a line where they can.
pub(crate) fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let longest = &text[..text.floor_char_boundary(PIECE)];
        let end = if longest.len() == text.len() { text.len() } else { longest.rfind('\n').map_or(longest.len(), |line| line + 1) };
        let (piece, rest) = text.split_at(end);
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Makes a folder that only its owner can read, and removes what has been in it for too long.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let old = SystemTime::now() - KEPT_FOR;
    for entry in fs::read_dir(folder)?.flatten() {
        if entry.metadata().and_then(|metadata| metadata.modified()).is_ok_and(|modified| modified < old) {
            // Another kernel may have been quicker.
            fs::remove_file(entry.path()).ok();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overflow(folder: &Path) -> Overflow {
        Overflow::new(Some(folder.join("printed")), 7)
    }

    /// What is shown of these texts, with the notices in their place.
    fn shown(overflow: &mut Overflow, texts: &[&str], room: bool) -> String {
        let mut all = String::new();
        for piece in texts.iter().flat_map(|text| pieces(text)) {
            if overflow.shows(piece, || room) {
                all.push_str(piece);
            } else if let Some(notice) = overflow.keep(piece) {
                all.push_str(&notice);
            }
        }
        all
    }

    fn only_file(folder: &Path) -> PathBuf {
        let files: Vec<PathBuf> = fs::read_dir(folder.join("printed")).unwrap().map(|file| file.unwrap().path()).collect();
        let [file] = files.try_into().expect("one file");
        file
    }

    #[test]
    fn up_to_the_limit_all_is_shown_and_no_file_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let text = "x".repeat(SHOWN);
        assert!(shown(&mut overflow(folder.path()), &[&text], true) == text);
        assert!(!folder.path().join("printed").exists());
    }

    #[test]
    fn beyond_it_one_line_names_the_file_that_has_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let text = "all lines are alike\n".repeat(1_000_000);
        let all = shown(&mut overflow(folder.path()), &[&text, "and\n", "more\n"], true);
        let file = only_file(folder.path());
        let notice = format!("\n[the cell prints more than can be shown; the rest, from here on, is in {}]\n", file.display());
        let begin = all.strip_suffix(&notice).expect("the notice is last");
        assert!(begin.ends_with('\n') && begin.len() > SHOWN - PIECE);
        assert!(begin.to_owned() + &fs::read_to_string(&file).unwrap() == text + "and\nmore\n");
        assert!(file.file_name().unwrap().to_str().unwrap().starts_with("cell-7-"));
    }

    #[test]
    fn what_has_no_room_on_its_way_goes_into_the_file_and_so_does_all_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut overflow = overflow(folder.path());
        assert_eq!(shown(&mut overflow, &["a"], true), "a");
        assert!(shown(&mut overflow, &["b"], false).starts_with("\n[the cell prints more"));
        assert_eq!(shown(&mut overflow, &["c"], true), "");
        assert_eq!(fs::read_to_string(only_file(folder.path())).unwrap(), "bc");
    }

    #[test]
    fn a_cell_that_clears_its_output_may_print_as_much_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut overflow = overflow(folder.path());
        let text = "x".repeat(SHOWN);
        assert_eq!(shown(&mut overflow, &[&text], true).len(), SHOWN);
        overflow.clear();
        assert_eq!(shown(&mut overflow, &[&text], true).len(), SHOWN);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut overflow = overflow(file.path());
        let line = shown(&mut overflow, &["b", "c"], false);
        let folder = file.path().join("printed");
        let expected =
            format!("\n[the cell prints more than can be shown; the rest is lost, since {} cannot be written: ", folder.display());
        assert!(line.starts_with(&expected) && line.lines().count() == 2, "{line}");
    }

    #[test]
    fn a_full_file_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut overflow = overflow(folder.path());
        shown(&mut overflow, &["a"], false);
        let Rest::Into { room, .. } = &mut overflow.rest else { panic!("a file is open") };
        *room = 1;
        assert_eq!(shown(&mut overflow, &["b"], false), "");
        let line = shown(&mut overflow, &["c", "d"], false);
        assert!(line.starts_with("[what this cell prints from here on is lost: ") && line.lines().count() == 1, "{line}");
        assert_eq!(fs::read_to_string(only_file(folder.path())).unwrap(), "ab");
    }

    #[test]
    fn old_files_are_removed_when_a_new_one_is_made() {
        let folder = tempfile::tempdir().unwrap();
        shown(&mut overflow(folder.path()), &["old"], false);
        let old = only_file(folder.path());
        File::options().append(true).open(&old).unwrap().set_modified(SystemTime::now() - KEPT_FOR - Duration::from_secs(1)).unwrap();
        shown(&mut overflow(folder.path()), &["new"], false);
        assert_eq!(fs::read_to_string(only_file(folder.path())).unwrap(), "new");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_what_was_printed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        shown(&mut overflow(folder.path()), &["a"], false);
        for path in [only_file(folder.path()), folder.path().join("printed")] {
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
        }
    }

    #[test]
    fn pieces_make_up_the_text_and_break_between_lines_or_else_characters() {
        for text in ["", "a", &"é".repeat(PIECE), &"line\n".repeat(PIECE), &format!("\n{}", "x".repeat(2 * PIECE))] {
            let pieces: Vec<&str> = pieces(text).collect();
            assert!(pieces.concat() == text);
            assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= PIECE));
        }
        assert!(pieces(&"line\n".repeat(PIECE)).all(|piece| piece.ends_with('\n')));
    }
}
