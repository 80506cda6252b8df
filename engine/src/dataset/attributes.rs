//! Attributes of datasets and arrays, read leniently: writers disagree on types.

use crate::chunks::{Chunks, Resigned};
use crate::numbers::{Kind, Packing};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Attributes by name.
pub(crate) type Attributes = Map<String, Value>;

/// The attribute as text without surrounding blanks; empty where there is none or it is no text.
pub(crate) fn text<'a>(attributes: &'a Attributes, name: &str) -> &'a str {
    attributes.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}

/// A number: a number, a list of one, a number in text, or a 64-bit float in base 64, as xarray writes the `_FillValue` of
/// floats into Zarr v3.
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

/// The packing that an array's attributes state. `stored_fill` marks missing values where no attribute does. `kind` is the
/// type that numbers are stored in, to which marks are rounded as the numbers were.
///
/// # Errors
/// If numbers cannot be unpacked as the attributes say.
pub(crate) fn packing(attributes: &Attributes, stored_fill: Option<f64>, kind: Kind) -> Result<Packing, String> {
    let (scale, offset) = (unpacking(attributes, "scale_factor")?, unpacking(attributes, "add_offset")?);
    if scale == Some(0.0) {
        return Err("its scale_factor is 0, so that all numbers are the same".into());
    }
    let is_packed = scale.is_some() || offset.is_some();
    let (scale, offset) = (scale.unwrap_or(1.0), offset.unwrap_or(0.0));
    let fills = marks(attributes, stored_fill, kind)?;
    let edges = valid_edges(attributes);
    // As numbers with a fraction, they speak of the values that the whole numbers stand for.
    let speak_of_values = is_packed && !kind.is_float() && edges.iter().flatten().any(|edge| edge.is_f64());
    let [mut low, mut high] = edges.map(|edge| edge.and_then(serde_json::Number::as_f64));
    if speak_of_values {
        [low, high] = [low, high].map(|edge| edge.map(|n| (n - offset) / scale));
        if scale < 0.0 {
            std::mem::swap(&mut low, &mut high);
        }
    } else {
        [low, high] = [low, high].map(|edge| edge.map(|n| kind.stores(n)));
    }
    // What dividing rounded off makes no number invalid.
    let valid = if kind.is_float() {
        [low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY)]
    } else {
        [low.map_or(f64::NEG_INFINITY, |n| (n - 1e-6).ceil()), high.map_or(f64::INFINITY, |n| (n + 1e-6).floor())]
    };
    Ok(Packing { scale, offset, fills, valid })
}

/// The stored numbers that mark missing values; NaN for want of any. `missing_value` may be a list of them.
fn marks(attributes: &Attributes, stored_fill: Option<f64>, kind: Kind) -> Result<[f64; 2], String> {
    let stated = |name: &str| match attributes.get(name) {
        Some(Value::Array(list)) => list.iter().filter_map(to_number).collect(),
        Some(value) => to_number(value).into_iter().collect(),
        None => Vec::new(),
    };
    let fill = if attributes.contains_key("_FillValue") { stated("_FillValue") } else { stored_fill.into_iter().collect() };
    let all = fill.into_iter().chain(stated("missing_value")).map(|mark| kind.stores(mark)).filter(|mark| !mark.is_nan());
    let mut told: Vec<f64> = Vec::new();
    for mark in all {
        if !told.contains(&mark) {
            told.push(mark);
        }
    }
    match told[..] {
        [] => Ok([f64::NAN; 2]),
        [one] => Ok([one, f64::NAN]),
        [one, other] => Ok([one, other]),
        _ => Err(format!("its _FillValue and missing_value are {} numbers, where two were expected at most", told.len())),
    }
}

/// `scale_factor` or `add_offset`, if there is one.
fn unpacking(attributes: &Attributes, name: &str) -> Result<Option<f64>, String> {
    let Some(stated) = attributes.get(name) else { return Ok(None) };
    let found = to_number(stated).filter(|n| n.is_finite());
    found.map(Some).ok_or_else(|| format!("its {name} is {stated}, where a number was expected"))
}

