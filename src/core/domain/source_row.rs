//! Rows as they were read, before anything is known about their columns: what `read` hands to `map`.

use std::fmt;

use super::guard::unguarded;

/// What kind of cell a value came from. Delimited files only have text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Text, or an empty cell.
    Text,
    /// A number; the text is its shortest decimal form (`2134`, `98.6`).
    Number,
    /// A date or date and time; the text is ISO 8601 (`1980-03-04`, `1980-03-04T08:30:00`).
    Date,
    /// A boolean; the text is `TRUE` or `FALSE`.
    Boolean,
    /// A spreadsheet error; the text is what is shown, such as `#N/A`.
    Error,
    /// A formula whose value is not in the file; the text is `=`.
    Uncomputed,
}

impl CellKind {
    /// Whether the cell holds something and no value.
    pub const fn has_no_value(self) -> bool {
        matches!(self, Self::Error | Self::Uncomputed)
    }
}

/// Consecutive rows of one table over one text: no allocation per row or cell.
#[derive(Clone, Default)]
pub struct RowBatch {
    text: String,
    cells: Vec<Span>,
    /// By cell; those beyond its end are text, so that delimited files need none.
    kinds: Vec<CellKind>,
    rows: Vec<RowEnd>,
}

/// Where a cell lies in the text of its batch.
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

#[derive(Clone, Copy, Default)]
struct RowEnd {
    number: u32,
    cells_end: u32,
    fault: Option<RowFault>,
    hidden: bool,
    place: Option<RowPlace>,
}

/// Where a row begins in a delimited file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowPlace {
    /// In bytes, from 0.
    pub byte: u64,
    /// The line as a text editor counts it, from 1: beyond the number of the row where cells before hold line breaks.
    pub line: u32,
}

/// Why a row could not be split into cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFault {
    /// Its bytes are no text in the encoding of the file.
    Undecodable,
    /// It holds NUL bytes.
    Nul,
    /// A quoted cell goes on after its closing quotation mark, or a mark stands where none can.
    Misquoted,
}

impl RowBatch {
    /// The batch with the text that its cells are parts of, for one that was made of spans alone.
    #[must_use]
    pub fn over(self, text: String) -> Self {
        Self { text, ..self }
    }

    /// An empty batch with room for so many cells.
    pub fn with_room(cells: usize) -> Self {
        Self { cells: Vec::with_capacity(cells), ..Self::default() }
    }

    /// Appends a cell to the row that [`RowBatch::end_row`] will close. Text of a workbook or a decoded file.
    pub fn push_cell(&mut self, text: &str, kind: CellKind) {
        let start = self.text.len();
        self.text.push_str(text);
        self.push_span(start, self.text.len());
        if kind != CellKind::Text {
            self.kinds.resize(self.cells.len() - 1, CellKind::Text);
            self.kinds.push(kind);
        }
    }

    /// Appends a cell of text that is a part of the batch's text, given by its bytes.
    pub fn push_span(&mut self, start: usize, end: usize) {
        let index = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        self.cells.push(Span { start: index(start), end: index(end) });
    }

    /// Closes a row. `number` is the row number that a spreadsheet program would show.
    pub fn end_row(&mut self, number: u32) {
        self.close_row(RowEnd { number, ..RowEnd::default() });
    }

    /// Closes a row that the workbook hides.
    pub fn end_hidden_row(&mut self, number: u32) {
        self.close_row(RowEnd { number, hidden: true, ..RowEnd::default() });
    }

    /// Closes a row of a delimited file.
    pub fn end_row_at(&mut self, number: u32, place: RowPlace) {
        self.close_row(RowEnd { number, place: Some(place), ..RowEnd::default() });
    }

    /// Closes a row that could not be split into cells; it has none, whatever was appended to it. `place` is where it
    /// begins in a delimited file.
    pub fn end_faulty_row(&mut self, number: u32, fault: RowFault, place: Option<RowPlace>) {
        self.cells.truncate(self.rows.last().map_or(0, |row| row.cells_end as usize));
        self.close_row(RowEnd { number, fault: Some(fault), place, ..RowEnd::default() });
    }

    fn close_row(&mut self, row: RowEnd) {
        let cells_end = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        self.rows.push(RowEnd { cells_end, ..row });
    }

