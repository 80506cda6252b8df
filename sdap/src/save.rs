//! Values that a Rust cell has, as files that other programs read.

use crate::{AskError, Value, ask, plot::quoted};
use std::path::Path;

/// Saves a value in a file, as `%sdap save` does: the ending says in which format (`.csv`, `.json`, `.geojson`, `.nc`, `.zarr`,
/// `.parquet`, `.png` or `.svg`). The file has units, provenance and request in it, and is there whole or not at all.
///
/// # Errors
/// [`AskError::Fault`] if there is such a file ([`overwrite`] replaces it), the ending names no format, the value does not
/// fit into the format, or the file cannot be written; [`AskError::NoKernel`] outside of a cell.
///
/// ```no_run
/// let sst: sdap::TimeSeries = sdap::query("timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009")?;
/// sdap::save(&sst, "nino34.nc")?;
/// # Ok::<(), sdap::AskError>(())
/// ```
pub fn save(value: impl Into<Value>, file: impl AsRef<Path>) -> Result<(), AskError> {
    to_file(value.into(), file.as_ref(), "")
}

/// Saves a value as [`save`] does, in place of the file that is there.
///
/// # Errors
/// As [`save`], but for a file that is there.
pub fn overwrite(value: impl Into<Value>, file: impl AsRef<Path>) -> Result<(), AskError> {
    to_file(value.into(), file.as_ref(), " --force")
}

fn to_file(value: Value, file: &Path, option: &str) -> Result<(), AskError> {
    // A cell may have gone to another folder than the kernel is in.
    let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let command = format!("save value {}{option}", quoted(&whole.to_string_lossy()));
    ask::shown(command, &[("value".to_owned(), value)]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;

    #[test]
    fn without_a_kernel_nothing_is_saved_and_an_error_says_why() {
        let table = Table { title: "Depths".into(), columns: Vec::new(), origin: crate::Origin::default() };
        assert!(matches!(save(&table, "depths.csv"), Err(AskError::NoKernel)));
        assert!(matches!(overwrite(table, "depths.csv"), Err(AskError::NoKernel)));
    }
}
