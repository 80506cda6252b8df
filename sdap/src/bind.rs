//! From a Rust cell to `%sdap`: values that a cell computed, bound to names that `%sdap plot` and the like know.

use crate::{StoreError, Value};
use std::path::PathBuf;

/// The environment variable by which the kernel tells Rust cells the folder that [`bind`] writes to.
pub const BIND_FOLDER: &str = "SDAP_BIND_FOLDER";

/// Why a value could not be bound.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The name is not one that Rust and `%sdap` can use.
    #[error("`{0}` cannot name a value: a name is a letter or _, then letters, digits and _")]
    Name(String),
    /// The program does not run in a cell of the kernel.
    #[error("values can be bound in a cell of the SDAP kernel only")]
    NoKernel,
    /// The value could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Binds a value that a Rust cell computed to a name, for `%sdap plot NAME`, `%sdap table NAME` and later cells.
///
/// The name is bound once the cell has ended.
///
/// # Errors
/// If the name cannot be one, or the value cannot be written.
///
/// ```no_run
/// use sdap::{TimeSeries, Times};
/// let doubled = TimeSeries::of_values("doubled", "discharge", "m3 s-1", Times::new(vec![0, 86_400]), [2.0, 6.0]);
/// sdap::bind("doubled", doubled)?;
/// # Ok::<(), sdap::BindError>(())
/// ```
pub fn bind(name: &str, value: impl Into<Value>) -> Result<(), BindError> {
    let sound = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !sound {
        return Err(BindError::Name(name.to_owned()));
    }
    let folder = PathBuf::from(std::env::var_os(BIND_FOLDER).ok_or(BindError::NoKernel)?);
    Ok(crate::write(&value.into(), folder.join(format!("{name}.safetensors")))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimeSeries;

    #[test]
    fn a_name_must_be_one_that_rust_can_use() {
        let value = || TimeSeries::of_values("a", "", "", crate::Times::new(vec![]), []);
        for name in ["", "1a", "a b", "a.b", "a/b"] {
            assert!(matches!(bind(name, value()), Err(BindError::Name(_))), "{name}");
        }
    }
}
