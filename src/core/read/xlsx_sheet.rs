//! The rows of one xlsx sheet, cell by cell as they stand in its part: what a million rows pass through, so nothing is
//! allocated for a cell. The values are those that calamine reads, and a test holds the two against each other.

use super::cells::{iso_text, text_of_number};
use super::markup::{Fault, Scanner, Token, attribute, attributes, is_set};
use super::number_format::NumberShape;
use super::plain_cell::{PlainCell, plain_cell};
use super::sheet_rows::SheetRows;
use super::xlsx::{Context, RichText, Stumble, push_escaped};
use crate::domain::CellKind;

/// Digits up to which a whole number is the same as text and as a floating-point number.
const EXACT_DIGITS: usize = 15;

/// How the value of a cell is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Written {
    #[default]
    Number,
    Shared,
    Formula,
    Inline,
    Boolean,
    Error,
    Date,
}

/// The cell that is being read.
#[derive(Default)]
struct Cell {
    row: u32,
    column: u32,
    style: usize,
    written: Written,
    raw: Vec<u8>,
    text: String,
    has_formula: bool,
}

/// Reads the rows of a sheet.
pub(super) fn read_rows(
    scanner: &mut Scanner<'_>,
    context: &Context,
    rows: &mut SheetRows<'_, '_>,
) -> Result<(), Stumble> {
    let mut cell = Cell::default();
    let (mut is_hidden, mut is_sheet, mut next_row) = (false, false, 0);
    loop {
        while let Some(plain) = plain_cell(scanner.window()) {
            let length = plain.length;
            cell.begin_plain(&plain)?;
            if let Some(value) = plain.value {
                cell.send(value, context, rows, is_hidden)?;
            }
            cell.column += 1;
            scanner.skip(length);
        }
        let Some(token) = scanner.next()? else { break };
        match token {
            Token::Open(b"c", tag) => {
                cell.begin(tag)?;
                cell.read(scanner)?;
                let raw = std::mem::take(&mut cell.raw);
                cell.send(&raw, context, rows, is_hidden)?;
                cell.raw = raw;
                cell.column += 1;
            }
            // A cell that only has a format.
            Token::Empty(b"c", tag) => {
                cell.begin(tag)?;
                cell.column += 1;
            }
            Token::Open(b"row", tag) => {
                let (number, hidden) = row_attributes(tag)?;
                cell.row = number.unwrap_or(next_row);
                next_row = cell.row.saturating_add(1);
                cell.column = 0;
                is_hidden = hidden;
            }
            Token::Empty(b"row", tag) => {
                next_row = row_attributes(tag)?.0.unwrap_or(next_row).saturating_add(1);
            }
            Token::Open(b"sheetData", _) | Token::Empty(b"sheetData", _) => is_sheet = true,
            Token::Open(b"col", tag) | Token::Empty(b"col", tag) if is_set(tag, b"hidden") => {
                let number = |wanted| attribute(tag, wanted).and_then(whole_number);
                if let (Some(first), Some(last)) = (number(b"min"), number(b"max")) {
                    rows.facts.hidden_columns.add(first, last.min(16_384));
                }
            }
            Token::Open(b"mergeCell", tag) | Token::Empty(b"mergeCell", tag) => {
                let range = attribute(tag, b"ref").and_then(|range| std::str::from_utf8(range).ok());
                rows.facts.merge(range.unwrap_or_default());
            }
            _ => {}
        }
    }
    if is_sheet { Ok(()) } else { Err(Fault::Malformed("it has no rows; it is cut off, or is not a sheet").into()) }
}

impl Cell {
    /// Takes place, style and type from the cell's tag; a cell without a place takes the next one.
    fn begin(&mut self, tag: &[u8]) -> Result<(), Fault> {
        let mut seen = PlainCell::default();
        for (name, value) in attributes(tag) {
            match name {
                b"r" => seen.place = Some(value),
                b"s" => seen.style = Some(value),
                b"t" => seen.written = Some(value),
                _ => {}
            }
        }
        self.begin_plain(&seen)
    }

    /// As [`Cell::begin`], with attributes that are already separated.
    fn begin_plain(&mut self, seen: &PlainCell<'_>) -> Result<(), Fault> {
        self.has_formula = false;
        self.raw.clear();
        self.text.clear();
        if let Some(told) = seen.place {
            (self.row, self.column) = place(told).ok_or(Fault::Malformed("a cell has no reference"))?;
        }
        self.style = seen.style.and_then(whole_number).unwrap_or_default() as usize;
        self.written = match seen.written {
            None | Some(b"n") => Written::Number,
            Some(b"s") => Written::Shared,
            Some(b"str") => Written::Formula,
            Some(b"inlineStr" | b"is") => Written::Inline,
            Some(b"b") => Written::Boolean,
            Some(b"e") => Written::Error,
            Some(b"d") => Written::Date,
            Some(_) => return Err(Fault::Malformed("a cell has an unknown type")),
        };
        Ok(())
    }

