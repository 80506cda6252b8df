//! Numbers, as Python reads them.

use super::{Failure, Parameters};
use std::str::FromStr;

impl Parameters {
    /// A whole number. Text that does not even begin as a number counts as none.
    ///
    /// # Errors
    /// If it only begins as one.
    pub(in crate::serve) fn whole(&self, name: &str) -> Result<Option<i64>, Failure> {
        self.number(name, "invalid literal for int() with base 10")
    }

    /// A number, under the same rules.
    pub(in crate::serve) fn decimal(&self, name: &str) -> Result<Option<f64>, Failure> {
        self.number(name, "could not convert string to float")
    }

    fn number<T: FromStr>(&self, name: &str, complaint: &str) -> Result<Option<T>, Failure> {
        let Some(text) = self.get(name).filter(|text| begins_as_number(text)) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Failure::internal(format!("{complaint}: '{text}'")))
    }
}

fn begins_as_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_as_a_number_must_be_one_and_all_else_is_none() {
        let p = |value: &str| Parameters(vec![("n".into(), value.into())]);
        assert_eq!(p("7").whole("n"), Ok(Some(7)));
        assert_eq!(p("-.5").decimal("n"), Ok(Some(-0.5)));
        assert_eq!((p("").whole("n"), p("abc").whole("n"), p("7").whole("m")), (Ok(None), Ok(None), Ok(None)));
        assert_eq!(p("2013-01").whole("n"), Err(Failure::internal("invalid literal for int() with base 10: '2013-01'")));
        assert_eq!(p("5m").decimal("n"), Err(Failure::internal("could not convert string to float: '5m'")));
    }
}
