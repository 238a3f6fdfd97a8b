//! Where a row came from: the only way a row is named in errors, logs and reports.

/// A table that rows were read from: one delimited file, or one sheet of a workbook. An index into the run's inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u16);

/// One input row: the table and the row number as a spreadsheet program shows it (first row is 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowRef {
    /// The table.
    pub source: SourceId,
    /// The row number, 1-based, counting every row of the table, header and blank ones included.
    pub row: u32,
}
