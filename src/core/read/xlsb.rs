//! Binary workbooks of Excel 2007 and later (MS-XLSB): the parts of an xlsx workbook, as records instead of markup.
//! Read as a stream, within the limits of the archive, and never beyond a record's end.

use super::cells::{DateSystem, text_of_number};
use super::markup::Fault;
use super::number_format::NumberShape;
use super::package::{Package, Pieces};
use super::roster::{Emit, ReadEvent};
use super::sheet_rows::SheetRows;
use super::workbook::{End, Sheet, sheet_name};
use super::xlsx::{Context, SharedTexts, Stumble, relations};
use crate::domain::CellKind;
use crate::domain::column_name;

/// The part that lists the sheets.
pub(super) const WORKBOOK: &str = "xl/workbook.bin";
/// Bytes of a record: a cell has at most 32,767 characters, and formatting beside them.
const RECORD_MAX: usize = 4 << 20;

/// Reads every sheet. Tells whether one holds something.
pub(super) fn read_xlsb(package: &Package<'_>, emit: &mut Emit<'_>) -> Result<bool, End> {
    let relations = relations(package, WORKBOOK)?;
    let target = |kind: &str, usual: &str| {
        let related = relations.iter().find(|relation| relation.kind == kind);
        related.map_or_else(|| usual.to_owned(), |relation| relation.target.clone())
    };
    let mut book = Book::default();
    each_record(package, WORKBOOK, |kind, record| book.take(kind, record))?;
    if book.sheets.is_empty() {
        return Err(package.broken("it has no list of sheets").into());
    }
    let mut styles = Styles::default();
    each_record(package, &target("styles", "xl/styles.bin"), |kind, record| styles.take(kind, record))?;
    let mut shared = SharedTexts::new(package.limits());
    each_record(package, &target("sharedstrings", "xl/sharedstrings.bin"), |kind, record| {
        if kind == SHARED_TEXT {
            shared.push(|text| push_wide(record.get(1..)?, text))?;
        }
        Ok(())
    })?;
    let context = Context { shared, shapes: styles.shapes, dates: book.dates, computes_on_load: book.computes_on_load };
    let (mut holds_something, mut cells_seen) = (false, 0);
    for (sheet, id) in &book.sheets {
        let part = match relations.iter().find(|relation| relation.id == *id) {
            Some(relation) if relation.kind != "worksheet" => continue,
            Some(relation) if package.holds(&relation.target) => &relation.target,
            _ => return Err(package.broken(format!("sheet \"{}\" is not in it", sheet.name)).into()),
        };
        emit(ReadEvent::Table { sheet: Some(sheet.name.clone()), hidden: sheet.is_hidden, delimiter: None })?;
        let mut rows = SheetRows::new(emit, &sheet.name, &mut cells_seen, package.limits());
        rows.facts.dates = Some(book.dates);
        let mut reader = SheetReader { context: &context, row: 0, column: 0, is_hidden: false, text: String::new() };
        each_record(package, part, |kind, record| reader.take(kind, record, &mut rows))?;
        holds_something |= rows.finish().map_err(|end| Stumble::Sheet(end).into_end(package, ""))?;
    }
    Ok(holds_something)
}

// Record numbers of MS-XLSB 2.3.2.
const ROW: u16 = 0;
const SHARED_TEXT: u16 = 19;
const FORMAT: u16 = 44;
const STYLE: u16 = 47;
const COLUMN: u16 = 60;
const RICH_TEXT_CELL: u16 = 62;
const WORKBOOK_PROPERTIES: u16 = 153;
const SHEET: u16 = 156;
const CALCULATION: u16 = 157;
const MERGED: u16 = 176;
const CELL_STYLES_BEGIN: u16 = 617;
const CELL_STYLES_END: u16 = 618;

/// A record that is too short for what it says.
fn short() -> Stumble {
    Stumble::Markup(Fault::Malformed("a record is cut off"))
}

#[derive(Default)]
struct Book {
    sheets: Vec<(Sheet, String)>,
    dates: DateSystem,
    computes_on_load: bool,
}

impl Book {
    fn take(&mut self, kind: u16, record: &[u8]) -> Result<(), Stumble> {
        match kind {
            SHEET => {
                let (mut id, mut name) = (String::new(), String::new());
                let rest = record.get(8..).ok_or_else(short)?;
                let used = push_wide(rest, &mut id).ok_or_else(short)?;
                push_wide(rest.get(used..).unwrap_or_default(), &mut name).ok_or_else(short)?;
                let is_hidden = number(record, 0).ok_or_else(short)? != 0;
                self.sheets.push((Sheet { name: sheet_name(name), is_hidden }, id));
            }
            WORKBOOK_PROPERTIES if number(record, 0).is_some_and(|flags| flags & 1 == 1) => {
                self.dates = DateSystem::From1904;
            }
            CALCULATION => self.computes_on_load |= record.get(24).is_some_and(|flags| flags & 1 == 1),
            _ => {}
        }
        Ok(())
    }
}

#[derive(Default)]
struct Styles {
    codes: Vec<(u16, NumberShape)>,
    of_cells: bool,
    shapes: Vec<NumberShape>,
}

