//! The calendars of the CF conventions (1.11, section 4.4.1), and which instants their dates mean.
//!
//! A date of any calendar is taken as the same date of the Gregorian calendar. Climate models (365, 366 or 360 days in each year)
//! name no instants; and files of Julian dates are either satellite products that mean Gregorian ones, or climatologies of the
//! year 1, where January is January. Where a month is longer in its calendar than it is in that year of the Gregorian one
//! (February in some of them), its times are drawn together evenly, so that every time stays in its month and year, in its
//! order, and apart from all others.

use chrono::{Datelike, NaiveDate};

/// How many seconds a day has.
pub(super) const DAY: i64 = 86_400;

/// 15 October 1582, the first day of the Gregorian calendar, in days since 1970-01-01.
const REFORM: i64 = -141_427;

/// A calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Calendar {
    /// Julian until 4 October 1582, Gregorian from 15 October 1582.
    Standard,
    /// Gregorian at all times.
    Gregorian,
    /// Julian at all times.
    Julian,
    /// Each year has 365 days.
    NoLeap,
    /// Each year has 366 days.
    AllLeap,
    /// Each month has 30 days.
    Days360,
}

/// A day of a calendar. Years are counted astronomically: the year before 1 is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: i64,
    /// 1 to 31.
    pub(super) day: i64,
}

impl Calendar {
    /// The calendar of that name; the standard one where there is none.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "" | "standard" | "gregorian" => Self::Standard,
            "proleptic_gregorian" => Self::Gregorian,
            "julian" => Self::Julian,
            "noleap" | "no_leap" | "365_day" | "365" => Self::NoLeap,
            "all_leap" | "366_day" | "366" => Self::AllLeap,
            "360_day" | "360" => Self::Days360,
            _ => return None,
        })
    }

    /// How many days the month has.
    pub(super) fn month_length(self, year: i64, month: i64) -> i64 {
        let leap = match self {
            Self::NoLeap => false,
            Self::AllLeap => true,
            Self::Days360 => return 30,
            Self::Julian => year.rem_euclid(4) == 0,
            Self::Standard if year < 1582 => year.rem_euclid(4) == 0,
            Self::Gregorian | Self::Standard => year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0),
        };
        match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// The number of a day, counted from some day of this calendar: 1970-01-01 UTC in the calendars of the world.
    /// None if there is no such day, or it is ages away.
    pub(super) fn number(self, date: Date) -> Option<i64> {
        let Date { year, month, day } = date;
        let exists = (1..=12).contains(&month) && (1..=self.month_length(year, month)).contains(&day);
        if !exists || year.abs() > 200_000 {
            return None;
        }
        match self {
            Self::Julian => Some(julian(date)),
            Self::Standard if (year, month, day) < (1582, 10, 5) => Some(julian(date)),
            Self::Standard if (year, month, day) < (1582, 10, 15) => None,
            Self::Gregorian | Self::Standard => gregorian(date),
            Self::NoLeap | Self::AllLeap | Self::Days360 => {
                let before: i64 = (1..month).map(|m| self.month_length(year, m)).sum();
                Some(year * self.year_length() + before + day - 1)
            }
        }
    }

    /// The instant that a time of the calendar means, in seconds since 1970-01-01T00:00:00Z; `seconds` are counted from the
    /// same day as [`number`](Self::number). None if it is ages away.
    pub(super) fn instant(self, seconds: i64) -> Option<i64> {
        let (number, of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        if self == Self::Gregorian || (self == Self::Standard && number >= REFORM) {
            return Some(seconds);
        }
        let Date { year, month, day } = self.date(number)?;
        let begins = gregorian(Date { year, month, day: 1 })? * DAY;
        let (here, there) = (self.month_length(year, month), Self::Gregorian.month_length(year, month));
        let of_month = (day - 1) * DAY + of_day;
        Some(begins + if here > there { of_month * there / here } else { of_month })
    }

    /// The day of that number, in all but the Gregorian calendar. None if it is ages away.
    fn date(self, number: i64) -> Option<Date> {
        if number.abs() > 100_000_000 {
            return None;
        }
        if matches!(self, Self::Standard | Self::Gregorian | Self::Julian) {
            return Some(julian_date(number));
        }
        let year = number.div_euclid(self.year_length());
        let (mut month, mut day) = (1, number.rem_euclid(self.year_length()));
        while day >= self.month_length(year, month) {
            day -= self.month_length(year, month);
            month += 1;
        }
        Some(Date { year, month, day: day + 1 })
    }

    /// Days in a year of those calendars whose years are all of one length.
    fn year_length(self) -> i64 {
        (1..=12).map(|month| self.month_length(1, month)).sum()
    }
}

