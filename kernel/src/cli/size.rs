//! Sizes on the command line: `500MB`, `1GiB`.

/// How many bytes a size is: a number with `B`, `kB`, `MB`, `GB` (of 1000), `KiB`, `MiB`, `GiB` (of 1024), or nothing for bytes.
/// Capitals make no difference.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    let unknown = || format!("{text:?} is no size; expected a number and a unit, such as 500MB or 1GiB");
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len()));
    let factor: f64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kib" => 1024.0,
        "m" | "mib" => 1_048_576.0,
        "g" | "gib" => 1_073_741_824.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        _ => return Err(unknown()),
    };
    let number: f64 = number.trim().parse().map_err(|_| unknown())?;
    let bytes = number * factor;
    if !(1.0..=usize::MAX as f64).contains(&bytes) {
        return Err(format!("{text} is no size that memory can have"));
    }
    Ok(bytes as usize)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_units_of_both_kinds() {
        let cases = [("1GiB", 1 << 30), ("500MB", 500_000_000), ("1.5 kib", 1536), ("64M", 64 << 20), ("1000", 1000), ("7 b", 7)];
        for (text, expected) in cases {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn all_else_is_refused() {
        for text in ["", "GiB", "1 parsec", "-1GB", "0", "1e30GB", "nanGB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
