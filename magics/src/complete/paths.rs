//! Paths of files, from where the kernel runs.

use super::Candidate;
use crate::save::Format;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

/// What is in the folder that was typed so far.
pub(super) fn entries(part: &str) -> Vec<Candidate> {
    let typed = part.rfind('/').map_or("", |i| &part[..=i]);
    let folder = match (typed.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ if typed.is_empty() => PathBuf::from("."),
        _ => PathBuf::from(typed),
    };
    let hidden = part[typed.len()..].starts_with('.');
    let mut found: Vec<Candidate> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok().filter(|n| hidden || !n.starts_with('.'))?;
            let (mark, about) = if entry.file_type().ok()?.is_dir() { ("/", "folder") } else { ("", "file") };
            Some(Candidate::new(format!("{typed}{name}{mark}"), "path", about))
        })
        .collect();
    found.sort_by(|a, b| a.text.cmp(&b.text));
    found
}

/// Where a value could be saved: a file of each format under what was typed, or under the value's name; and folders.
pub(super) fn to_save(part: &str, name: &str) -> Vec<Candidate> {
    new_files(part, name, Format::ALL.iter().map(|(ending, _)| *ending))
}

/// Where a figure could be saved.
pub(super) fn pictures(part: &str) -> Vec<Candidate> {
    new_files(part, "figure", ["svg", "png"])
}

fn new_files(part: &str, name: &str, endings: impl IntoIterator<Item = &'static str>) -> Vec<Candidate> {
    let stem = match Path::new(part).file_stem().and_then(|s| s.to_str()) {
        Some(stem) if !part.ends_with(['/', MAIN_SEPARATOR]) => format!("{}{stem}", part.rfind('/').map_or("", |i| &part[..=i])),
        _ => format!("{part}{name}"),
    };
    let files = endings.into_iter().map(|ending| Candidate::new(format!("{stem}.{ending}"), "path", "a new file"));
    let folders = entries(part).into_iter().filter(|c| c.text.ends_with('/'));
    files.chain(folders).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_the_typed_folder_are_offered() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("sub")).unwrap();
        std::fs::write(home.path().join("a.csv"), "").unwrap();
        std::fs::write(home.path().join(".hidden"), "").unwrap();
        let typed = format!("{}/", home.path().display());
        let texts = |part: &str| entries(part).into_iter().map(|c| c.text.replace(&typed, "")).collect::<Vec<_>>();
        assert_eq!(texts(&typed), ["a.csv", "sub/"]);
        assert_eq!(texts(&format!("{typed}.")), [".hidden", "a.csv", "sub/"]);
        let saved: Vec<String> = to_save(&typed, "sst").into_iter().map(|c| c.text.replace(&typed, "")).collect();
        assert_eq!((saved[0].as_str(), saved.last().unwrap().as_str(), saved.len()), ("sst.csv", "sub/", 9));
        assert_eq!(to_save("out.n", "sst")[3].text, "out.nc");
        assert_eq!(pictures("")[0].text, "figure.svg");
    }
}
