//! Workbook cells as the text that a person sees.

use std::fmt::Write as _;

use calamine::{Data, DataRef, ExcelDateTime, ExcelDateTimeType};

use super::number_format::NumberShape;
use crate::domain::CellKind;

/// Whole numbers up to this size are held exactly in a workbook's floating-point cells.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
/// The last day that Excel knows, 9999-12-31, in its 1900 date system.
const LAST_DAY: f64 = 2_958_465.0;
/// Days from the first of its two calendars to the second: 1904-01-01.
const DAYS_TO_1904: f64 = 1_462.0;
/// The day 1970-01-01 in the 1900 date system, and the first day after the 29 February 1900 that there never was.
const UNIX_DAY: i64 = 25_569;
const FIRST_TRUE_DAY: f64 = 61.0;

/// Which of Excel's two calendars a workbook counts its days in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateSystem {
    /// Day 1 is 1900-01-01: Windows, and nearly all workbooks.
    #[default]
    From1900,
    /// Day 0 is 1904-01-01: old Macintosh workbooks.
    From1904,
}

impl DateSystem {
    /// The first year, as reports show it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::From1900 => "1900",
            Self::From1904 => "1904",
        }
    }
}

/// Puts the text of a number in a cell of that format into `text`.
pub(super) fn text_of_number(number: f64, shape: NumberShape, dates: DateSystem, text: &mut String) -> CellKind {
    text.clear();
    let moment = |kind| ExcelDateTime::new(number, kind, dates == DateSystem::From1904);
    match shape {
        NumberShape::Zeros(digits) => number_text(number, usize::from(digits), text),
        NumberShape::Duration => moment_text(moment(ExcelDateTimeType::TimeDelta), text),
        NumberShape::Date | NumberShape::Month => {
            let day = if dates == DateSystem::From1904 { number + DAYS_TO_1904 } else { number };
            if day.fract() == 0.0 && (FIRST_TRUE_DAY..=LAST_DAY).contains(&day) {
                push_day(day, text);
                return without_day(shape, text);
            }
            moment_text(moment(ExcelDateTimeType::DateTime), text)
        }
        // The digits of an identifier that was shortened to an exponent are gone, even where the cell holds some.
        NumberShape::Scientific if number.abs() >= 100_000.0 => {
            let _ = write!(text, "{number:E}");
            if let Some(at) = text.find('E') {
                text.insert(at + 1, '+');
            }
            CellKind::Number
        }
        NumberShape::Plain | NumberShape::Scientific => number_text(number, 0, text),
    }
}

/// Of a date that the cell shows as a month, on the first of it, the day is what a program made up: nobody wrote it.
fn without_day(shape: NumberShape, text: &mut String) -> CellKind {
    if shape == NumberShape::Month && text.ends_with("-01") {
        text.truncate(text.len() - "-01".len());
        return CellKind::Text;
    }
    CellKind::Date
}

/// A whole day of the 1900 date system as ISO 8601 (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn push_day(day: f64, text: &mut String) {
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within the calendar")]
    let days = day as i64 - UNIX_DAY + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let _ = write!(text, "{year:04}-{month:02}-{day_of_month:02}");
}

/// Puts the text of a cell into `text`. `digits` is the number of digits to which the cell's format fills numbers up
/// with zeros, 0 for none. `None` for an empty cell.
pub(super) fn text_of(value: &DataRef<'_>, digits: usize, text: &mut String) -> Option<CellKind> {
    text.clear();
    // Writing to a String cannot fail, hence the ignored results below.
    match value {
        DataRef::Empty => return None,
        DataRef::String(seen) | DataRef::DurationIso(seen) => text.push_str(seen),
        DataRef::SharedString(seen) => text.push_str(seen),
        DataRef::Int(number) => {
            let _ = write!(text, "{number:0digits$}");
            return Some(CellKind::Number);
        }
        DataRef::Float(number) => return Some(number_text(*number, digits, text)),
        DataRef::Bool(value) => {
            text.push_str(if *value { "TRUE" } else { "FALSE" });
            return Some(CellKind::Boolean);
        }
        DataRef::DateTime(moment) => return Some(moment_text(*moment, text)),
        DataRef::DateTimeIso(moment) => return Some(iso_text(moment, text)),
        DataRef::Error(error) => {
            let _ = write!(text, "{error}");
            return Some(CellKind::Error);
        }
    }
    Some(CellKind::Text)
}

