//! The sources of Rust's standard library, wherever this machine has them.
//!
//! A toolchain brings them as the component rust-src, which is not installed unless it is asked for. The component rust-docs
//! usually is, and shows the very same sources as web pages, from which they are read back. Nothing is installed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Says where the sources are, for who has them elsewhere.
const VARIABLE: &str = "RUST_SRC_PATH";

/// The crates that programs name, and that the others are in.
const CRATES: [&str; 3] = ["core", "alloc", "std"];

/// Parts of `core` that are large, concern single processors, and are hardly ever named.
const LEFT_OUT: [&str; 2] = ["stdarch", "portable-simd"];

/// Where this machine has the sources of Rust's standard library, by which completion knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StdSources {
    /// In the folder that `RUST_SRC_PATH` says.
    Said(PathBuf),
    /// In the toolchain's component rust-src.
    Component(PathBuf),
    /// On the pages of the toolchain's component rust-docs.
    Documentation(PathBuf),
}

impl StdSources {
    /// Looks where `RUST_SRC_PATH` says, then in the toolchain whose folder is `sysroot`.
    pub fn find(sysroot: &Path) -> Option<Self> {
        let said = std::env::var_os(VARIABLE).map(|folder| Self::Said(folder.into()));
        said.into_iter().chain(Self::of_toolchain(sysroot)).find(Self::are_there)
    }

    fn of_toolchain(sysroot: &Path) -> [Self; 2] {
        let component = sysroot.join("lib/rustlib/src/rust/library");
        [Self::Component(component), Self::Documentation(sysroot.join("share/doc/rust/html/src"))]
    }

    fn are_there(&self) -> bool {
        match self {
            Self::Said(folder) | Self::Component(folder) => is_library(folder),
            Self::Documentation(pages) => pages.join("core/lib.rs.html").is_file(),
        }
    }

    /// The folder in which `core/src/lib.rs` and the like are. Pages are read back once, into `cache`.
    ///
    /// # Errors
    /// If the pages cannot be read, or the cache cannot be written.
    pub(super) fn folder(&self, cache: &Path) -> io::Result<PathBuf> {
        match self {
            Self::Said(folder) | Self::Component(folder) => Ok(folder.clone()),
            Self::Documentation(pages) => read_back_once(pages, &cache.join("std-sources")),
        }
    }
}

fn is_library(folder: &Path) -> bool {
    folder.join("core/src/lib.rs").is_file()
}

/// Whole or not at all, so that two sessions may do it at once.
fn read_back_once(pages: &Path, sources: &Path) -> io::Result<PathBuf> {
    if !is_library(sources) {
        let aside = sources.with_extension(format!("part-{}", std::process::id()));
        for name in CRATES {
            read_back(&pages.join(name), &aside.join(name).join("src"))?;
        }
        if fs::rename(&aside, sources).is_err() {
            fs::remove_dir_all(&aside)?;
        }
    }
    if is_library(sources) { Ok(sources.to_owned()) } else { Err(io::ErrorKind::NotFound.into()) }
}

/// Writes the source that each page of a folder shows.
fn read_back(pages: &Path, sources: &Path) -> io::Result<()> {
    fs::create_dir_all(sources)?;
    for entry in fs::read_dir(pages)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let Some(name) = name.to_str() else { continue };
        if path.is_dir() && !LEFT_OUT.contains(&name) {
            read_back(&path, &sources.join(name))?;
        } else if let Some(name) = name.strip_suffix(".html")
            && let Some(source) = shown_source(&fs::read_to_string(&path)?)
        {
            fs::write(sources.join(name), source)?;
        }
    }
    Ok(())
}

/// The source that a page of rustdoc shows: the text of its code, without the line numbers.
fn shown_source(page: &str) -> Option<String> {
    let (_, code) = page.split_once("<pre class=\"rust\"><code>")?;
    let (code, _) = code.split_once("</code></pre>")?;
    let mut source = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find('<') {
        source.push_str(&rest[..at]);
        let (tag, after) = rest[at..].split_once('>')?;
        rest = if tag.contains("data-nosnippet") { after.split_once("</a>")?.1 } else { after };
    }
    source.push_str(rest);
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    Some(entities.iter().fold(source, |text, (entity, character)| text.replace(entity, character)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<html><pre class=\"rust\"><code><a href=#1 id=1 data-nosnippet>1</a><span class=\"doccomment\">//! Tom &amp; &lt;b&gt;\n\
        <a href=#2 id=2 data-nosnippet>2</a></span><span class=\"kw\">pub fn </span>f(a: <span class=\"kw-2\">&amp;</span>str) -&gt; u8 { 5 }\n\
        </code></pre></html>";

    #[test]
    fn a_page_of_rustdoc_shows_the_source_it_was_made_from() {
        assert_eq!(shown_source(PAGE).unwrap(), "//! Tom & <b>\npub fn f(a: &str) -> u8 { 5 }\n");
        assert_eq!(shown_source("<html>another page</html>"), None);
    }

    #[test]
    fn sources_are_read_back_once_and_without_what_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let (pages, sources) = (folder.path().join("html"), folder.path().join("std-sources"));
        for name in ["core/lib.rs.html", "core/iter/mod.rs.html", "core/stdarch/x86.rs.html", "alloc/lib.rs.html", "std/lib.rs.html"] {
            fs::create_dir_all(pages.join(name).parent().unwrap()).unwrap();
            fs::write(pages.join(name), PAGE).unwrap();
        }
        assert_eq!(read_back_once(&pages, &sources).unwrap(), sources);
        assert!(sources.join("core/src/iter/mod.rs").is_file() && sources.join("std/src/lib.rs").is_file());
        assert!(!sources.join("core/src/stdarch").exists());
        fs::remove_dir_all(&pages).unwrap();
        assert_eq!(read_back_once(&pages, &sources).unwrap(), sources);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside the sources");
    }

    #[test]
    fn the_component_comes_before_the_pages_and_neither_is_taken_for_there_when_it_is_not() {
        let sysroot = tempfile::tempdir().unwrap();
        let found = || StdSources::of_toolchain(sysroot.path()).into_iter().find(StdSources::are_there);
        let write = |path: &str| {
            let path = sysroot.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, PAGE).unwrap();
        };
        assert_eq!(found(), None);
        write("share/doc/rust/html/src/core/lib.rs.html");
        assert!(matches!(found(), Some(StdSources::Documentation(_))));
        write("lib/rustlib/src/rust/library/core/src/lib.rs");
        assert!(matches!(found(), Some(StdSources::Component(_))));
    }

    #[test]
    fn pages_that_are_not_there_are_no_sources() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read_back_once(&folder.path().join("html"), &folder.path().join("std-sources")).is_err());
    }
}