    /// Reads to the end of the cell.
    fn read(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Fault> {
        let mut in_value = false;
        let mut rich = RichText::default();
        loop {
            match scanner.next()?.ok_or(Fault::Malformed("it ends within a cell"))? {
                Token::Close(b"c") => return Ok(()),
                Token::Open(b"v", _) => in_value = true,
                Token::Close(b"v") => in_value = false,
                Token::Text(text) | Token::Verbatim(text) if in_value => self.raw.extend_from_slice(text),
                Token::Open(b"f", _) | Token::Empty(b"f", _) => self.has_formula = true,
                Token::Open(b"c", _) => return Err(Fault::Malformed("it has a cell within a cell")),
                token if self.written == Written::Inline => rich.take(&token, &mut self.text)?,
                _ => {}
            }
        }
    }

    /// Sends the cell with what stands in its `v`.
    fn send(
        &mut self,
        raw: &[u8],
        context: &Context,
        rows: &mut SheetRows<'_, '_>,
        is_hidden: bool,
    ) -> Result<(), Stumble> {
        let place = (self.row, self.column);
        if self.is_uncomputed(raw, context) {
            rows.facts.uncomputed += 1;
            return Ok(rows.push(place, "=", CellKind::Uncomputed, is_hidden)?);
        }
        if raw.is_empty() && self.written != Written::Inline && self.written != Written::Formula {
            return Ok(());
        }
        let kind = match self.written {
            Written::Shared => {
                let text = whole_number(raw).and_then(|number| context.shared.get(number as usize));
                let text = text.ok_or(Fault::Malformed("a cell refers to a missing text"))?;
                return Ok(rows.push(place, text, CellKind::Text, is_hidden)?);
            }
            Written::Number => {
                let Some(kind) = self.number(raw, context)? else {
                    // The digits are the text.
                    let digits = std::str::from_utf8(raw).unwrap_or_default();
                    return Ok(rows.push(place, digits, CellKind::Number, is_hidden)?);
                };
                kind
            }
            Written::Inline => CellKind::Text,
            Written::Formula => {
                push_escaped(raw, &mut self.text)?;
                CellKind::Text
            }
            Written::Boolean => {
                let raw = raw.trim_ascii();
                let is_true = raw == b"1" || raw.eq_ignore_ascii_case(b"true");
                if !is_true && raw != b"0" && !raw.eq_ignore_ascii_case(b"false") {
                    return Err(Fault::Malformed("a boolean value is not valid").into());
                }
                self.text.push_str(if is_true { "TRUE" } else { "FALSE" });
                CellKind::Boolean
            }
            Written::Error => {
                push_escaped(raw, &mut self.text)?;
                CellKind::Error
            }
            Written::Date => iso_text(std::str::from_utf8(raw).unwrap_or_default(), &mut self.text),
        };
        Ok(rows.push(place, &self.text, kind, is_hidden)?)
    }

    /// Whether it is a formula whose value is not in the file: there is none, or a 0 that is to be computed on opening.
    fn is_uncomputed(&self, raw: &[u8], context: &Context) -> bool {
        let is_number = self.written == Written::Number;
        self.has_formula && is_number && (raw.is_empty() || (context.computes_on_load && raw == b"0"))
    }

    /// Puts a number into the text; `None` where its own digits are the text.
    fn number(&mut self, raw: &[u8], context: &Context) -> Result<Option<CellKind>, Fault> {
        let shape = context.shapes.get(self.style).copied().unwrap_or_default();
        let is_plain = shape == NumberShape::Plain
            && raw.len() <= EXACT_DIGITS
            && raw.iter().all(u8::is_ascii_digit)
            && (raw.first() != Some(&b'0') || raw.len() == 1);
        if is_plain {
            return Ok(None);
        }
        let digits = std::str::from_utf8(raw).map_err(|_| Fault::Malformed("its text is not UTF-8"))?;
        match digits.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(text_of_number(number, shape, context.dates, &mut self.text))),
            // Some programs leave out the type of a text.
            _ => {
                push_escaped(raw, &mut self.text)?;
                Ok(Some(CellKind::Text))
            }
        }
    }
}

/// Number, from 0, and hiding of a row.
fn row_attributes(tag: &[u8]) -> Result<(Option<u32>, bool), Fault> {
    let number = match attribute(tag, b"r") {
        None => None,
        Some(text) => {
            let number = whole_number(text).and_then(|number| number.checked_sub(1));
            Some(number.ok_or(Fault::Malformed("a row has no valid number"))?)
        }
    };
    Ok((number, is_set(tag, b"hidden")))
}

/// A whole number of at most nine digits.
fn whole_number(text: &[u8]) -> Option<u32> {
    let text = text.trim_ascii();
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
}

/// Row and column of `AB12`, counted from 0.
fn place(text: &[u8]) -> Option<(u32, u32)> {
    let letters = text.iter().take_while(|letter| letter.is_ascii_alphabetic()).count();
    if letters == 0 || letters > 4 {
        return None;
    }
    let (letters, digits) = text.split_at(letters);
    let column =
        letters.iter().fold(0, |column, letter| column * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    Some((whole_number(digits)?.checked_sub(1)?, column - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_excel_writes_them() {
        assert_eq!(place(b"A1"), Some((0, 0)));
        assert_eq!(place(b"XFD1048576"), Some((1_048_575, 16_383)));
        assert_eq!(place(b"ab12"), Some((11, 27)));
        for text in [&b""[..], b"1", b"A", b"A0", b"ABCDE1", b"A12345678901", b"A-1"] {
            assert_eq!(place(text), None);
        }
    }
}
