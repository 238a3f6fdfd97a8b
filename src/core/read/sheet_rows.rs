//! From cells with positions to rows of one width. A sheet has no width of its own: rows end where their last value
//! stands, which says nothing about the row. So the first batch is held back until its widest row is known, and every
//! row is padded to that width. Rows without a value are left out; row numbers tell where they were.

use std::collections::BTreeSet;

use super::limits::{Excess, Limit, Limits};
use super::roster::{Emit, ROWS_PER_BATCH, ReadEvent, Stopped, TEXT_PER_BATCH};
use super::sheet_facts::SheetFacts;
use crate::domain::{CellKind, RowBatch, RowFault};

/// Rows of a sheet: as many as Excel has room for.
pub(super) const ROWS_MAX: u32 = 1_048_576;
/// Values beyond the last column that can be read which may be left out.
const LEFT_OUT_MAX: u64 = 10_000;

/// Why the rows of a sheet cannot go on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SheetEnd {
    /// The receiver is gone.
    Stopped,
    /// More than a roster has; says what and where.
    TooLarge(Excess),
    /// The sheet contradicts itself; says how and where.
    Broken(String),
}

impl From<Excess> for SheetEnd {
    fn from(excess: Excess) -> Self {
        Self::TooLarge(excess)
    }
}

impl From<Stopped> for SheetEnd {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// Collects the cells of one sheet and sends them as rows.
pub(super) struct SheetRows<'a, 'e> {
    emit: &'a mut Emit<'e>,
    sheet: &'a str,
    /// Cells of the workbook so far.
    cells_seen: &'a mut u64,
    limits: &'a Limits,
    /// Columns that can be read.
    columns_max: u32,
    /// What is known about the sheet so far.
    pub(super) facts: SheetFacts,
    /// The cells of the first batch.
    held_text: String,
    held: Vec<LooseCell>,
    /// Later rows, of the width that is known then.
    batch: RowBatch,
    next_column: u32,
    rows: usize,
    last: Option<(u32, u32)>,
    width: Option<u32>,
    holds_something: bool,
    /// Rows with a NUL character in a cell: as in delimited text, nothing of them is taken in.
    nul_rows: BTreeSet<u32>,
}

#[derive(Clone, Copy)]
struct LooseCell {
    row: u32,
    column: u32,
    end: usize,
    kind: CellKind,
}

impl<'a, 'e> SheetRows<'a, 'e> {
    pub(super) fn new(emit: &'a mut Emit<'e>, sheet: &'a str, cells_seen: &'a mut u64, limits: &'a Limits) -> Self {
        Self {
            emit,
            sheet,
            cells_seen,
            limits,
            columns_max: u32::try_from(limits.get(Limit::Columns)).unwrap_or(u32::MAX),
            facts: SheetFacts::default(),
            held_text: String::new(),
            held: Vec::new(),
            batch: RowBatch::default(),
            next_column: 0,
            rows: 0,
            last: None,
            width: None,
            holds_something: false,
            nul_rows: BTreeSet::new(),
        }
    }

    /// Appends a cell at a position counted from 0. Cells come in reading order; empty ones are left out. `is_hidden`
    /// says whether the workbook hides its row.
    pub(super) fn push(
        &mut self,
        (row, column): (u32, u32),
        text: &str,
        kind: CellKind,
        is_hidden: bool,
    ) -> Result<(), SheetEnd> {
        if self.last.is_some_and(|last| last >= (row, column)) {
            let place = format!("the cells of sheet \"{}\" are out of order in row {}", self.sheet, row + 1);
            return Err(SheetEnd::Broken(place));
        }
        self.check_limits(row, column, text)?;
        if column >= self.columns_max || self.width.is_some_and(|width| column >= width) {
            // A column that only begins further down has no header, and so no meaning.
            if !text.trim().is_empty() {
                self.facts.leave_out(row, column);
            }
            return Ok(());
        }
        if self.last.is_none_or(|(last, _)| last != row) {
            self.begin_row(row, is_hidden)?;
        }
        if memchr::memchr(0, text.as_bytes()).is_some() {
            self.nul_rows.insert(row);
        }
        self.last = Some((row, column));
        self.holds_something = self.holds_something || !text.trim().is_empty();
        if self.width.is_some() {
            pad(&mut self.batch, column - self.next_column);
            self.batch.push_cell(text, kind);
            self.next_column = column + 1;
        } else {
            self.held_text.push_str(text);
            self.held.push(LooseCell { row, column, end: self.held_text.len(), kind });
        }
        Ok(())
    }

