//! `fix.xlsx` and `fix.csv`: only the rows that need work, in the columns they came in, for the sites to put right and
//! give back. What is wrong stands in a last column; in the workbook the cells are coloured too, with the reason in a
//! note.
//!
//! The workbook is put together in memory, because the library's way around that puts patients into temporary files;
//! that is why the rows are limited.

use std::io::{self, Write};

use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, Note, Workbook, Worksheet, XlsxError};

use super::files::{ReportError, ReportFiles};
use crate::domain::{guarded, starts_formula};

/// Letters that a cell of a workbook holds at most.
const CELL_MAX: usize = 32_767;
/// Columns of a worksheet, the last one kept for what is wrong.
const COLUMNS_MAX: usize = 16_383;
/// Letters of a sheet's name at most.
const SHEET_NAME_MAX: usize = 31;
/// Cells with a note in each workbook. Beyond them a cell is coloured, and the last column says why: a note takes ten
/// kilobytes of memory while the workbook is put together, more than the row it belongs to.
const NOTES_MAX: usize = 1_000;
/// Rows whose cells say how wide a column is shown.
const ROWS_LOOKED_AT: usize = 200;
const FAULTY: Color = Color::RGB(0x00FF_E08A);
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// A row that needs work.
#[derive(Debug)]
pub struct FixRow {
    /// The cells as they came; none for a row that could not be split into columns.
    pub cells: Vec<String>,
    /// Columns, 0-based, whose cells are at fault, each with what is wrong.
    pub faulty: Vec<(usize, String)>,
    /// What is wrong with the row, with its number in the original.
    pub what: String,
}

/// The rows of one table that need work.
#[derive(Debug)]
pub struct FixTable {
    /// The file, with the sheet of a workbook.
    pub name: String,
    /// The headers as they came, or the names of the fields for a table without a header.
    pub header: Vec<String>,
    /// The header of a last column, for what is wrong with the rows.
    pub what_header: &'static str,
    /// The rows in order.
    pub rows: Vec<FixRow>,
}

impl ReportFiles {
    /// Writes `fix.xlsx` with a sheet for each table, and `fix.csv`, or `fix-1.csv`, `fix-2.csv` where there are
    /// several tables. Nothing is written where no row needs work. Tells the rows that are not in the workbook, because
    /// a cell is longer than one allows, or there are too many columns.
    pub fn write_fixes(&self, tables: &[FixTable]) -> Result<u64, ReportError> {
        if tables.is_empty() {
            return Ok(0);
        }
        for (table, number) in tables.iter().zip(1..) {
            let name = if tables.len() == 1 { "fix.csv".to_owned() } else { format!("fix-{number}.csv") };
            self.write(&name, |out| write_csv(table, out))?;
        }
        let mut not_in_workbook = 0;
        self.write("fix.xlsx", |out| {
            let (bytes, left_out) = workbook_of(tables).map_err(io::Error::other)?;
            not_in_workbook = left_out;
            out.write_all(&bytes)
        })?;
        Ok(not_in_workbook)
    }
}

/// With a byte order mark, without which Excel takes UTF-8 for something else.
fn write_csv(table: &FixTable, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(UTF8_MARK)?;
    let mut out = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).flexible(true).from_writer(out);
    for header in &table.header {
        out.write_field(guarded(header).as_bytes())?;
    }
    out.write_field(table.what_header)?;
    out.write_record(None::<&[u8]>)?;
    for row in &table.rows {
        for cell in padded(row, table.header.len()) {
            out.write_field(guarded(cell).as_bytes())?;
        }
        out.write_field(guarded(&row.what).as_bytes())?;
        out.write_record(None::<&[u8]>)?;
    }
    out.flush()
}

/// The cells of a row, as many as there are headers.
fn padded(row: &FixRow, width: usize) -> impl Iterator<Item = &str> {
    row.cells.iter().map(String::as_str).chain(std::iter::repeat("")).take(width)
}

