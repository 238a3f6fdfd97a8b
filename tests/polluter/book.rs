//! A workbook as its cells, whatever program saves it: `save` gives the file in each format.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};

use super::{biff8, biff12, opendocument};

/// What a cell holds.
#[derive(Clone)]
pub(crate) enum Value {
    Text(String),
    /// Text whose second part is bold.
    Rich(String, String),
    Number(f64),
    Truth(bool),
    /// `#N/A`.
    NotAvailable,
    /// A formula, with the text that it came to where that was saved.
    Formula(Option<String>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

/// How a number is shown. The numbers are those of the cell styles in `xlsb` and `xls`.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shown {
    Plain = 0,
    Date = 1,
    /// Filled up to five digits.
    Zeros = 2,
    /// As `1.23E+12`.
    Shortened = 3,
}

impl Shown {
    pub(super) const ALL: [Self; 4] = [Self::Plain, Self::Date, Self::Zeros, Self::Shortened];

    /// The number of the format, as built in but for that of the zeros.
    pub(super) const fn format(self) -> u16 {
        match self {
            Self::Plain => 0,
            Self::Date => 14,
            Self::Zeros => ZEROS.0,
            Self::Shortened => 11,
        }
    }
}

/// The own number format of a workbook.
pub(super) const ZEROS: (u16, &str) = (164, "00000");

#[derive(Clone)]
pub(crate) struct Cell {
    pub(super) value: Value,
    pub(super) shown: Shown,
}

/// A sheet; rows and columns from 0.
#[derive(Clone, Default)]
pub(crate) struct Sheet {
    pub(crate) is_hidden: bool,
    pub(crate) hidden_rows: BTreeSet<u32>,
    pub(crate) hidden_columns: BTreeSet<u32>,
    pub(super) cells: BTreeMap<(u32, u32), Cell>,
    /// First row, last row, first column, last column.
    pub(super) merged: Vec<[u32; 4]>,
}

impl Sheet {
    pub(crate) fn write(&mut self, row: u32, column: u32, value: impl Into<Value>) {
        self.cells.insert((row, column), Cell { value: value.into(), shown: Shown::Plain });
    }

    pub(crate) fn write_number(&mut self, row: u32, column: u32, number: f64, shown: Shown) {
        self.cells.insert((row, column), Cell { value: Value::Number(number), shown });
    }

    pub(crate) fn write_row(&mut self, row: u32, column: u32, texts: &[&str]) {
        for (column, text) in (column..).zip(texts) {
            self.write(row, column, *text);
        }
    }

    pub(crate) fn merge(&mut self, row: u32, (first, last): (u32, u32), text: &str) {
        self.write(row, first, text);
        self.merged.push([row, row, first, last]);
    }

    /// The cells by row, and the hidden rows without any.
    pub(super) fn rows(&self) -> BTreeMap<u32, Vec<(u32, &Cell)>> {
        let mut rows: BTreeMap<u32, Vec<(u32, &Cell)>> =
            self.hidden_rows.iter().map(|row| (*row, Vec::new())).collect();
        for ((row, column), cell) in &self.cells {
            rows.entry(*row).or_default().push((*column, cell));
        }
        rows
    }
}

/// A workbook.
#[derive(Clone, Default)]
pub(crate) struct Book {
    pub(crate) sheets: Vec<Sheet>,
    /// Whether days are counted from 1904.
    pub(crate) from_1904: bool,
}

/// The format of a workbook.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Saved {
    Xlsx,
    Xlsb,
    Xls,
    Ods,
}

impl Saved {
    pub(crate) const ALL: [Self; 4] = [Self::Xlsx, Self::Xlsb, Self::Xls, Self::Ods];

    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xlsb => "xlsb",
            Self::Xls => "xls",
            Self::Ods => "ods",
        }
    }

    /// The last row and column of its sheets; of an xls one that is loaded in a moment, as that is a rectangle.
    pub(crate) const fn far_corner(self) -> (u32, u32) {
        match self {
            Self::Xls => (3_000, 200),
            _ => (1_048_575, 16_383),
        }
    }
}

impl Book {
    pub(crate) fn add_sheet(&mut self) -> &mut Sheet {
        self.sheets.push(Sheet::default());
        self.sheets.last_mut().expect("a sheet")
    }

    /// The file.
    pub(crate) fn save(&self, format: Saved) -> Vec<u8> {
        match format {
            Saved::Xlsx => self.save_xlsx(),
            Saved::Xlsb => biff12::save(self),
            Saved::Xls => biff8::save(self),
            Saved::Ods => opendocument::save(self),
        }
    }

    fn save_xlsx(&self) -> Vec<u8> {
        let mut workbook = Workbook::new();
        for sheet in &self.sheets {
            write_sheet(workbook.add_worksheet(), sheet).expect("written");
        }
        let bytes = workbook.save_to_buffer().expect("saved");
        if !self.from_1904 {
            return bytes;
        }
        super::edited(&bytes, "xl/workbook.xml", |text| {
            let marked = text.replacen("<workbookPr ", "<workbookPr date1904=\"1\" ", 1);
            assert_ne!(marked, text);
            marked
        })
    }
}

fn write_sheet(out: &mut Worksheet, sheet: &Sheet) -> Result<(), rust_xlsxwriter::XlsxError> {
    let (plain, bold) = (Format::new(), Format::new().set_bold());
    let code = |shown| match shown {
        Shown::Plain => "General",
        Shown::Date => "mm/dd/yyyy",
        Shown::Zeros => ZEROS.1,
        Shown::Shortened => "0.00E+00",
    };
    out.set_hidden(sheet.is_hidden);
    for [row, _, first, last] in &sheet.merged {
        out.merge_range(*row, narrow(*first), *row, narrow(*last), "", &bold)?;
    }
    for ((row, column), cell) in &sheet.cells {
        let column = narrow(*column);
        match &cell.value {
            Value::Text(text) => out.write(*row, column, text.as_str())?,
            Value::Rich(front, back) => out.write_rich_string(*row, column, &[(&plain, front), (&bold, back)])?,
            Value::Number(number) if cell.shown == Shown::Plain => out.write(*row, column, *number)?,
            Value::Number(number) => {
                out.write_with_format(*row, column, *number, &Format::new().set_num_format(code(cell.shown)))?
            }
            Value::Truth(truth) => out.write(*row, column, *truth)?,
            Value::NotAvailable => out.write(*row, column, Formula::new("=NA()").set_result("#N/A"))?,
            Value::Formula(Some(value)) => {
                out.write(*row, column, Formula::new("=UPPER(\"x\")").set_result(value.as_str()))?
            }
            Value::Formula(None) => out.write(*row, column, Formula::new("=VLOOKUP(A4,Codes!A:B,2)"))?,
        };
    }
    for row in &sheet.hidden_rows {
        out.set_row_hidden(*row)?;
    }
    for column in &sheet.hidden_columns {
        out.set_column_hidden(narrow(*column))?;
    }
    Ok(())
}

pub(super) fn narrow(number: u32) -> u16 {
    u16::try_from(number).expect("small")
}

/// An archive of parts.
pub(super) fn archive(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).expect("begun");
        archive.write_all(content).expect("packed");
    }
    archive.finish().expect("packed").into_inner()
}
