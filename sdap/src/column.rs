//! The arrays that values are made of.

use ndarray::{CowArray, Ix1, Ix2};

/// A column of numbers: an ndarray array of one dimension.
///
/// It owns its numbers or views a memory-mapped file; either way it reads like any ndarray array, and writing
/// to a mapped one copies it first. Missing numbers are NaN.
pub type Column = CowArray<'static, f64, Ix1>;

/// A plane of numbers: an ndarray array of two dimensions. See [`Column`].
pub type Plane = CowArray<'static, f64, Ix2>;

/// A column that owns `values`.
///
/// ```
/// assert_eq!(sdap::column(vec![1.0, 2.0]).sum(), 3.0);
/// ```
pub fn column(values: impl Into<Vec<f64>>) -> Column {
    ndarray::Array1::from(values.into()).into()
}

/// A plane that owns `values`, of shape `[rows, values.len() / rows]`, row by row.
///
/// # Panics
/// If `values` does not fill its rows.
///
/// ```
/// assert_eq!(sdap::plane(2, vec![1.0, 2.0, 3.0, 4.0])[[1, 0]], 3.0);
/// ```
pub fn plane(rows: usize, values: impl Into<Vec<f64>>) -> Plane {
    let values = values.into();
    let columns = values.len().checked_div(rows).unwrap_or(0);
    ndarray::Array2::from_shape_vec((rows, columns), values).expect("a plane's values fill its rows").into()
}
