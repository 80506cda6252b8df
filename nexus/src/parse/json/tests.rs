//! What the tolerant reader takes, and what it refuses.

use super::*;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use std::marker::PhantomData;

/// Hands out a few bytes at a time, so that everything is cut somewhere.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(self.0.len()).min(into.len());
        into[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

fn value(text: impl AsRef<[u8]>) -> Result<Value> {
    read(&mut text.as_ref(), PhantomData)
}

fn refusal(text: impl AsRef<[u8]>) -> String {
    value(text).unwrap_err().to_string()
}

#[test]
fn bare_words_are_numbers_outside_strings_only() {
    let numbers: Vec<f64> = read(&mut b"[NaN, Infinity, -Infinity, -1.5e-3]".as_slice(), PhantomData).unwrap();
    assert!(numbers[0].is_nan());
    assert_eq!(numbers[1..], [f64::INFINITY, f64::NEG_INFINITY, -1.5e-3]);
    let text: String = read(&mut br#""NaN, \"Infinity\"""#.as_slice(), PhantomData).unwrap();
    assert_eq!(text, "NaN, \"Infinity\"");
}

#[test]
fn numbers_are_rounded_as_they_were_written() {
    let numbers: Vec<f64> = read(&mut b"[10.100000381469727, 5e-324, 0.1, -0, 123456789012345678901]".as_slice(), PhantomData).unwrap();
    assert_eq!(numbers, [f64::from(10.1f32), f64::from_bits(1), 0.1, -0.0, 1.234_567_890_123_456_8e20]);
    assert!(numbers[3].is_sign_negative());
}

#[test]
fn escapes_are_read_and_lone_halves_of_pairs_replaced() {
    assert_eq!(value(r#""\u00b0C \ud83c\udf0a \\ \/ \n""#).unwrap(), "°C 🌊 \\ / \n");
    assert_eq!(value(r#""\ud83c""#).unwrap(), "\u{fffd}");
    assert_eq!(value(r#""\ud83c\n""#).unwrap(), "\u{fffd}\n");
    assert_eq!(value(r#""\ud83c\u0041""#).unwrap(), "\u{fffd}A");
    assert_eq!(value(r#""\ud83c\ud83c\udf0a""#).unwrap(), "\u{fffd}🌊");
    assert_eq!(value(b"\"temp\xe9rature\"").unwrap(), "temp\u{fffd}rature");
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    for (text, expected) in [
        ("nothing", "expected null, found 'o' at byte 2"),
        ("[1 2]", "expected a comma, found '2' at byte 3"),
        ("{\"a\" 1}", "expected a colon, found '1' at byte 5"),
        ("{1: 2}", "expected a field name, found '1' at byte 1"),
        ("[1,]", "expected JSON, found ']' at byte 3"),
        ("[1-2]", "\"1-2\" is not a number at byte 4"),
        ("1 2", "expected the end of the document, found '2' at byte 2"),
        ("\"\\x\"", "expected an escape, found 'x' at byte 3"),
        ("\"\\u12g4\"", "expected four hexadecimal digits, found 'g' at byte 6"),
        ("Nan", "expected NaN, found 'n' at byte 3"),
    ] {
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[test]
fn an_end_in_the_middle_is_told_from_nonsense() {
    for text in ["", "  ", "[1, 2", "{\"a\":", "\"ab", "\"a\\", "tru", "[{\"a\": [1", "-Infin", "-", "[1.5e"] {
        assert!(matches!(value(text).unwrap_err().fault, Fault::Ended), "{text:?}");
    }
}

#[test]
fn nesting_is_bounded_also_where_nobody_looks() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(refusal(&deep), "the JSON is nested more than 64 deep at byte 65");
    assert!(read(&mut deep.as_bytes(), PhantomData::<serde::de::IgnoredAny>).is_err());
    assert!(value(format!("{}{}", "[".repeat(64), "]".repeat(64))).is_ok());
}

#[test]
fn a_shape_that_does_not_fit_is_told_with_its_place() {
    #[derive(Debug, Deserialize)]
    struct Point {
        #[expect(dead_code, reason = "it is only read")]
        x: f64,
    }
    let read = |text: &str| read(&mut text.as_bytes(), PhantomData::<Point>).unwrap_err().to_string();
    assert_eq!(read("{\"x\": \"a\"}"), "invalid type: string \"a\", expected f64 at byte 9");
    assert_eq!(read("{}"), "missing field `x` at byte 1");
}

/// Any document, with NaN and its like among the numbers, and the same words among the texts.
fn document() -> impl Strategy<Value = Value> {
    let number =
        prop_oneof![any::<f64>().prop_filter("finite", |v| v.is_finite()).prop_map(Value::from), any::<i64>().prop_map(Value::from)];
    let text = prop_oneof![any::<String>(), r#"[NaInfity\\",:\[\]{} -]{0,12}"#, Just("NaN".to_owned()), Just("-Infinity".to_owned())];
    let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), number, text.clone().prop_map(Value::from)];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            proptest::collection::vec((text.clone(), inner), 0..8).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Writes a document with `null` as one of the bare words; what is read back is null again.
fn with_words(value: &Value, word: &str, out: &mut String) {
    match value {
        Value::Null => out.push_str(word),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { " " } else { "\n ,\t" });
                with_words(item, word, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (at, (key, item)) in fields.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push_str(" : ");
                with_words(item, word, out);
            }
            out.push_str("}\r\n");
        }
        leaf => out.push_str(&leaf.to_string()),
    }
}

proptest! {
    #[test]
    fn any_document_is_read_as_written_however_it_arrives(
        document in document(),
        word in prop_oneof![Just("null"), Just("NaN"), Just("Infinity"), Just("-Infinity")],
        step in 1usize..40,
    ) {
        let mut text = String::new();
        with_words(&document, word, &mut text);
        let read: Value = read(&mut Trickle(text.as_bytes(), step), PhantomData).unwrap();
        prop_assert_eq!(&read, &document, "{}", text);
    }

    #[test]
    fn objects_that_differ_in_layout_and_order_are_read_alike(
        rows in proptest::collection::vec((any::<bool>(), 0_usize..3, any::<f32>().prop_filter("finite", |v| v.is_finite())), 1..20),
        step in 1_usize..60,
    ) {
        let mut text = String::from("[");
        for (at, (turned, blanks, number)) in rows.iter().enumerate() {
            let space = ["", " ", "\n            "][*blanks];
            let number = f64::from(*number);
            text.push_str(if at == 0 { "" } else { "," });
            text.push_str(&if *turned {
                format!("{space}{{\"b\":{space}\"x\",{space}\"a\"{space}:{number}}}")
            } else {
                format!("{{{space}\"a\":{space}{number:?}{space},\"c\":{{}},\"b\":\"x\"}}")
            });
        }
        text.push(']');
        let read: Value = read(&mut Trickle(text.as_bytes(), step), PhantomData).unwrap();
        for (read, (_, _, number)) in read.as_array().unwrap().iter().zip(&rows) {
            prop_assert_eq!(read["a"].as_f64().unwrap(), f64::from(*number), "{}", text);
            prop_assert_eq!(&read["b"], "x");
        }
    }

    #[test]
    fn what_serde_json_reads_is_read_alike(bytes in proptest::collection::vec(prop_oneof![
        proptest::sample::select(br#"[]{}":,\ntf0123456789.eE-+ NaIi"#.to_vec()), any::<u8>()], 0..60)
    ) {
        if let Ok(expected) = serde_json::from_slice::<Value>(&bytes) {
            prop_assert_eq!(value(&bytes).unwrap(), expected);
        } else {
            let _ = value(&bytes);
        }
    }
}
