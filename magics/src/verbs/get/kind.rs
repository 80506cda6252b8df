//! Whether what came is what its file's name says: a gateway's page or an error is no picture and no archive.

use crate::Fault;
use sdap_nexus::Body;
use std::path::Path;

/// How files begin that have one of these endings.
const KINDS: [(&[&str], &[&[u8]]); 5] = [
    (&["zip"], &[b"PK"]),
    (&["png"], &[b"\x89PNG"]),
    (&["gif"], &[b"GIF8"]),
    (&["nc", "nc4", "h5"], &[b"CDF", b"\x89HDF"]),
    (&["gz"], &[b"\x1f\x8b"]),
];

/// Refuses to save a body under a name that says it is something else.
///
/// # Errors
/// `BadAnswer`, with what came instead. Anything may be saved under a name that says nothing, and a page as `.html`.
pub(super) fn checked(file: &Path, body: &Body) -> Result<(), Fault> {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let expected = KINDS.iter().find(|(endings, _)| endings.contains(&ending.as_str())).map(|(_, begins)| *begins);
    let is_page = super::is_page(body.bytes.trim_ascii_start()) && !["html", "htm"].contains(&ending.as_str());
    if !is_page && expected.is_none_or(|begins| begins.iter().any(|start| body.bytes.starts_with(start))) {
        return Ok(());
    }
    let wanted = if expected.is_some() { format!("is no .{ending} file") } else { "is no data".to_owned() };
    let hint = "check the address: %sdap target; under a name without that ending, or as .html, it is saved as it is";
    Err(Fault::new("BadAnswer", format!("what came {wanted}, and is not saved: it is {}", instead(is_page, body))).hint(hint))
}

/// What came, in few words: an error in the server's own.
fn instead(is_page: bool, body: &Body) -> String {
    let json = || body.json().ok()?.get("error")?.as_str().map(|words| format!("the error {words:?}"));
    match body.bytes.len() {
        0 => "empty".to_owned(),
        _ if is_page => "a web page".to_owned(),
        bytes => json().unwrap_or_else(|| {
            let start: String = String::from_utf8_lossy(&body.bytes[..bytes.min(24)]).chars().filter(|c| !c.is_control()).collect();
            format!("{}, which begin with {start:?}", sdap::bytes(bytes as u64))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_file_is_called_is_saved_under_its_name() {
        let told = |file: &str, bytes: &'static [u8]| {
            let body = Body::of("SERVER", "/x", 200, "", bytes.into(), 0.0);
            checked(Path::new(file), &body).map_err(|fault| fault.message)
        };
        for (file, bytes) in [
            ("a.zip", &b"PK\x03\x04"[..]),
            ("a.NC", b"CDF\x01"),
            ("a.nc", b"\x89HDF\r\n"),
            ("a.png", b"\x89PNG\r\n"),
            ("a.json", b"{\"error\": \"x\"}"),
            ("a", b"\0\xff"),
            ("page.html", b"<!DOCTYPE html>"),
        ] {
            assert_eq!(told(file, bytes), Ok(()), "{file}");
        }
        let refused = |file: &str, bytes: &'static [u8]| told(file, bytes).unwrap_err();
        assert_eq!(refused("a.zip", b" <html>"), "what came is no .zip file, and is not saved: it is a web page");
        assert_eq!(refused("a.csv", b"<html>"), "what came is no data, and is not saved: it is a web page");
        assert_eq!(refused("a.nc", b"{\"error\": \"no box\"}"), "what came is no .nc file, and is not saved: it is the error \"no box\"");
        assert_eq!(refused("a.gif", b""), "what came is no .gif file, and is not saved: it is empty");
        assert_eq!(refused("a.png", b"GIF89a"), "what came is no .png file, and is not saved: it is 6 B, which begin with \"GIF89a\"");
    }
}