    fn check_limits(&mut self, row: u32, column: u32, text: &str) -> Result<(), SheetEnd> {
        *self.cells_seen += 1;
        let place = || format!("sheet \"{}\" has a value in row {}, column {}", self.sheet, row + 1, column + 1);
        let most = |limit| self.limits.get(limit);
        if row >= ROWS_MAX {
            return Err(Excess::fixed(format!("{}, and the limit is {ROWS_MAX} rows", place())).into());
        }
        if column >= self.columns_max && self.facts.left_out >= LEFT_OUT_MAX {
            return Err(self.too_wide(&place()));
        }
        let characters = self.limits.count(Limit::Characters);
        if text.len() > characters && text.chars().count() > characters {
            let excess = format!("{} that is longer than {characters} characters", place());
            return Err(Excess::new(Limit::Characters, excess).into());
        }
        if *self.cells_seen > most(Limit::Cells) {
            let excess = format!("the workbook has more than {} cells", most(Limit::Cells));
            return Err(Excess::new(Limit::Cells, excess).into());
        }
        Ok(())
    }

    fn too_wide(&self, place: &str) -> SheetEnd {
        Excess::new(Limit::Columns, format!("{place}, and the limit is {} columns", self.columns_max)).into()
    }

    /// Closes the row before and begins the next.
    fn begin_row(&mut self, row: u32, is_hidden: bool) -> Result<(), SheetEnd> {
        self.end_row();
        let is_full = |text: usize| self.rows >= ROWS_PER_BATCH || text >= TEXT_PER_BATCH;
        if is_full(self.held_text.len().max(self.batch.text_bytes())) {
            self.flush()?;
        }
        self.rows += 1;
        if is_hidden {
            self.facts.hidden_rows.add(row + 1, row + 1);
        }
        Ok(())
    }

    /// Closes the last row, where the width is known.
    fn end_row(&mut self) {
        if let (Some(width), Some((row, _))) = (self.width, self.last)
            && self.next_column > 0
        {
            pad(&mut self.batch, width - self.next_column);
            close(&mut self.batch, row, &self.facts, &self.nul_rows);
            self.next_column = 0;
        }
    }

    /// Sends what is left and ends the table. Tells whether the sheet holds anything.
    pub(super) fn finish(mut self) -> Result<bool, SheetEnd> {
        self.end_row();
        self.flush()?;
        if let (false, Some((row, column))) = (self.holds_something, self.facts.first_left_out) {
            let place = format!("sheet \"{}\" has a value in row {row}, column {column}", self.sheet);
            return Err(self.too_wide(&place));
        }
        self.facts.hidden_columns = self.facts.hidden_columns.up_to(self.width.unwrap_or_default());
        (self.emit)(ReadEvent::Sheet(Box::new(self.facts)))?;
        (self.emit)(ReadEvent::EndOfTable)?;
        Ok(self.holds_something)
    }

    fn flush(&mut self) -> Result<(), SheetEnd> {
        self.rows = 0;
        if self.width.is_none() && !self.held.is_empty() {
            let width = self.held.iter().map(|cell| cell.column + 1).max().unwrap_or_default();
            self.width = Some(width);
            self.lay_out_held(width);
        }
        if !self.batch.is_empty() {
            (self.emit)(ReadEvent::Rows(std::mem::take(&mut self.batch).into()))?;
        }
        Ok(())
    }