fn workbook_of(tables: &[FixTable]) -> Result<(Vec<u8>, u64), XlsxError> {
    let mut workbook = Workbook::new();
    // The same rows make the same bytes: no clock is read.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let (mut left_out, mut notes_left) = (0, NOTES_MAX);
    for (table, number) in tables.iter().zip(1..) {
        let sheet = workbook.add_worksheet();
        sheet.set_name(sheet_name(&table.name, number))?;
        if table.header.len() > COLUMNS_MAX || table.header.iter().any(|header| is_too_long(header)) {
            left_out += table.rows.len() as u64;
            continue;
        }
        left_out += write_sheet(sheet, table, &mut notes_left)?;
    }
    Ok((workbook.save_to_buffer()?, left_out))
}

/// A name that a workbook allows and no other sheet has.
fn sheet_name(name: &str, number: u32) -> String {
    let prefix = format!("{number} ");
    let rest = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let rest = rest.chars().filter(|letter| !letter.is_control() && !"[]:*?/\\'".contains(*letter));
    let mut name = prefix;
    // A workbook counts in units of UTF-16.
    for letter in rest {
        if name.encode_utf16().count() + letter.len_utf16() > SHEET_NAME_MAX {
            break;
        }
        name.push(letter);
    }
    name.trim_end().to_owned()
}

fn is_too_long(text: &str) -> bool {
    text.len() > CELL_MAX && text.encode_utf16().count() > CELL_MAX
}

/// Writes the rows as text; gives the number of those that a workbook cannot hold.
fn write_sheet(sheet: &mut Worksheet, table: &FixTable, notes_left: &mut usize) -> Result<u64, XlsxError> {
    let looks = Looks::default();
    let last = column_number(table.header.len());
    for (column, header) in (0..).zip(&table.header) {
        sheet.write_string_with_format(0, column, header, looks.format_of(header, true))?;
        sheet.set_column_width(column, shown_width(table, header, column.into()))?;
    }
    sheet.write_string_with_format(0, last, table.what_header, &looks.header)?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_column_width(last, 60)?;
    let (mut at, mut left_out) = (0, 0);
    for row in &table.rows {
        if row.cells.iter().any(|cell| is_too_long(cell)) {
            left_out += 1;
            continue;
        }
        at += 1;
        for (column, cell) in (0..).zip(padded(row, table.header.len())) {
            let fault = row.faulty.iter().find(|(faulty, _)| *faulty == usize::from(column));
            match fault {
                Some((_, what)) => {
                    // A cell that is empty is coloured as well: there, something is missing.
                    sheet.write_string_with_format(at, column, cell, &looks.faulty)?;
                    if *notes_left > 0 {
                        *notes_left -= 1;
                        sheet.insert_note(at, column, &Note::new(what).add_author_prefix(false))?;
                    }
                }
                None if cell.is_empty() => {}
                None => {
                    sheet.write_string_with_format(at, column, cell, looks.format_of(cell, false))?;
                }
            }
        }
        let format = if row.faulty.is_empty() { &looks.faulty } else { &looks.plain };
        sheet.write_string_with_format(at, last, &row.what, format)?;
    }
    Ok(left_out)
}

/// Characters that a column shows: enough for its header and the cells of the first rows, within reason.
fn shown_width(table: &FixTable, header: &str, column: usize) -> f64 {
    let first = table.rows.iter().take(ROWS_LOOKED_AT).filter_map(|row| row.cells.get(column));
    let longest = first.map(String::as_str).chain([header]).map(|text| text.chars().count()).max();
    f64::from(u32::try_from(longest.unwrap_or_default()).unwrap_or(u32::MAX)).clamp(6.0, 40.0) + 2.0
}

fn column_number(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// How cells look. All are text, so that nothing is taken for a number, a date or a formula when it is edited.
struct Looks {
    header: Format,
    plain: Format,
    formula: Format,
    faulty: Format,
}

impl Default for Looks {
    fn default() -> Self {
        let text = || Format::new().set_num_format("@");
        Self {
            header: text().set_bold(),
            plain: text(),
            formula: text().set_quote_prefix(),
            faulty: text().set_background_color(FAULTY).set_quote_prefix().set_align(FormatAlign::Top),
        }
    }
}

impl Looks {
    fn format_of(&self, text: &str, is_header: bool) -> &Format {
        match is_header {
            true => &self.header,
            false if starts_formula(text) => &self.formula,
            false => &self.plain,
        }
    }
}
