//! A calendar date of a patient, kept in four bytes and always a date that exists.

use std::fmt;

/// A date of the proleptic Gregorian calendar, years 1 to 9999. Ordering is by time. Personal data: `Debug` redacts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate(u32);

/// Which of day and month comes first in dates such as `03/04/1980`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// Month, day, year: the custom in the United States.
    MonthFirst,
    /// Day, month, year.
    DayFirst,
}

impl CivilDate {
    /// The date, or `None` where the calendar has no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let year_signed = i16::try_from(year).ok()?;
        let (month_signed, day_signed) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        if year == 0 {
            return None;
        }
        jiff::civil::Date::new(year_signed, month_signed, day_signed).ok()?;
        Some(Self(u32::from(year) * 10_000 + u32::from(month) * 100 + u32::from(day)))
    }

    /// The date from its packed form `yyyymmdd`, or `None` where that is no date.
    pub fn from_packed(packed: u32) -> Option<Self> {
        let year = u16::try_from(packed / 10_000).ok()?;
        let month = u8::try_from(packed / 100 % 100).ok()?;
        let day = u8::try_from(packed % 100).ok()?;
        Self::new(year, month, day)
    }

    /// The number `yyyymmdd`.
    pub const fn packed(self) -> u32 {
        self.0
    }

    /// The year, 1 to 9999.
    pub const fn year(self) -> u32 {
        self.0 / 10_000
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u32 {
        self.0 / 100 % 100
    }

    /// The day of the month, 1 to 31.
    pub const fn day(self) -> u32 {
        self.0 % 100
    }

    /// The date with day and month exchanged, where both readings exist.
    pub fn swapped(self) -> Option<Self> {
        let (month, day) = (u8::try_from(self.day()).ok()?, u8::try_from(self.month()).ok()?);
        Self::new(u16::try_from(self.year()).ok()?, month, day)
    }

    /// The form that the vendor takes, `yyyy-mm-dd`.
    pub fn to_iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}

impl fmt::Debug for CivilDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_the_calendar_does_not_have_are_refused() {
        assert!(CivilDate::new(2023, 2, 29).is_none());
        assert!(CivilDate::new(2024, 2, 29).is_some());
        assert!(CivilDate::new(1980, 13, 1).is_none());
        assert!(CivilDate::new(0, 1, 1).is_none());
    }

    #[test]
    fn a_date_survives_its_packed_form_and_can_swap_day_and_month() {
        let date = CivilDate::new(1980, 3, 4).expect("a date");
        assert_eq!(CivilDate::from_packed(date.packed()), Some(date));
        assert_eq!(date.swapped().map(CivilDate::to_iso).as_deref(), Some("1980-04-03"));
        assert_eq!(CivilDate::new(1980, 3, 14).and_then(CivilDate::swapped), None);
    }
}