/// The least and the greatest valid number, as the attributes have them.
fn valid_edges(attributes: &Attributes) -> [Option<&serde_json::Number>; 2] {
    let range = attributes.get("valid_range").and_then(Value::as_array).filter(|range| range.len() == 2);
    let edge = |at: usize, name: &str| range.map_or_else(|| attributes.get(name), |range| range.get(at)).and_then(Value::as_number);
    [edge(0, "valid_min"), edge(1, "valid_max")]
}

/// The numbers of an array with the sign that `_Unsigned` states.
pub(crate) fn with_sign(chunks: &Arc<dyn Chunks>, attributes: &Attributes) -> Arc<dyn Chunks> {
    let signed = match attributes.get("_Unsigned") {
        Some(Value::String(text)) if text.trim().eq_ignore_ascii_case("true") => false,
        Some(Value::String(text)) if text.trim().eq_ignore_ascii_case("false") => true,
        Some(Value::Bool(unsigned)) => !unsigned,
        _ => return chunks.clone(),
    };
    if chunks.kind().with_sign(signed) == chunks.kind() {
        return chunks.clone();
    }
    Arc::new(Resigned { chunks: chunks.clone(), signed })
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
        let number = |name: &str| to_number(a.get(name)?);
        assert_eq!(["a", "b", "c", "d"].map(number), [Some(2.0), Some(0.5), Some(3.5), Some(-9999.0)]);
        assert!(number("e").unwrap().is_nan());
        assert_eq!(["f", "g", "h"].map(number), [None; 3]);
    }

    fn packed(value: &Value, kind: Kind) -> Packing {
        packing(&attributes(value), None, kind).unwrap()
    }

    #[test]
    fn a_fill_value_is_compared_in_the_precision_that_is_stored() {
        let stated = json!({"_FillValue": 9.96921e36});
        assert_eq!(packed(&stated, Kind::F32).fills[0], f64::from(9.96921e36_f32));
        assert_eq!(packed(&stated, Kind::F64).fills[0], 9.96921e36);
        assert_eq!(packing(&attributes(&json!({})), Some(-1.0), Kind::F64).unwrap().fills[0], -1.0);
        assert_eq!(packed(&json!({"_FillValue": -1}), Kind::U8).fills[0], 255.0, "the same bits, read without a sign");
    }

    #[test]
    fn several_numbers_may_mark_what_is_missing() {
        assert_eq!(packed(&json!({"missing_value": [-999, -888]}), Kind::I16).fills, [-999.0, -888.0]);
        assert_eq!(packed(&json!({"_FillValue": -888, "missing_value": [-999, -888]}), Kind::F32).fills, [-888.0, -999.0]);
        let same = packed(&json!({"_FillValue": 1e20, "missing_value": 1.000_000_02e20}), Kind::F32).fills;
        assert!(same[0] == f64::from(1e20_f32) && same[1].is_nan());
        let none = packed(&json!({"_FillValue": "NaN", "missing_value": [-1]}), Kind::F64).fills;
        assert!(none[0] == -1.0 && none[1].is_nan());
    }

    #[test]
    fn a_valid_range_is_of_stored_numbers_unless_it_has_a_fraction() {
        let valid = |value: Value, kind| packed(&value, kind).valid;
        assert_eq!(valid(json!({"valid_range": [-5, 10], "scale_factor": 0.5}), Kind::I16), [-5.0, 10.0]);
        assert_eq!(valid(json!({"valid_min": -1.0, "valid_max": 1.1, "scale_factor": 0.1}), Kind::I16), [-10.0, 11.0]);
        assert_eq!(valid(json!({"valid_min": 0.0, "scale_factor": -0.5}), Kind::I16), [f64::NEG_INFINITY, 0.0]);
        assert_eq!(valid(json!({"valid_max": 40.1}), Kind::F32), [f64::NEG_INFINITY, f64::from(40.1_f32)]);
    }

    #[test]
    fn what_cannot_be_unpacked_is_refused() {
        let refused = |value: Value| packing(&attributes(&value), None, Kind::I16).unwrap_err();
        assert!(refused(json!({"scale_factor": "x"})).contains("scale_factor is \"x\""));
        assert!(refused(json!({"scale_factor": null})).contains("null"));
        assert!(refused(json!({"scale_factor": 0})).contains("is 0"));
        assert!(refused(json!({"_FillValue": 0, "missing_value": [1, 2]})).contains("missing_value are 3 numbers"));
    }
}