/// A loaded cell in the form of a streamed one.
pub(super) fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(moment) => DataRef::DateTime(*moment),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// A number keeps every digit that the workbook holds: no exponent, no `.0` tail. Beyond 2^53 the digits are not those
/// that were typed, and the exponent says so.
fn number_text(number: f64, digits: usize, text: &mut String) -> CellKind {
    // Adding zero turns -0 into 0.
    let number = number + 0.0;
    let _ = match number.abs() <= LARGEST_EXACT {
        true if number.fract() == 0.0 => write!(text, "{number:0digits$}"),
        true => write!(text, "{number}"),
        false => write!(text, "{number:E}"),
    };
    CellKind::Number
}

/// A date, with its time where there is one. Durations and times without a date are text; a number that is no moment of
/// the calendar stays the number that it is.
fn moment_text(moment: ExcelDateTime, text: &mut String) -> CellKind {
    let value = moment.as_f64();
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    if moment.is_duration() {
        #[expect(clippy::cast_possible_truncation, reason = "saturates; a duration of 10^14 years is none")]
        let seconds = (value * 86_400.0).round() as i64;
        let sign = if seconds < 0 { "-" } else { "" };
        let seconds = seconds.unsigned_abs();
        let _ = write!(text, "{sign}{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
        return CellKind::Text;
    }
    if !(0.0..LAST_DAY + 1.0).contains(&value) {
        return number_text(value, 0, text);
    }
    let is_midnight = (hour, minute, second) == (0, 0, 0);
    // Day 0 is 1904-01-01 in the one date system, and no day at all in the other.
    let is_time_alone = value < 1.0 && !(year == 1904 && is_midnight);
    if !is_time_alone {
        let _ = write!(text, "{year:04}-{month:02}-{day:02}");
    }
    if !is_midnight || is_time_alone {
        let _ = write!(text, "{}{hour:02}:{minute:02}:{second:02}", if is_time_alone { "" } else { "T" });
    }
    if is_time_alone { CellKind::Text } else { CellKind::Date }
}

/// A moment that the workbook itself holds as ISO 8601: without a time that is midnight, without fractions of seconds.
pub(super) fn iso_text(moment: &str, text: &mut String) -> CellKind {
    let (date, time) = moment.split_once('T').unwrap_or((moment, ""));
    let time = time.trim_end_matches('Z').split('.').next().unwrap_or_default();
    text.push_str(date);
    if !matches!(time, "" | "00:00" | "00:00:00") {
        text.push('T');
        text.push_str(time);
    }
    let bytes = date.as_bytes();
    let is_date = bytes.len() == 10 && bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    if is_date { CellKind::Date } else { CellKind::Text }
}

#[cfg(test)]
mod tests {
    use calamine::{CellErrorType, ExcelDateTimeType};

    use super::*;

    fn seen(value: &Data) -> (String, CellKind) {
        let mut text = "left over".to_owned();
        let kind = text_of(&borrowed(value), 0, &mut text).expect("a value");
        (text, kind)
    }

    fn moment(value: f64, is_1904: bool) -> Data {
        Data::DateTime(ExcelDateTime::new(value, ExcelDateTimeType::DateTime, is_1904))
    }

    #[test]
    fn a_date_that_is_shown_as_a_month_is_completed_by_nobody() {
        let mut text = String::new();
        let mut read = |day: f64, shape| {
            let kind = text_of_number(day, shape, DateSystem::From1900, &mut text);
            (text.clone(), kind)
        };
        assert_eq!(read(29_342.0, NumberShape::Month), ("1980-05".to_owned(), CellKind::Text));
        assert_eq!(read(29_342.0, NumberShape::Date), ("1980-05-01".to_owned(), CellKind::Date));
        // The day is there, and only not shown.
        assert_eq!(read(29_354.0, NumberShape::Month), ("1980-05-13".to_owned(), CellKind::Date));
    }

    #[test]
    fn an_identifier_typed_as_a_number_keeps_its_digits() {
        assert_eq!(seen(&Data::Float(1_234_567_890_123.0)), ("1234567890123".to_owned(), CellKind::Number));
        assert_eq!(seen(&Data::Float(2134.0)).0, "2134");
        assert_eq!(seen(&Data::Float(98.6)).0, "98.6");
        assert!(seen(&Data::Float(1.234_567_890_123_456_7e18)).0.contains('E'));
    }

    #[test]
    fn dates_are_iso_in_both_date_systems() {
        assert_eq!(seen(&moment(29_284.0, false)), ("1980-03-04".to_owned(), CellKind::Date));
        assert_eq!(seen(&moment(29_284.0 - 1_462.0, true)).0, "1980-03-04");
        assert_eq!(seen(&moment(29_284.5, false)).0, "1980-03-04T12:00:00");
    }

    #[test]
    fn errors_and_booleans_keep_their_kind() {
        assert_eq!(seen(&Data::Error(CellErrorType::NA)), ("#N/A".to_owned(), CellKind::Error));
        assert_eq!(seen(&Data::Bool(true)), ("TRUE".to_owned(), CellKind::Boolean));
    }

    #[test]
    fn whole_numbers_lose_their_exactness_beyond_two_to_the_53() {
        assert_eq!(seen(&Data::Float(9_007_199_254_740_992.0)).0, "9007199254740992");
        assert!(seen(&Data::Float(9_007_199_254_740_994.0)).0.contains('E'));
        assert_eq!(seen(&Data::Float(-0.0)).0, "0");
        assert_eq!(seen(&Data::Float(0.000_000_1)).0, "0.0000001");
    }

    fn shaped(number: f64, shape: NumberShape, dates: DateSystem) -> String {
        let mut text = String::new();
        text_of_number(number, shape, dates, &mut text);
        text
    }

    #[test]
    fn a_zip_formatted_with_zeros_keeps_them() {
        let of_code = |number, code| shaped(number, NumberShape::of_code(code), DateSystem::From1900);
        assert_eq!(of_code(2_134.0, "00000"), "02134");
        assert_eq!(of_code(21_341_234.0, "00000\\-0000"), "021341234");
        assert_eq!([of_code(2_134.0, "General"), of_code(2_134.0, "0.00"), of_code(2_134.0, "")], ["2134"; 3]);
    }

    #[test]
    fn a_number_that_was_shortened_to_an_exponent_says_so() {
        let of = |number| shaped(number, NumberShape::Scientific, DateSystem::From1900);
        assert_eq!(of(1_234_570_000_000.0), "1.23457E+12");
        assert_eq!(of(2_134.0), "2134");
    }

    #[test]
    fn every_day_is_the_one_that_calamine_tells() {
        for day in (0..2_958_500).step_by(7).chain(0..800) {
            for dates in [DateSystem::From1900, DateSystem::From1904] {
                let value = f64::from(day);
                let (text, _) = seen(&moment(value, dates == DateSystem::From1904));
                assert_eq!(shaped(value, NumberShape::Date, dates), text, "{day} {dates:?}");
            }
        }
        assert_eq!(shaped(29_284.5, NumberShape::Date, DateSystem::From1900), "1980-03-04T12:00:00");
        assert_eq!(shaped(1.5, NumberShape::Duration, DateSystem::From1900), "36:00:00");
    }

    #[test]
    fn what_is_no_day_of_the_calendar_is_not_shown_as_one() {
        assert_eq!(seen(&moment(-3.0, false)), ("-3".to_owned(), CellKind::Number));
        assert_eq!(seen(&moment(19_800_304.0, false)), ("19800304".to_owned(), CellKind::Number));
        assert_eq!(seen(&moment(0.5, false)), ("12:00:00".to_owned(), CellKind::Text));
        assert_eq!(seen(&moment(0.0, true)), ("1904-01-01".to_owned(), CellKind::Date));
        let hours = Data::DateTime(ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false));
        assert_eq!(seen(&hours), ("36:00:00".to_owned(), CellKind::Text));
    }

    #[test]
    fn moments_kept_as_iso_lose_midnight_and_fractions() {
        for (held, text, kind) in [
            ("1980-03-04", "1980-03-04", CellKind::Date),
            ("1980-03-04T00:00:00", "1980-03-04", CellKind::Date),
            ("1980-03-04T00:00:00.000Z", "1980-03-04", CellKind::Date),
            ("1980-03-04T08:30:00.5", "1980-03-04T08:30:00", CellKind::Date),
            ("March 1980", "March 1980", CellKind::Text),
        ] {
            assert_eq!(seen(&Data::DateTimeIso(held.to_owned())), (text.to_owned(), kind));
        }
    }
}
