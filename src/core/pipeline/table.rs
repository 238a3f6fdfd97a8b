//! A table of an input: what is known about it once it was read.

use crate::domain::{DateOrder, FindingCode, RowPlace, SourceRow, TableId};
use crate::map::ColumnMap;
use crate::read::{InputFacts, SheetFacts};

/// One table that was read, or passed over.
#[derive(Debug)]
pub struct TableFacts {
    /// The file it is from, with how it was read.
    pub input: InputFacts,
    /// Which table of the file it is.
    pub id: TableId,
    /// Whether the workbook hides the sheet.
    pub hidden: bool,
    /// What the sheet says about itself; `None` for delimited files.
    pub sheet_facts: Option<SheetFacts>,
    /// Whether sheets were chosen, and the file has none.
    pub has_no_sheets_to_choose: bool,
    /// Why the table was passed over; empty for one that was read.
    pub passed_over: String,
    /// First and last of the rows above the header that hold something: titles and notes.
    pub rows_above: Option<(u32, u32)>,
    /// Header row and columns; `None` for a sheet without a roster.
    pub columns: Option<ColumnMap>,
    /// First and last row number that holds a patient row.
    pub row_span: Option<(u32, u32)>,
    /// Rows that hold something.
    pub rows: u64,
    /// Rows between header and end that hold nothing.
    pub blank_rows: u64,
    /// Rows that could not be split into the columns.
    pub unsplit: Unsplit,
    /// Order that the column of birth dates settled on, where that mattered.
    pub birth_date_order: Option<DateOrder>,
}

impl TableFacts {
    /// The path of the file, and the table as reports name it: a sheet, or nothing for a delimited file.
    pub fn location(&self) -> (&str, &str) {
        (self.input.path.as_str(), self.id.label())
    }
}

/// Rows that could not be split into the columns of their table.
#[derive(Clone, Debug, Default)]
pub struct Unsplit {
    /// How many there are.
    pub rows: u64,
    /// Where the first ones are.
    pub first: Vec<UnsplitRow>,
}

/// Rows that a report locates in each table; all of them are in `rows.csv`, and in the fix files with their place.
const LOCATED_MAX: usize = 100;

impl Unsplit {
    /// Counts a row that cannot be split.
    pub(super) fn add(&mut self, row: &SourceRow<'_>, code: FindingCode) {
        self.rows += 1;
        if self.first.len() < LOCATED_MAX {
            self.first.push(UnsplitRow { row: row.number(), place: row.place(), code });
        }
    }

    /// Appends those of the next batch.
    pub(super) fn append(&mut self, next: Self) {
        self.rows += next.rows;
        let room = LOCATED_MAX.saturating_sub(self.first.len());
        self.first.extend(next.first.into_iter().take(room));
    }
}

/// A row that could not be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsplitRow {
    /// Its number.
    pub row: u32,
    /// Where it begins in the file, or in what the file packs; `None` in a workbook.
    pub place: Option<RowPlace>,
    /// Why.
    pub code: FindingCode,
}

/// Two spans of rows as one.
pub(super) fn span_of_both(left: Option<(u32, u32)>, right: Option<(u32, u32)>) -> Option<(u32, u32)> {
    match (left, right) {
        (Some((first, _)), Some((_, last))) => Some((first, last)),
        (span, None) | (None, span) => span,
    }
}
