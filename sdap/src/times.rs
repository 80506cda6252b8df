//! A column of times.

use chrono::{DateTime, Utc};
use ndarray::{CowArray, Ix1};

/// A column of UTC times, to the second.
///
/// Kept as seconds since 1970-01-01T00:00:00Z, so that a mapped file can be read in place; handed out as chrono times.
///
/// ```
/// let times = sdap::Times::new(vec![0, 86_400]);
/// assert_eq!(times.get(1).unwrap().to_string(), "1970-01-02 00:00:00 UTC");
/// ```
#[derive(Clone, PartialEq)]
pub struct Times(CowArray<'static, i64, Ix1>);

impl Times {
    /// The times `seconds` after 1970-01-01T00:00:00Z.
    pub fn new(seconds: impl Into<Vec<i64>>) -> Self {
        Self(ndarray::Array1::from(seconds.into()).into())
    }

    pub(crate) fn from_array(seconds: CowArray<'static, i64, Ix1>) -> Self {
        Self(seconds)
    }

    /// How many times there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The seconds since 1970-01-01T00:00:00Z.
    ///
    /// ```
    /// # use sdap::Times;
    /// let times = Times::new(vec![0, 86_400]);
    /// assert_eq!(times.seconds()[1] - times.seconds()[0], 86_400);
    /// ```
    pub fn seconds(&self) -> &[i64] {
        self.0.as_slice().expect("times are contiguous")
    }

    /// The time at `index`.
    pub fn get(&self, index: usize) -> Option<DateTime<Utc>> {
        self.0.get(index).map(|s| to_time(*s))
    }

    /// The first time.
    pub fn first(&self) -> Option<DateTime<Utc>> {
        self.get(0)
    }

    /// The last time.
    ///
    /// ```
    /// # use sdap::Times;
    /// use chrono::Datelike;
    /// let times = Times::new(vec![0, 86_400]);
    /// assert_eq!(times.last().map(|time| time.day()), Some(2));
    /// ```
    pub fn last(&self) -> Option<DateTime<Utc>> {
        self.len().checked_sub(1).and_then(|i| self.get(i))
    }

    /// All times in order.
    ///
    /// ```
    /// use chrono::Datelike;
    /// let times = sdap::Times::new(vec![0, 31 * 86_400]);
    /// assert_eq!(times.iter().map(|time| time.month()).collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = DateTime<Utc>> + '_ {
        self.0.iter().map(|s| to_time(*s))
    }
}

/// Seconds beyond what a calendar can name are held at its ends, about 262 000 years away.
fn to_time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or(if seconds < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC })
}

impl From<Vec<DateTime<Utc>>> for Times {
    fn from(times: Vec<DateTime<Utc>>) -> Self {
        Self::new(times.iter().map(DateTime::timestamp).collect::<Vec<_>>())
    }
}

impl std::fmt::Debug for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.first(), self.last()) {
            (Some(first), Some(last)) => write!(f, "{} times, {first} to {last}", self.len()),
            _ => f.write_str("no times"),
        }
    }
}
