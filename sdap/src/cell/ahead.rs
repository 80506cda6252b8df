//! What is compiled with this crate, so that no cell waits for it.
//!
//! Generic code is compiled where it is first used with certain types: in a cell, by and by in all of them. What this crate
//! uses already is in its own machine code, and rustc takes it from there, at the same level of optimisation.

use super::{Show, ShowRow, bound, variables::VariableStore};
use crate::{Column, Grid, Hovmoller, Plane, Points, SeriesGroup, Table, TimeSeries, Value};
use chrono::{DateTime, Utc};
use ndarray::{Array1, Array2, Array3, ArrayRef, ArrayView1, ArrayView2, Ix1, Ix2, Ix3};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// The sum of the addresses of functions, for which they must be there.
macro_rules! addresses {
    ($($function:expr),* $(,)?) => { [$(($function as *const ()).addr()),*].into_iter().fold(0, usize::wrapping_add) };
}

/// Refers to what cells do most often.
pub fn compiled_ahead() -> usize {
    [variables(), shown(), made(), reduced(), calculated(), listed()].into_iter().fold(0, usize::wrapping_add)
}

/// Variables from cell to cell.
fn variables() -> usize {
    macro_rules! kept {
        ($($value:ty),* $(,)?) => {
            addresses![$(
                VariableStore::put_variable::<$value>,
                VariableStore::check_variable::<$value>,
                VariableStore::take_variable::<$value>,
                drop::<$value>,
            )*]
        };
    }
    kept![bool, char, f32, f64, i32, i64, u8, u32, u64, usize, (usize, usize), (f64, f64), &'static str, String, Option<f64>]
        .wrapping_add(kept![Vec<f64>, Vec<i32>, Vec<i64>, Vec<usize>, Vec<String>, Vec<&'static str>, Vec<Vec<f64>>])
        .wrapping_add(kept![Array1<f64>, Array2<f64>, DateTime<Utc>, Vec<DateTime<Utc>>])
        .wrapping_add(kept![TimeSeries, SeriesGroup, Grid, Hovmoller, Points, Table, Value])
}

/// The values of cells.
fn shown() -> usize {
    macro_rules! of_values {
        ($($value:ty),*) => { addresses![$(bound::<$value>, <&$value as Show>::evcxr_display, <$value as Clone>::clone),*] };
    }
    macro_rules! one {
        ($($value:ty),*) => { addresses![$(<&$value as Show>::evcxr_display, <&Option<$value> as Show>::evcxr_display),*] };
    }
    macro_rules! rows {
        ($($value:ty),*) => { addresses![$(<$value as ShowRow>::evcxr_display, <&Option<$value> as Show>::evcxr_display),*] };
    }
    of_values!(TimeSeries, SeriesGroup, Grid, Hovmoller, Points, Table, Value)
        .wrapping_add(one!(f64, i32, usize, bool, String, (f64, f64), (usize, usize)))
        .wrapping_add(rows!(Vec<f64>, Vec<i32>, Vec<usize>, Vec<String>))
        .wrapping_add(rows!(Column, Array1<f64>, ArrayView1<'static, f64>, Plane, Array2<f64>, ArrayView2<'static, f64>))
}

/// Arrays from nothing.
fn made() -> usize {
    addresses![
        Array1::<f64>::linspace,
        Array1::<f64>::range,
        Array1::<f64>::from_vec,
        Array1::<f64>::zeros::<usize>,
        Array1::<f64>::ones::<usize>,
        Array1::<f64>::from_elem::<usize>,
        Array2::<f64>::zeros::<(usize, usize)>,
        Array2::<f64>::ones::<(usize, usize)>,
        Array2::<f64>::from_elem::<(usize, usize)>,
        Array2::<f64>::from_shape_vec::<(usize, usize)>,
    ]
}

/// Arrays to numbers, and to arrays with an axis less.
fn reduced() -> usize {
    macro_rules! all {
        ($($array:ty),*) => {
            addresses![$(<$array>::sum, <$array>::mean, <$array>::std, <$array>::var, <$array>::to_owned, <$array>::view),*]
        };
    }
    macro_rules! along_an_axis {
        ($($array:ty),*) => {
            addresses![$(<$array>::sum_axis, <$array>::mean_axis, <$array>::std_axis, <$array>::var_axis, <$array>::index_axis),*]
        };
    }
    all!(ArrayRef<f64, Ix1>, ArrayRef<f64, Ix2>, ArrayRef<f64, Ix3>)
        .wrapping_add(along_an_axis!(ArrayRef<f64, Ix1>, ArrayRef<f64, Ix2>, ArrayRef<f64, Ix3>))
}

/// Arithmetic of arrays with arrays and with numbers.
fn calculated() -> usize {
    macro_rules! with {
        ($array:ty: $($operator:ident $method:ident),*) => {
            addresses![$(
                <&$array as $operator<&$array>>::$method,
                <$array as $operator<&$array>>::$method,
                <$array as $operator<$array>>::$method,
                <&$array as $operator<f64>>::$method,
                <$array as $operator<f64>>::$method,
            )*]
        };
    }
    macro_rules! in_place {
        ($array:ty: $($operator:ident $method:ident),*) => {
            addresses![$(<$array as $operator<&$array>>::$method, <$array as $operator<f64>>::$method),*]
        };
    }
    macro_rules! all {
        ($($array:ty),*) => {
            [$(
                with!($array: Add add, Sub sub, Mul mul, Div div),
                in_place!($array: AddAssign add_assign, SubAssign sub_assign, MulAssign mul_assign, DivAssign div_assign),
                addresses![<$array as Neg>::neg, <$array as Clone>::clone],
            )*]
        };
    }
    all!(Array1<f64>, Array2<f64>, Array3<f64>).into_iter().fold(0, usize::wrapping_add)
}

/// Vectors that grow and are copied.
fn listed() -> usize {
    macro_rules! all {
        ($($value:ty),*) => { addresses![$(Vec::<$value>::push, Vec::<$value>::reserve, <Vec<$value> as Clone>::clone),*] };
    }
    all!(f64, i32, i64, usize, u8, String)
}