    /// The rows of the first batch, now that their width is known.
    fn lay_out_held(&mut self, width: u32) {
        let (held, text) = (std::mem::take(&mut self.held), std::mem::take(&mut self.held_text));
        let mut start = 0;
        for row in held.chunk_by(|left, right| left.row == right.row) {
            let mut next = 0;
            for cell in row {
                pad(&mut self.batch, cell.column - next);
                self.batch.push_cell(text.get(start..cell.end).unwrap_or_default(), cell.kind);
                start = cell.end;
                next = cell.column + 1;
            }
            pad(&mut self.batch, width - next);
            close(&mut self.batch, row.first().map_or(0, |cell| cell.row), &self.facts, &self.nul_rows);
        }
    }
}

/// Closes a row, counted from 0.
fn close(batch: &mut RowBatch, row: u32, facts: &SheetFacts, nul_rows: &BTreeSet<u32>) {
    if nul_rows.contains(&row) {
        batch.end_faulty_row(row + 1, RowFault::Nul, None);
    } else if facts.hidden_rows.holds(row + 1) {
        batch.end_hidden_row(row + 1);
    } else {
        batch.end_row(row + 1);
    }
}

fn pad(batch: &mut RowBatch, cells: u32) {
    for _ in 0..cells {
        batch.push_cell("", CellKind::Text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Sent = (Vec<(u32, Vec<String>)>, SheetFacts);

    fn sent(cells: &[(u32, u32, &str)]) -> Result<Sent, SheetEnd> {
        let mut rows = Vec::new();
        let mut facts = SheetFacts::default();
        let mut emit = |event| {
            match event {
                ReadEvent::Rows(batch) => {
                    let texts =
                        |row: crate::domain::SourceRow<'_>| row.cells().map(|(text, _)| text.to_owned()).collect();
                    rows.extend(batch.split().rows().map(|row| (row.number(), texts(row))));
                }
                ReadEvent::Sheet(of_sheet) => facts = *of_sheet,
                _ => {}
            }
            Ok(())
        };
        let (mut seen, limits) = (0, Limits::default());
        let mut sheet = SheetRows::new(&mut emit, "Roster", &mut seen, &limits);
        for (row, column, text) in cells {
            sheet.push((*row, *column), text, CellKind::Text, row % 10 == 7)?;
        }
        sheet.finish()?;
        Ok((rows, facts))
    }

    #[test]
    fn every_row_is_as_wide_as_the_widest_of_the_first_batch() {
        let (rows, _) = sent(&[(0, 0, "Last"), (0, 1, "First"), (4, 1, "Ann"), (5, 3, "note")]).expect("sent");
        assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 5, 6]);
        assert_eq!(rows[0].1, ["Last", "First", "", ""]);
        assert_eq!(rows[1].1, ["", "Ann", "", ""]);
        assert_eq!(rows[2].1, ["", "", "", "note"]);
    }

    #[test]
    fn values_in_columns_that_begin_further_down_do_not_widen_rows_and_are_told() {
        let mut cells: Vec<(u32, u32, &str)> = (0..5_000).map(|row| (row, 0, "x")).collect();
        cells.push((5_000, 7, "stray"));
        cells.push((5_001, 0, "y"));
        let (rows, facts) = sent(&cells).expect("sent");
        assert_eq!(rows.len(), 5_001);
        assert!(rows.iter().all(|(_, cells)| cells.len() == 1));
        assert_eq!((facts.left_out, facts.first_left_out), (1, Some((5_001, 8))));
        assert_eq!((rows[4_999].0, rows[5_000].0), (5_000, 5_002));
    }

    #[test]
    fn a_value_at_the_far_corner_costs_nothing_and_is_told() {
        let (rows, facts) = sent(&[(0, 0, "Last"), (1, 0, "Ng"), (1_048_575, 16_383, "x")]).expect("sent");
        assert_eq!((rows.len(), facts.first_left_out), (2, Some((1_048_576, 16_384))));
        assert!(matches!(sent(&[(1_048_576, 0, "x")]), Err(SheetEnd::TooLarge(_))));
        assert!(matches!(sent(&[(0, 0, &"x".repeat(32_768))]), Err(SheetEnd::TooLarge(_))));
        assert!(sent(&[(0, 0, &"\u{e9}".repeat(32_767))]).is_ok());
    }

    #[test]
    fn cells_out_of_order_are_refused_across_batches_too() {
        let mut cells: Vec<(u32, u32, &str)> = (0..5_000).map(|row| (row, 1, "x")).collect();
        for (row, column) in [(4_999, 1), (4_999, 0), (4_998, 5), (4, 0)] {
            cells.push((row, column, "y"));
            assert!(matches!(sent(&cells), Err(SheetEnd::Broken(_))), "{row} {column}");
            cells.pop();
        }
    }

    #[test]
    fn a_row_with_a_nul_in_a_cell_is_set_aside_in_every_batch() {
        let mut faults = Vec::new();
        let mut emit = |event| {
            if let ReadEvent::Rows(batch) = event {
                let batch = batch.split();
                let set_aside = batch.rows().filter(|row| row.fault().is_some());
                faults.extend(set_aside.map(|row| (row.number(), row.fault(), row.len())));
            }
            Ok(())
        };
        let (mut seen, limits) = (0, Limits::default());
        let mut sheet = SheetRows::new(&mut emit, "Roster", &mut seen, &limits);
        for row in 0..9_000 {
            let text = if row == 3 || row == 8_000 { "N\0g" } else { "Ng" };
            for (column, text) in [(0, "1"), (1, text), (2, "Ann")] {
                sheet.push((row, column), text, CellKind::Text, false).expect("taken");
            }
        }
        sheet.finish().expect("sent");
        assert_eq!(faults, [(4, Some(RowFault::Nul), 0), (8_001, Some(RowFault::Nul), 0)]);
    }

    #[test]
    fn hidden_rows_are_known_in_every_batch() {
        let cells: Vec<(u32, u32, &str)> = (0..9_000).map(|row| (row, 0, "x")).collect();
        let (_, facts) = sent(&cells).expect("sent");
        assert_eq!(facts.hidden_rows.count(), 900);
    }
}
