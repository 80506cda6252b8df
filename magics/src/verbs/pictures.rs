//! Figures in files: `--save`.

use super::Context;
use crate::{
    Fault,
    grammar::Drawing,
    show::{self, Style},
};
use sdap::figure::Figure;
use std::{
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// How a picture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Svg,
    Png,
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "svg" => Some(Self::Svg),
            "png" => Some(Self::Png),
            _ => None,
        }
    }
}

/// The path that a user means: `~` is the home folder.
fn path(text: &str) -> PathBuf {
    match (text.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(text),
    }
}

/// The folder that a file is in.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Refuses files that cannot be written, so that nobody waits for an answer that then has no place.
pub(super) fn writable(context: &Context<'_>, drawing: &Drawing) -> Result<(), Fault> {
    for (i, text) in drawing.save.iter().enumerate() {
        let path = path(text);
        let fault = |kind, message: String| Fault { span: context.tokens.span_of(text), ..Fault::new(kind, message) };
        if Format::of(&path).is_none() {
            return Err(
                fault("UnknownFormat", format!("a figure cannot be saved as {text}")).expected("a name that ends with .svg or .png")
            );
        }
        if drawing.save[..i].contains(text) {
            return Err(fault("CannotSave", format!("{text} is named twice")));
        }
        if !folder(&path).is_dir() {
            return Err(
                fault("CannotSave", format!("there is no folder {}", folder(&path).display())).expected("a file in a folder that exists")
            );
        }
        if path.is_dir() {
            return Err(fault("CannotSave", format!("{text} is a folder")).expected("the name of a file"));
        }
        if path.exists() && !drawing.force {
            return Err(fault("CannotSave", format!("{text} exists, and is not overwritten")).hint("--force overwrites it"));
        }
    }
    Ok(())
}

/// Writes a figure to the files that were named; one line about each. A file is whole or not there.
pub(super) fn save(context: &Context<'_>, figure: &Figure, style: &Style, drawing: &Drawing) -> Result<Vec<String>, Fault> {
    let save = |text: &String| {
        let path = path(text);
        let span = context.tokens.span_of(text);
        let bytes = match Format::of(&path) {
            Some(Format::Svg) => show::svg(figure, style).map(String::into_bytes),
            Some(Format::Png) | None => show::png(figure, style),
        };
        let bytes = bytes.map_err(|e| Fault { span: span.clone(), ..Fault::new("CannotDraw", e.to_string()) })?;
        write(&path, &bytes, drawing.force).map_err(|e| {
            let fault = Fault::new("CannotSave", format!("{text} cannot be written: {e}"));
            Fault { span, ..if e.kind() == std::io::ErrorKind::AlreadyExists { fault.hint("--force overwrites it") } else { fault } }
        })?;
        Ok(format!("saved {text} ({})", size(bytes.len())))
    };
    drawing.save.iter().map(save).collect()
}

/// `12.3 kB`.
fn size(bytes: usize) -> String {
    if bytes < 1_000_000 { format!("{:.1} kB", bytes as f64 / 1e3) } else { format!("{:.1} MB", bytes as f64 / 1e6) }
}

/// Writes the bytes aside, and moves them to their place in one step.
fn write(path: &Path, bytes: &[u8], force: bool) -> std::io::Result<()> {
    let readable = std::fs::Permissions::from_mode(0o666);
    let mut aside = tempfile::Builder::new().prefix(".sdap-").permissions(readable).tempfile_in(folder(path))?;
    aside.write_all(bytes)?;
    aside.as_file().sync_all()?;
    let placed = if force { aside.persist(path) } else { aside.persist_noclobber(path) };
    placed.map(|_| ()).map_err(|e| e.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_only_by_force_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        write(&path, b"one", false).unwrap();
        assert_eq!(write(&path, b"two", false).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        write(&path, b"two", true).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o400, 0o400);
    }

    #[test]
    fn the_ending_names_the_format() {
        assert_eq!(Format::of(Path::new("a/B.SVG")), Some(Format::Svg));
        assert_eq!(Format::of(Path::new("b.png")), Some(Format::Png));
        assert_eq!([Path::new("png"), Path::new("b.pdf"), Path::new("")].map(Format::of), [None; 3]);
    }
}
