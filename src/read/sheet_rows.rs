//! From cells with positions to rows of one width. A sheet has no width of its own: rows end where their last value
//! stands, which says nothing about the row. So the first batch is held back until its widest row is known, and every
//! row is padded to that width. Rows without a value are left out; row numbers tell where they were.

use super::roster::{Emit, ROWS_PER_BATCH, ReadEvent, Stopped, TEXT_PER_BATCH};
use crate::domain::{CellKind, RowBatch};

/// Columns of a sheet that can be read; an Excel sheet has room for 16,384.
pub(super) const COLUMNS_MAX: u32 = 1_024;

/// Collects the cells of one sheet and sends them as rows.
pub(super) struct SheetRows<'a, 'e> {
    emit: &'a mut Emit<'e>,
    text: String,
    cells: Vec<LooseCell>,
    rows: usize,
    row: Option<u32>,
    width: Option<u32>,
    holds_something: bool,
}

#[derive(Clone, Copy)]
struct LooseCell {
    row: u32,
    column: u32,
    end: usize,
    kind: CellKind,
}

impl<'a, 'e> SheetRows<'a, 'e> {
    pub(super) fn new(emit: &'a mut Emit<'e>) -> Self {
        Self { emit, text: String::new(), cells: Vec::new(), rows: 0, row: None, width: None, holds_something: false }
    }

    /// Whether a cell at the position, counted from 0, is the next one in reading order.
    pub(super) fn is_in_order(&self, row: u32, column: u32) -> bool {
        self.cells.last().map_or(self.row.is_none_or(|last| row > last), |last| (last.row, last.column) < (row, column))
    }

    /// Appends a cell at a position counted from 0. Cells come in reading order; empty ones are left out.
    pub(super) fn push(&mut self, row: u32, column: u32, text: &str, kind: CellKind) -> Result<(), Stopped> {
        if self.row != Some(row) {
            if self.rows >= ROWS_PER_BATCH || self.text.len() >= TEXT_PER_BATCH {
                self.flush()?;
            }
            self.rows += 1;
            self.row = Some(row);
        }
        self.holds_something |= !text.trim().is_empty();
        self.text.push_str(text);
        self.cells.push(LooseCell { row, column, end: self.text.len(), kind });
        Ok(())
    }

    /// Sends what is left and ends the table. Tells whether the sheet holds anything.
    pub(super) fn finish(mut self) -> Result<bool, Stopped> {
        self.flush()?;
        (self.emit)(ReadEvent::EndOfTable)?;
        Ok(self.holds_something)
    }

    fn flush(&mut self) -> Result<(), Stopped> {
        if self.cells.is_empty() {
            return Ok(());
        }
        let widest = || self.cells.iter().map(|cell| cell.column + 1).max().unwrap_or_default();
        // A column that only begins further down has no header, and so no meaning.
        let width = *self.width.get_or_insert_with(widest);
        let mut batch = RowBatch::default();
        let mut start = 0;
        for row in self.cells.chunk_by(|left, right| left.row == right.row) {
            let mut next = 0;
            for cell in row {
                let text = self.text.get(start..cell.end).unwrap_or_default();
                start = cell.end;
                if cell.column < width {
                    pad(&mut batch, cell.column - next);
                    batch.push_cell(text, cell.kind);
                    next = cell.column + 1;
                }
            }
            pad(&mut batch, width - next);
            batch.end_row(row.first().map_or(0, |cell| cell.row + 1));
        }
        self.text.clear();
        self.cells.clear();
        self.rows = 0;
        (self.emit)(ReadEvent::Rows(batch))
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

    fn sent(cells: &[(u32, u32, &str)]) -> Vec<(u32, Vec<String>)> {
        let mut rows = Vec::new();
        let mut emit = |event| {
            if let ReadEvent::Rows(batch) = event {
                let texts = |row: crate::domain::SourceRow<'_>| row.cells().map(|(text, _)| text.to_owned()).collect();
                rows.extend(batch.rows().map(|row| (row.number(), texts(row))));
            }
            Ok(())
        };
        let mut sheet = SheetRows::new(&mut emit);
        for (row, column, text) in cells {
            assert!(sheet.is_in_order(*row, *column));
            sheet.push(*row, *column, text, CellKind::Text).expect("sent");
        }
        sheet.finish().expect("sent");
        rows
    }

    #[test]
    fn every_row_is_as_wide_as_the_widest_of_the_first_batch() {
        let rows = sent(&[(0, 0, "Last"), (0, 1, "First"), (4, 1, "Ann"), (5, 3, "note")]);
        assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 5, 6]);
        assert_eq!(rows[0].1, ["Last", "First", "", ""]);
        assert_eq!(rows[1].1, ["", "Ann", "", ""]);
        assert_eq!(rows[2].1, ["", "", "", "note"]);
    }

    #[test]
    fn values_in_columns_that_begin_further_down_do_not_widen_rows() {
        let mut cells: Vec<(u32, u32, &str)> = (0..5_000).map(|row| (row, 0, "x")).collect();
        cells.push((5_000, 7, "stray"));
        let rows = sent(&cells);
        assert_eq!(rows.len(), 5_001);
        assert!(rows.iter().all(|(_, cells)| cells.len() == 1));
    }

    #[test]
    fn cells_out_of_order_are_noticed_across_batches_too() {
        let mut emit = |_| Ok(());
        let mut sheet = SheetRows::new(&mut emit);
        sheet.push(3, 1, "x", CellKind::Text).expect("sent");
        assert!(!sheet.is_in_order(3, 1) && !sheet.is_in_order(3, 0) && !sheet.is_in_order(2, 5));
        assert!(sheet.is_in_order(3, 2) && sheet.is_in_order(4, 0));
        sheet.flush().expect("sent");
        assert!(!sheet.is_in_order(3, 2) && sheet.is_in_order(4, 0));
    }
}
