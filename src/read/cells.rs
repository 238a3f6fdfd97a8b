//! Workbook cells as the text that a person sees.

use std::fmt::Write as _;

use calamine::{CellErrorType, Data, DataRef, ExcelDateTime};

use crate::domain::{CellKind, RowBatch};

/// Whole numbers up to this size are held exactly in a workbook's floating-point cells.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// Appends a cell of a workbook that is read cell by cell.
pub(super) fn push_streamed(batch: &mut RowBatch, scratch: &mut String, value: &DataRef<'_>) {
    match value {
        DataRef::Int(number) => push_integer(batch, scratch, *number),
        DataRef::Float(number) => push_number(batch, scratch, *number),
        DataRef::String(text) | DataRef::DurationIso(text) => batch.push_cell(text, CellKind::Text),
        DataRef::SharedString(text) => batch.push_cell(text, CellKind::Text),
        DataRef::Bool(value) => push_boolean(batch, *value),
        DataRef::DateTime(moment) => push_moment(batch, scratch, *moment),
        DataRef::DateTimeIso(text) => push_iso(batch, text),
        DataRef::Error(error) => push_error(batch, error),
        DataRef::Empty => batch.push_cell("", CellKind::Text),
    }
}

/// Appends a cell of a workbook that is loaded as a whole.
pub(super) fn push_loaded(batch: &mut RowBatch, scratch: &mut String, value: &Data) {
    match value {
        Data::Int(number) => push_integer(batch, scratch, *number),
        Data::Float(number) => push_number(batch, scratch, *number),
        Data::String(text) | Data::DurationIso(text) => batch.push_cell(text, CellKind::Text),
        Data::Bool(value) => push_boolean(batch, *value),
        Data::DateTime(moment) => push_moment(batch, scratch, *moment),
        Data::DateTimeIso(text) => push_iso(batch, text),
        Data::Error(error) => push_error(batch, error),
        Data::Empty => batch.push_cell("", CellKind::Text),
    }
}

fn push_integer(batch: &mut RowBatch, scratch: &mut String, number: i64) {
    scratch.clear();
    // Writing to a String cannot fail.
    let _ = write!(scratch, "{number}");
    batch.push_cell(scratch, CellKind::Number);
}

/// A number keeps every digit that the workbook holds: no exponent, no `.0` tail. Beyond 2^53 the digits are not those
/// that were typed, and the exponent says so.
fn push_number(batch: &mut RowBatch, scratch: &mut String, number: f64) {
    scratch.clear();
    let _ = if number.abs() <= LARGEST_EXACT { write!(scratch, "{number}") } else { write!(scratch, "{number:E}") };
    batch.push_cell(scratch, CellKind::Number);
}

fn push_boolean(batch: &mut RowBatch, value: bool) {
    batch.push_cell(if value { "TRUE" } else { "FALSE" }, CellKind::Boolean);
}

fn push_moment(batch: &mut RowBatch, scratch: &mut String, moment: ExcelDateTime) {
    if moment.is_duration() {
        push_number(batch, scratch, moment.as_f64());
        return;
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    scratch.clear();
    let _ = write!(scratch, "{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) != (0, 0, 0) {
        let _ = write!(scratch, "T{hour:02}:{minute:02}:{second:02}");
    }
    batch.push_cell(scratch, CellKind::Date);
}

fn push_iso(batch: &mut RowBatch, text: &str) {
    batch.push_cell(text.strip_suffix("T00:00:00").unwrap_or(text), CellKind::Date);
}

fn push_error(batch: &mut RowBatch, error: &CellErrorType) {
    batch.push_cell(&error.to_string(), CellKind::Error);
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    fn seen(value: &Data) -> (String, CellKind) {
        let mut batch = RowBatch::default();
        push_loaded(&mut batch, &mut String::new(), value);
        batch.end_row(1);
        let row = batch.row(0).expect("a row");
        let (text, kind) = row.cell(0).expect("a cell");
        (text.to_owned(), kind)
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
        let moment = |value, is_1904| Data::DateTime(ExcelDateTime::new(value, ExcelDateTimeType::DateTime, is_1904));
        assert_eq!(seen(&moment(29_284.0, false)), ("1980-03-04".to_owned(), CellKind::Date));
        assert_eq!(seen(&moment(29_284.0 - 1_462.0, true)).0, "1980-03-04");
        assert_eq!(seen(&moment(29_284.5, false)).0, "1980-03-04T12:00:00");
    }

    #[test]
    fn errors_and_booleans_keep_their_kind() {
        assert_eq!(seen(&Data::Error(CellErrorType::NA)), ("#N/A".to_owned(), CellKind::Error));
        assert_eq!(seen(&Data::Bool(true)), ("TRUE".to_owned(), CellKind::Boolean));
    }
}
