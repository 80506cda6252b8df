//! What may be shown of a text that somebody typed a password into.

use std::borrow::Cow;

/// What stands for each letter that is not shown.
const COVER: char = '•';

/// The same text, in which the passwords of addresses are covered, letter by letter: `https://NAME:PASSWORD@HOST`. A name without a
/// password may be a token, and is covered too; and so is the query of a file's address, or of one that `open` is given, which may
/// be its signature.
///
/// ```
/// assert_eq!(sdap_magics::covered("%sdap target https://ann:abc@example.org"), "%sdap target https://ann:•••@example.org");
/// assert_eq!(sdap_magics::covered("%sdap open https://example.org/get?key=1"), "%sdap open https://example.org/get?•••••");
/// ```
pub fn covered(text: &str) -> Cow<'_, str> {
    covered_where(text, |before, path| is_file(path) || is_opened(before))
}

/// The address or path of a dataset as it may be shown: as [`covered`], and no query of an address at all.
///
/// ```
/// assert_eq!(sdap_magics::covered_place("https://example.org/get?key=1"), "https://example.org/get?•••••");
/// ```
pub fn covered_place(place: &str) -> Cow<'_, str> {
    covered_where(place, |_, _| true)
}

/// Covers passwords, and each query that `hides` says so of, given what stands before its address, and its host and path.
fn covered_where(text: &str, hides: impl Fn(&str, &str) -> bool) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'')).unwrap_or(after.len());
        shown.push_str(before);
        shown.push_str("://");
        rest = after;
        if let Some((login, _)) = after[..end].rsplit_once('@') {
            let open = login.find(':').map_or(0, |colon| colon + 1);
            shown.push_str(&login[..open]);
            shown.extend(login[open..].chars().map(|_| COVER));
            rest = &after[login.len()..];
        }
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).unwrap_or(rest.len());
        if let Some((file, query)) = rest[..end].split_once('?').filter(|(path, _)| hides(before, path)) {
            shown.push_str(file);
            shown.push('?');
            shown.extend(query.chars().map(|_| COVER));
            rest = &rest[end..];
        }
    }
    if shown.is_empty() {
        return Cow::Borrowed(text);
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// Whether a host and path are those of a file: what ends in a name with a dot. No endpoint of a server does.
fn is_file(host_and_path: &str) -> bool {
    host_and_path
        .trim_end_matches('/')
        .split_once('/')
        .is_some_and(|(_, path)| path.rsplit('/').next().is_some_and(|name| name.contains('.')))
}

/// Whether an address stands in a line of `open`, given what stands before it.
fn is_opened(before: &str) -> bool {
    let mut lines = before.rsplit('\n');
    let own = lines.next().into_iter();
    let continued = lines.take_while(|line| line.trim_end().ends_with('\\'));
    own.chain(continued).flat_map(str::split_whitespace).any(|word| word == "open")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn passwords_are_covered_and_nothing_else() {
        for (typed, shown) in [
            ("%sdap target lab=http://ann:hunter2@host:8083/nexus # a@b", "%sdap target lab=http://ann:•••••••@host:8083/nexus # a@b"),
            ("x 'https://t0ken@host' https://b:p@q@h/", "x 'https://•••••@host' https://b:•••@h/"),
            ("https://example.org/a?mail=a:b@c", "https://example.org/a?mail=a:b@c"),
            ("let x = \"s3://bucket\"; // ann:hunter2@host", "let x = \"s3://bucket\"; // ann:hunter2@host"),
            ("open https://h.org/v1.0/sst.nc?sig=a://b&c=d as A", "open https://h.org/v1.0/sst.nc?••••••••••••• as A"),
            ("'https://n:p@h.org/a.zarr/?sig=a' x?y", "'https://n:•@h.org/a.zarr/?•••••' x?y"),
            ("https://h.org/nexus-1.4/timeSeriesSpark?ds=A", "https://h.org/nexus-1.4/timeSeriesSpark?ds=A"),
            ("https://h.org?ds=A.B", "https://h.org?ds=A.B"),
            ("%sdap open --timeout 9 'https://h.org/get?id=7&sig=a' as A", "%sdap open --timeout 9 'https://h.org/get?••••••••••' as A"),
            ("let a = %sdap open \\\n  https://h.org/7?sig=a", "let a = %sdap open \\\n  https://h.org/7?•••••"),
            ("%sdap open a.nc\n%sdap target https://h.org/x?ds=A", "%sdap open a.nc\n%sdap target https://h.org/x?ds=A"),
            ("nothing", "nothing"),
            ("https://ann:@host", "https://ann:@host"),
        ] {
            assert_eq!(covered(typed), shown);
        }
    }

    #[test]
    fn no_query_of_a_place_is_shown() {
        assert_eq!(covered_place("https://h.org/fileServer/123?a=b"), "https://h.org/fileServer/123?•••");
        assert_eq!(covered_place("/data/what?.nc"), "/data/what?.nc");
    }

    proptest! {
        #[test]
        fn a_covered_text_is_as_long_and_covered_for_good(text in "([a-z:/@ .?]|://|é){0,40}") {
            let shown = covered(&text).into_owned();
            prop_assert_eq!(shown.chars().count(), text.chars().count());
            prop_assert_eq!(covered(&shown), shown.as_str());
        }
    }
}
