//! Numbers and texts as NEXUS writes them: either may come as the other, or as null.

use super::job::moment;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A number: JSON's own, a text that reads as one (`"-148"`, `"nan"`, `"Inf"`), or NaN for null.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(pub(crate) f64);

impl Default for Number {
    fn default() -> Self {
        Self(f64::NAN)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Expected { what: "a number", written: number }).map(Self)
    }
}

/// A time: a [`Number`] of seconds or milliseconds, or a text such as `2013-01-01T12:00:00Z`, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When(pub(crate) f64);

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let written = |text: &str| number(text).or_else(|| moment(text).map(|time| time.timestamp() as f64));
        input.deserialize_any(Expected { what: "a time", written }).map(Self)
    }
}

/// A number of any kind, NaN for null, or what a text comes to.
struct Expected<F> {
    what: &'static str,
    written: F,
}

impl<F: Fn(&str) -> Option<f64>> Visitor<'_> for Expected<F> {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<f64, E> {
        Ok(v)
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<f64, E> {
        Ok(v as f64)
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<f64, E> {
        Ok(v as f64)
    }

    fn visit_unit<E: Error>(self) -> Result<f64, E> {
        Ok(f64::NAN)
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<f64, E> {
        let text: String = v.chars().take(40).collect();
        (self.written)(v).ok_or_else(|| E::custom(format_args!("expected {}, found {text:?}", self.what)))
    }
}

/// Reads a text as a number; NaN and the infinities by any name that Python gives them.
fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// Anything at all, of which only a number matters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Loose(pub(crate) Option<f64>);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Anything;
        impl<'de> Visitor<'de> for Anything {
            type Value = Option<f64>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_f64<E: Error>(self, v: f64) -> Result<Self::Value, E> {
                Ok(Some(v))
            }
            fn visit_i64<E: Error>(self, v: i64) -> Result<Self::Value, E> {
                Ok(Some(v as f64))
            }
            fn visit_u64<E: Error>(self, v: u64) -> Result<Self::Value, E> {
                Ok(Some(v as f64))
            }
            fn visit_str<E: Error>(self, v: &str) -> Result<Self::Value, E> {
                Ok(number(v))
            }
            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Some(f64::NAN))
            }
            fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
                Ok(None)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(None)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(None)
            }
        }
        input.deserialize_any(Anything).map(Self)
    }
}

/// What servers write where there is nothing.
const FILL: f64 = -9999.0;

/// Whether a server computed a value of nothing: it says so by a count of 0, or where it sends none by its fill value.
pub(crate) fn is_of_nothing(count: f64, value: f64) -> bool {
    count == 0.0 || (count.is_nan() && value == FILL)
}

/// A count, or a spread, as it can be computed with: NaN for what is none.
pub(crate) fn counted(number: f64) -> f64 {
    if number >= 0.0 && number.is_finite() { number } else { f64::NAN }
}

/// How far apart two degrees may be that are the same: what 32 bits round off.
pub(crate) const ROUNDING: f64 = 1e-4;

/// What is wrong with a place, if anything; `of` says whose it is.
pub(crate) fn no_place(of: &str, lat: f64, lon: f64) -> Option<String> {
    if !lat.is_finite() || !lon.is_finite() {
        return Some(format!("{of} has no latitude or longitude"));
    }
    let lies_beyond = lat.abs() > 90.0 + ROUNDING || lon.abs() > 360.0 + ROUNDING;
    lies_beyond.then(|| format!("{of} lies at {lat}, {lon}, which is no latitude and longitude"))
}

/// What is wrong with a time from which [`seconds`] makes nothing; `of` says whose it is.
pub(crate) fn no_time(of: &str, number: f64) -> String {
    if number.is_nan() {
        format!("{of} has no time")
    } else {
        format!("{of} has the time {number}, which is none in seconds or milliseconds since 1970")
    }
}

/// Seconds since 1970 from a number of seconds, or of milliseconds as servers before September 2018 wrote them.
///
/// Seconds beyond 10¹¹ would lie in the year 5138.
pub(crate) fn seconds(number: f64) -> Option<i64> {
    let seconds = if number.abs() > 1e11 { number / 1000.0 } else { number };
    (seconds.is_finite() && seconds.abs() < 1e12).then_some(seconds.floor() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_as_numbers_texts_or_null() {
        let read = |json: &str| serde_json::from_str::<Number>(json).map(|n| n.0);
        for (json, expected) in [("1", 1.0), ("1.5", 1.5), ("\"-148\"", -148.0), ("\" 2 \"", 2.0), ("\"inf\"", f64::INFINITY)] {
            assert_eq!(read(json).unwrap(), expected, "{json}");
        }
        for json in ["null", "\"NaN\"", "\"nan\""] {
            assert!(read(json).unwrap().is_nan(), "{json}");
        }
        for json in ["\"\"", "\"abc\"", "true", "[1]", "{}"] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_loose_value_takes_anything_and_keeps_numbers() {
        let read = |json: &str| serde_json::from_str::<Loose>(json).unwrap().0;
        assert_eq!(read("2"), Some(2.0));
        assert_eq!(read("\"2013-01-01T12:00:00+0000\""), None);
        assert_eq!(read("[1, {\"a\": 2}]"), None);
        assert_eq!(read("{\"a\": [1]}"), None);
    }

    #[test]
    fn times_come_as_numbers_or_as_they_are_written() {
        let read = |json: &str| serde_json::from_str::<When>(json).map(|when| when.0);
        for json in ["1357041600", "1357041600.0", "\"1357041600\"", "\"2013-01-01T12:00:00Z\"", "\"2013-01-01 13:00:00+0100\""] {
            assert_eq!(read(json).unwrap(), 1_357_041_600.0, "{json}");
        }
        assert!(read("null").unwrap().is_nan());
        assert!(read("\"soon\"").unwrap_err().to_string().contains("expected a time, found \"soon\""));
        assert!(no_time("a row", 1e15).contains("1000000000000000"));
    }

    #[test]
    fn milliseconds_are_told_from_seconds_by_their_size() {
        assert_eq!(seconds(1_357_041_600.0), Some(1_357_041_600));
        assert_eq!(seconds(1_357_041_600_000.0), Some(1_357_041_600));
        assert_eq!(seconds(-86_400.5), Some(-86_401));
        assert_eq!(seconds(f64::NAN), None);
        assert_eq!(seconds(f64::INFINITY), None);
    }
}