impl Styles {
    fn take(&mut self, kind: u16, record: &[u8]) -> Result<(), Stumble> {
        match kind {
            FORMAT => {
                let mut code = String::new();
                push_wide(record.get(2..).ok_or_else(short)?, &mut code).ok_or_else(short)?;
                self.codes.push((short_number(record, 0).ok_or_else(short)?, NumberShape::of_code(&code)));
            }
            CELL_STYLES_BEGIN => self.of_cells = true,
            CELL_STYLES_END => self.of_cells = false,
            STYLE if self.of_cells => {
                let id = short_number(record, 2).ok_or_else(short)?;
                let own = self.codes.iter().find(|(code, _)| *code == id).map(|(_, shape)| *shape);
                self.shapes.push(own.unwrap_or_else(|| NumberShape::of_built_in(id.into())));
            }
            _ => {}
        }
        Ok(())
    }
}

struct SheetReader<'a> {
    context: &'a Context,
    row: u32,
    /// The column after the last cell.
    column: u32,
    is_hidden: bool,
    text: String,
}

impl SheetReader<'_> {
    fn take(&mut self, kind: u16, record: &[u8], rows: &mut SheetRows<'_, '_>) -> Result<(), Stumble> {
        match kind {
            ROW => {
                self.row = number(record, 0).ok_or_else(short)?;
                self.column = 0;
                // The row's height is none.
                self.is_hidden = record.get(11).is_some_and(|flags| flags & 0x10 != 0);
                Ok(())
            }
            1..=11 | RICH_TEXT_CELL => {
                self.column = number(record, 0).ok_or_else(short)?;
                self.take_cell(kind, record.get(4..).ok_or_else(short)?, rows)
            }
            // The same without a column: the next one.
            12..=18 => self.take_cell(kind - 11, record, rows),
            COLUMN => {
                let (first, last) = number(record, 0).zip(number(record, 4)).ok_or_else(short)?;
                if record.get(16).is_some_and(|flags| flags & 1 == 1) && last < 16_384 {
                    rows.facts.hidden_columns.add(first.saturating_add(1), last + 1);
                }
                Ok(())
            }
            MERGED => {
                let at = |offset| number(record, offset).map(|number| number.saturating_add(1));
                if let (Some(top), Some(bottom), Some(left), Some(right)) = (at(0), at(4), at(8), at(12)) {
                    rows.facts.merge(&format!("{}{top}:{}{bottom}", column_name(left), column_name(right)));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A cell whose record begins with its style.
    fn take_cell(&mut self, kind: u16, cell: &[u8], rows: &mut SheetRows<'_, '_>) -> Result<(), Stumble> {
        let style = number(cell, 0).ok_or_else(short)? & 0x00ff_ffff;
        let value = cell.get(4..).unwrap_or_default();
        let place = (self.row, self.column);
        self.column = self.column.saturating_add(1);
        self.text.clear();
        let kind = match kind {
            1 => return Ok(()),
            2 => self.number(short_float(value).ok_or_else(short)?, style),
            3 | 11 => {
                self.text.push_str(error_name(*value.first().ok_or_else(short)?));
                CellKind::Error
            }
            4 | 10 => {
                self.text.push_str(if *value.first().ok_or_else(short)? == 0 { "FALSE" } else { "TRUE" });
                CellKind::Boolean
            }
            5 | 9 => {
                let bytes = value.get(..8).and_then(|bytes| bytes.try_into().ok()).ok_or_else(short)?;
                let number = f64::from_le_bytes(bytes);
                if kind == 9 && self.context.computes_on_load && number == 0.0 {
                    rows.facts.uncomputed += 1;
                    return Ok(rows.push(place, "=", CellKind::Uncomputed, self.is_hidden)?);
                }
                self.number(number, style)
            }
            7 => {
                let index = number(value, 0).ok_or_else(short)?;
                let text = self.context.shared.get(index as usize);
                let text = text.ok_or(Fault::Malformed("a cell refers to a missing text"))?;
                return Ok(rows.push(place, text, CellKind::Text, self.is_hidden)?);
            }
            6 | 8 => {
                push_wide(value, &mut self.text).ok_or_else(short)?;
                CellKind::Text
            }
            // Rich text.
            _ => {
                push_wide(value.get(1..).ok_or_else(short)?, &mut self.text).ok_or_else(short)?;
                CellKind::Text
            }
        };
        Ok(rows.push(place, &self.text, kind, self.is_hidden)?)
    }

    fn number(&mut self, number: f64, style: u32) -> CellKind {
        let shape = self.context.shapes.get(style as usize).copied().unwrap_or_default();
        text_of_number(number, shape, self.context.dates, &mut self.text)
    }
}

/// The names of errors (MS-XLSB 2.5.97.2).
fn error_name(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0f => "#VALUE!",
        0x17 => "#REF!",
        0x1d => "#NAME?",
        0x24 => "#NUM!",
        0x2a => "#N/A",
        _ => "#ERROR!",
    }
}

/// A number in four bytes (MS-XLSB 2.5.122): whole or the upper half of a float, perhaps in hundredths.
fn short_float(bytes: &[u8]) -> Option<f64> {
    let held = number(bytes, 0)?;
    let value = if held & 2 == 0 {
        f64::from_bits(u64::from(held & 0xffff_fffc) << 32)
    } else {
        f64::from(held.cast_signed() >> 2)
    };
    Some(if held & 1 == 0 { value } else { value / 100.0 })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn short_number(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

/// Appends a text with its length in front, in UTF-16; gives the bytes that it takes. `None` where it is cut off.
fn push_wide(bytes: &[u8], text: &mut String) -> Option<usize> {
    let length = number(bytes, 0)? as usize;
    if length == 0xffff_ffff {
        return Some(4);
    }
    let units = bytes.get(4..4 + length.checked_mul(2)?)?;
    let units = units.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    text.extend(char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)));
    Some(4 + length * 2)
}

/// Takes in a record with its number.
type TakeRecord<'a> = dyn FnMut(u16, &[u8]) -> Result<(), Stumble> + 'a;

/// Shows every record of a part; nothing of a part that is not there.
fn each_record(
    package: &Package<'_>,
    part: &str,
    mut take: impl FnMut(u16, &[u8]) -> Result<(), Stumble>,
) -> Result<(), End> {
    if !package.holds(part) {
        return Ok(());
    }
    package.stream(part, |pieces| {
        let mut records = Records { pieces, bytes: Vec::new(), at: 0 };
        records.each(&mut take).map_err(|stumble| stumble.into_end(package, part))
    })
}

/// The records of a part.
struct Records {
    pieces: Pieces,
    bytes: Vec<u8>,
    at: usize,
}

impl Records {
    fn each(&mut self, take: &mut TakeRecord<'_>) -> Result<(), Stumble> {
        loop {
            let Some((kind, length)) = self.head()? else { return Ok(()) };
            while self.bytes.len() - self.at < length {
                if !self.fill()? {
                    return Err(short());
                }
            }
            take(kind, self.bytes.get(self.at..self.at + length).unwrap_or_default())?;
            self.at += length;
        }
    }

    /// Number and length of the next record (MS-XLSB 2.1.4); `None` at the end.
    fn head(&mut self) -> Result<Option<(u16, usize)>, Stumble> {
        while self.bytes.len() - self.at < 6 && self.fill()? {}
        let mut bytes = self.bytes.get(self.at..).unwrap_or_default().iter();
        let Some(first) = bytes.next() else { return Ok(None) };
        let mut kind = u16::from(first & 0x7f);
        let mut used = 1;
        if first & 0x80 != 0 {
            kind |= u16::from(bytes.next().ok_or_else(short)? & 0x7f) << 7;
            used += 1;
        }
        let mut length = 0_usize;
        for place in 0..4 {
            let byte = bytes.next().ok_or_else(short)?;
            used += 1;
            length |= usize::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                break;
            }
        }
        if length > RECORD_MAX {
            return Err(Fault::TooLong.into());
        }
        self.at += used;
        Ok(Some((kind, length)))
    }

    fn fill(&mut self) -> Result<bool, Stumble> {
        let Some(piece) = self.pieces.next_piece().map_err(Fault::Io)? else { return Ok(false) };
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.extend_from_slice(&piece);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_four_bytes_are_whole_or_halves_of_floats() {
        assert_eq!(short_float(&(12_345_u32 << 2 | 2).to_le_bytes()), Some(12_345.0));
        assert_eq!(short_float(&(1_234_567_u32 << 2 | 3).to_le_bytes()), Some(12_345.67));
        assert_eq!(short_float(&((-5_i32 << 2).cast_unsigned() | 2).to_le_bytes()), Some(-5.0));
        assert_eq!(short_float(&0x3ff8_0000_u32.to_le_bytes()), Some(1.5));
        assert_eq!(short_float(b"abc"), None);
    }

    #[test]
    fn the_calendar_and_the_sheets_are_told_by_the_workbook() {
        let mut book = Book::default();
        book.take(WORKBOOK_PROPERTIES, &[1, 0, 0, 0, 0, 0, 0, 0]).map_err(|_| ()).expect("sound");
        assert_eq!(book.dates, DateSystem::From1904);
        let sheet = b"\x01\0\0\0\x01\0\0\0\x02\0\0\0r\x001\0\x03\0\0\0O\0l\0d\0";
        book.take(SHEET, sheet).map_err(|_| ()).expect("sound");
        assert_eq!(book.sheets, [(Sheet { name: "Old".to_owned(), is_hidden: true }, "r1".to_owned())]);
        assert!(book.take(SHEET, &sheet[..20]).is_err());
    }

    #[test]
    fn texts_that_are_cut_off_are_noticed() {
        let mut text = String::new();
        assert_eq!(push_wide(b"\x02\0\0\0N\0g\0x", &mut text), Some(8));
        assert_eq!(text, "Ng");
        assert_eq!(push_wide(b"\x02\0\0\0N\0g", &mut text), None);
        assert_eq!(push_wide(b"\xff\xff\xff\x7f", &mut text), None);
    }
}
