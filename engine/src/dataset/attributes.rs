//! Attributes of Zarr groups and arrays, read leniently: writers disagree on types.

use crate::numbers::Packing;
use serde_json::{Map, Value};

/// Attributes by name.
pub(crate) type Attributes = Map<String, Value>;

/// The attribute as text without surrounding blanks; empty where there is none or it is no text.
pub(crate) fn text<'a>(attributes: &'a Attributes, name: &str) -> &'a str {
    attributes.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}

/// The attribute as a number: a number, a list of one, a number in text, or a 64-bit float in base 64, as
/// xarray writes the `_FillValue` of floats into Zarr v3.
pub(crate) fn number(attributes: &Attributes, name: &str) -> Option<f64> {
    to_number(attributes.get(name)?)
}

fn to_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Array(list) if list.len() == 1 => to_number(&list[0]),
        Value::String(text) => text.trim().parse().ok().or_else(|| float_from_base64(text)),
        _ => None,
    }
}

/// Eight little-endian bytes in base 64.
fn float_from_base64(text: &str) -> Option<f64> {
    let text = text.strip_suffix('=').filter(|t| t.len() == 11)?;
    let mut bits: u128 = 0;
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u128::from(six);
    }
    // Eleven letters carry 66 bits, of which the last two are padding.
    Some(f64::from_bits(((bits >> 2) as u64).swap_bytes()))
}

/// The packing that an array's attributes state. `stored_fill` is the fill value of its metadata, which is a mark
/// of missing values in Zarr v2 only. `single` says that numbers are stored as 32-bit floats.
pub(crate) fn packing(attributes: &Attributes, stored_fill: Option<f64>, single: bool) -> Packing {
    let as_stored = |fill: f64| if single { f64::from(fill as f32) } else { fill };
    let fill = number(attributes, "_FillValue").or(stored_fill).map_or(f64::NAN, as_stored);
    let missing = number(attributes, "missing_value").map_or(f64::NAN, as_stored);
    Packing {
        scale: number(attributes, "scale_factor").unwrap_or(1.0),
        offset: number(attributes, "add_offset").unwrap_or(0.0),
        fills: [fill, missing],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn attributes(value: &Value) -> Attributes {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn numbers_are_read_in_every_form_that_writers_use() {
        let a = attributes(&json!({"a": 2, "b": [0.5], "c": " 3.5 ", "d": "AAAAAICHw8A=", "e": "AAAAAAAA+H8=", "f": "x", "g": [1, 2]}));
        assert_eq!(["a", "b", "c", "d"].map(|n| number(&a, n)), [Some(2.0), Some(0.5), Some(3.5), Some(-9999.0)]);
        assert!(number(&a, "e").unwrap().is_nan());
        assert_eq!(["f", "g", "h"].map(|n| number(&a, n)), [None; 3]);
    }

    #[test]
    fn a_fill_value_is_compared_in_the_precision_that_is_stored() {
        let a = attributes(&json!({"_FillValue": 9.96921e36}));
        assert_eq!(packing(&a, None, true).fills[0], f64::from(9.96921e36_f32));
        assert_eq!(packing(&a, None, false).fills[0], 9.96921e36);
        assert_eq!(packing(&attributes(&json!({})), Some(-1.0), false).fills[0], -1.0);
    }
}