/// Days since 1970-01-01.
fn gregorian(date: Date) -> Option<i64> {
    let date = NaiveDate::from_ymd_opt(i32::try_from(date.year).ok()?, date.month as u32, date.day as u32)?;
    Some(i64::from(date.num_days_from_ce()) - 719_163)
}

/// Days since 1970-01-01 of the Gregorian calendar, for a date of the Julian one. Formula: Richards, "Calendars", in the
/// Explanatory Supplement to the Astronomical Almanac (2013), 15.11; the Julian day number of 1970-01-01 is 2440588.
fn julian(date: Date) -> i64 {
    let late = (14 - date.month) / 12;
    let (year, month) = (date.year + 4800 - late, date.month + 12 * late - 3);
    date.day + (153 * month + 2) / 5 + 365 * year + year.div_euclid(4) - 32_083 - 2_440_588
}

/// The date of the Julian calendar, for days since 1970-01-01 of the Gregorian one: the reverse of [`julian`], after the same source.
fn julian_date(number: i64) -> Date {
    // Days since 1 March of the year -4800, in years that begin in March.
    let days = number + 2_440_588 + 32_082;
    let year = (4 * days + 3).div_euclid(1461);
    let of_year = days - (1461 * year).div_euclid(4);
    let month = (5 * of_year + 2) / 153;
    Date { year: year - 4800 + month / 10, month: month + 3 - 12 * (month / 10), day: of_year - (153 * month + 2) / 5 + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i64, month: i64, day: i64) -> Date {
        Date { year, month, day }
    }

    /// The instant of noon of a day, as text.
    fn noon(calendar: Calendar, day: Date) -> String {
        let seconds = calendar.instant(calendar.number(day).unwrap() * DAY + DAY / 2).unwrap();
        chrono::DateTime::from_timestamp(seconds, 0).unwrap().format("%Y-%m-%dT%H:%M").to_string()
    }

    #[test]
    fn dates_of_the_world_are_the_same_dates() {
        assert_eq!(noon(Calendar::Gregorian, date(1970, 1, 1)), "1970-01-01T12:00");
        assert_eq!(noon(Calendar::Julian, date(2020, 1, 1)), "2020-01-01T12:00", "as precipitation of IMERG states it");
        assert_eq!(noon(Calendar::Julian, date(-5, 12, 31)), "-0005-12-31T12:00");
        assert_eq!(noon(Calendar::Standard, date(1582, 10, 4)), "1582-10-04T12:00");
        assert_eq!(noon(Calendar::Standard, date(1582, 10, 15)), "1582-10-15T12:00");
        assert_eq!(Calendar::Standard.number(date(1582, 10, 10)), None, "that day there was none");
        assert_eq!(Calendar::Standard.number(date(1582, 10, 15)), Some(REFORM));
        assert_eq!(noon(Calendar::Standard, date(1, 1, 1)), "0001-01-01T12:00", "the January of a climatology");
        assert_eq!(noon(Calendar::Julian, date(1900, 2, 28)), "1900-02-27T13:14", "a February of 29 days, drawn together");
        for number in (-2_000_000..100_000).step_by(97).chain(-141_500..-141_300) {
            assert_eq!(julian(julian_date(number)), number);
        }
    }

    #[test]
    fn dates_of_models_are_the_same_dates() {
        assert_eq!(noon(Calendar::NoLeap, date(2000, 3, 1)), "2000-03-01T12:00");
        assert_eq!(noon(Calendar::AllLeap, date(2000, 2, 29)), "2000-02-29T12:00");
        assert_eq!(noon(Calendar::Days360, date(2001, 12, 30)), "2001-12-30T12:00");
        assert_eq!(noon(Calendar::Days360, date(-1, 1, 30)), "-0001-01-30T12:00");
    }

    #[test]
    fn a_month_that_is_too_long_is_drawn_together() {
        let february: Vec<String> = (1..=30).map(|day| noon(Calendar::Days360, date(2001, 2, day))).collect();
        assert_eq!((february[0].as_str(), february[29].as_str()), ("2001-02-01T11:12", "2001-02-28T12:48"));
        assert!(february.is_sorted_by(|a, b| a < b), "in order, and none twice");
        assert_eq!(noon(Calendar::AllLeap, date(2001, 2, 29)), "2001-02-28T12:24");
    }

    #[test]
    fn days_that_are_none_are_refused() {
        assert_eq!(Calendar::NoLeap.number(date(2000, 2, 29)), None);
        assert_eq!(Calendar::Days360.number(date(2000, 1, 31)), None);
        assert_eq!(Calendar::Gregorian.number(date(2000, 13, 1)), None);
        assert_eq!(Calendar::Julian.number(date(i64::MAX, 1, 1)), None);
    }
}
