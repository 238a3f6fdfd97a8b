//! Workbook cells as the text that a person sees.

use std::fmt::Write as _;

use calamine::{Data, DataRef, ExcelDateTime};

use crate::domain::CellKind;

/// Whole numbers up to this size are held exactly in a workbook's floating-point cells.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
/// The last day that Excel knows, 9999-12-31, in its 1900 date system.
const LAST_DAY: f64 = 2_958_465.0;

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

/// The number of digits of a format that is nothing but zeros, such as `00000` for ZIP codes; 0 for other formats.
pub(super) fn digits_of_format(code: &str) -> usize {
    let is_zeros = code.len() <= 20 && code.bytes().all(|letter| letter == b'0');
    if is_zeros { code.len() } else { 0 }
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
fn iso_text(moment: &str, text: &mut String) -> CellKind {
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

    #[test]
    fn a_zip_formatted_with_zeros_keeps_them() {
        let mut text = String::new();
        text_of(&DataRef::Float(2_134.0), digits_of_format("00000"), &mut text);
        assert_eq!(text, "02134");
        assert_eq!([digits_of_format("General"), digits_of_format("0.00"), digits_of_format("")], [0, 0, 0]);
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
