//! What a file is by its first bytes, where its name does not say.

use super::table::Format;

/// How many first bytes are looked at.
pub(super) const LENGTH: usize = 1024;

/// What the first bytes of a file say that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Classic NetCDF, or HDF5.
    Netcdf,
    Table(Format),
    /// No data: a page such as servers send who want a login first.
    Page,
    /// Nothing that is known.
    Other,
}

impl Sign {
    /// What a file is that begins so; `first` has [`LENGTH`] bytes, or all where there are fewer.
    pub(super) fn of(first: &[u8]) -> Self {
        if is_netcdf(first) {
            Self::Netcdf
        } else if first.starts_with(b"PAR1") {
            Self::Table(Format::Parquet)
        } else if first.starts_with(b"\x1f\x8b") {
            Self::Table(Format::CsvGz)
        } else if is_page(first) {
            Self::Page
        } else if is_table(first) {
            Self::Table(Format::Csv)
        } else {
            Self::Other
        }
    }
}

/// Whether a file begins as NetCDF does.
pub(super) fn is_netcdf(first: &[u8]) -> bool {
    first.starts_with(b"\x89HDF") || [1, 2, 5].iter().any(|version| first.starts_with(&[b'C', b'D', b'F', *version]))
}

/// What a file that was to be something else looks like, for messages: `, but as a web page does`.
pub(super) fn instead(first: &[u8]) -> String {
    let text = String::from_utf8_lossy(first);
    let line = text.trim_start_matches('\u{feff}').trim_start().lines().next().unwrap_or_default();
    let line: String = line.chars().take(60).collect();
    if first.is_empty() {
        ": it is empty".into()
    } else if is_page(first) {
        format!(", but as a web page or a message of a server does ({line}): it may want a login, or say that there is no such file")
    } else if first.starts_with(b"\x1f\x8b") {
        ", but as what gzip packed: unpack it first".into()
    } else if first.starts_with(b"PK\x03\x04") {
        ", but as a ZIP archive does: unpack it first".into()
    } else if first.starts_with(b"GRIB") {
        ", but as GRIB does, which is not supported: convert it to NetCDF".into()
    } else if first.starts_with(&[0x0e, 0x03, 0x13, 0x01]) {
        ", but as HDF4 does, which is not supported: convert it to NetCDF-4".into()
    } else {
        String::new()
    }
}

/// Markup, or JSON: what servers say instead of sending a file.
fn is_page(first: &[u8]) -> bool {
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
    text.starts_with(b"<") || text.starts_with(b"{")
}

/// Whether the first line that is no remark has separated names of columns, among them one of a time or a place.
fn is_table(first: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(first).or_else(|e| std::str::from_utf8(&first[..e.valid_up_to()])) else { return false };
    let is_odd = |c: char| c.is_control() && !c.is_whitespace();
    let names = text.lines().find(|line| !line.starts_with('#') && !line.trim().is_empty()).unwrap_or_default();
    !text.contains(is_odd) && Format::has_known_column(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        for (first, sign) in [
            (&b"\x89HDF\r\n\x1a\n\0"[..], Sign::Netcdf),
            (b"CDF\x01\0\0", Sign::Netcdf),
            (b"CDF\x02\0\0", Sign::Netcdf),
            (b"CDF\x05\0\0", Sign::Netcdf),
            (b"CDF\x03\0\0", Sign::Other),
            (b"PAR1\x15", Sign::Table(Format::Parquet)),
            (b"\x1f\x8b\x08", Sign::Table(Format::CsvGz)),
            (b"time,lat,lon,sst\n2001-01-01,1,2,3\n", Sign::Table(Format::Csv)),
            (b"# title: Buoys\n\xef\xbb\xbfTime (UTC);Latitude;Longitude\n", Sign::Table(Format::Csv)),
            (b"# only a remark\n", Sign::Other),
            (b"  <!DOCTYPE html><html>time,lat,lon", Sign::Page),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?><Error>", Sign::Page),
            (b"{\"error\": \"log in\"}", Sign::Page),
            (b"some text, with a comma", Sign::Other),
            (b"time", Sign::Other),
            (b"", Sign::Other),
            (&[0, 1, 2, 255], Sign::Other),
        ] {
            assert_eq!(Sign::of(first), sign, "{:?}", String::from_utf8_lossy(first));
        }
    }

    #[test]
    fn what_is_there_instead_is_told() {
        assert!(instead(b"<html>\n<title>Log in</title>").contains("(<html>)"));
        assert!(instead(b"GRIB\0").contains("GRIB") && instead(b"PK\x03\x04").contains("ZIP") && instead(b"\x1f\x8b").contains("gzip"));
        assert!(instead(b"").contains("empty") && instead(&[0x0e, 0x03, 0x13, 0x01]).contains("HDF4"));
        assert_eq!(instead(b"abc"), "");
    }
}