    /// Takes the guards off that onroll puts before what looks like a formula, in its own tables.
    pub fn unguard(&mut self) {
        for cell in &mut self.cells {
            let text = self.text.get(cell.start as usize..cell.end as usize).unwrap_or_default();
            if unguarded(text).len() < text.len() {
                cell.start += 1;
            }
        }
    }

    /// Some of the rows, and of those some of the columns. Rows that could not be split into cells stay as they are.
    #[must_use]
    pub fn select(&self, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> Self {
        let mut selected = Self::default();
        for row in rows.filter_map(|index| self.row(index)) {
            for column in columns.start..columns.end.min(row.len()) {
                if let Some((text, kind)) = row.cell(column) {
                    selected.push_cell(text, kind);
                }
            }
            let SourceRow { number, fault, hidden, place, .. } = row;
            selected.close_row(RowEnd { number, fault, hidden, place, cells_end: 0 });
        }
        selected
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes of cell text, for bounding a batch.
    pub fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// The row at an index below [`RowBatch::len`].
    pub fn row(&self, index: usize) -> Option<SourceRow<'_>> {
        let end = self.rows.get(index)?;
        let first_cell = if index == 0 { 0 } else { self.rows.get(index - 1)?.cells_end as usize };
        Some(SourceRow {
            batch: self,
            number: end.number,
            first_cell,
            cells_end: end.cells_end as usize,
            fault: end.fault,
            hidden: end.hidden,
            place: end.place,
        })
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = SourceRow<'_>> {
        (0..self.rows.len()).filter_map(|index| self.row(index))
    }
}

impl fmt::Debug for RowBatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RowBatch").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

/// One row as it was read.
#[derive(Clone, Copy)]
pub struct SourceRow<'a> {
    batch: &'a RowBatch,
    number: u32,
    first_cell: usize,
    cells_end: usize,
    fault: Option<RowFault>,
    hidden: bool,
    place: Option<RowPlace>,
}

impl<'a> SourceRow<'a> {
    /// The row number that a spreadsheet program would show.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.cells_end - self.first_cell
    }

    /// Whether it has no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Why it could not be split into cells; `None` for a row that could.
    pub fn fault(&self) -> Option<RowFault> {
        self.fault
    }

    /// Whether the workbook hides it.
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Where it begins in a delimited file; `None` in a workbook.
    pub fn place(&self) -> Option<RowPlace> {
        self.place
    }

    /// Where it begins in a delimited file, in bytes; `None` in a workbook.
    pub fn byte(&self) -> Option<u64> {
        self.place.map(|place| place.byte)
    }

    /// Whether every cell is empty or white space.
    pub fn is_blank(&self) -> bool {
        self.fault.is_none() && self.cells().all(|(text, _)| text.trim().is_empty())
    }

    /// The cell in a column, 0-based; `None` beyond the row's end.
    pub fn cell(&self, column: usize) -> Option<(&'a str, CellKind)> {
        if column >= self.len() {
            return None;
        }
        let index = self.first_cell + column;
        let Span { start, end } = *self.batch.cells.get(index)?;
        let kind = self.batch.kinds.get(index).copied().unwrap_or(CellKind::Text);
        Some((self.batch.text.get(start as usize..end as usize)?, kind))
    }

    /// The cells in order.
    pub fn cells(&self) -> impl Iterator<Item = (&'a str, CellKind)> {
        let row = *self;
        (0..row.len()).filter_map(move |column| row.cell(column))
    }
}

impl fmt::Debug for SourceRow<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SourceRow").field("number", &self.number).field("cells", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_cells_come_back_in_order() {
        let mut batch = RowBatch::default();
        batch.push_cell("a", CellKind::Text);
        batch.push_cell("12", CellKind::Number);
        batch.end_row(2);
        batch.end_row(3);
        batch.push_cell("é", CellKind::Text);
        batch.end_row(5);
        let rows: Vec<Vec<&str>> = batch.rows().map(|row| row.cells().map(|(text, _)| text).collect()).collect();
        assert_eq!(rows, vec![vec!["a", "12"], vec![], vec!["é"]]);
        assert_eq!(batch.rows().map(|row| row.number()).collect::<Vec<_>>(), [2, 3, 5]);
        assert_eq!(batch.row(0).and_then(|row| row.cell(1)), Some(("12", CellKind::Number)));
        assert!(batch.row(1).is_some_and(|row| row.is_blank()));
    }
}
