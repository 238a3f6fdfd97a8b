//! A row whose cells are known by field: what `map` hands to `normalise`.

use super::field::{Field, FieldSlot};
use super::source_row::CellKind;

/// A cell of a mapped column. Empty cells are left out of a mapped row.
#[derive(Clone, Copy)]
pub struct MappedCell<'a> {
    /// What the column holds.
    pub slot: FieldSlot,
    /// The cell as read, untrimmed.
    pub text: &'a str,
    /// The kind of cell.
    pub kind: CellKind,
    /// For an external identifier: the system that the mapping names for the column.
    pub system: Option<&'a str>,
}

/// The cells of one row that hold something, ordered by slot. `Debug` is left out on purpose: it is personal data.
#[derive(Clone, Copy)]
pub struct MappedRow<'a, 'cells> {
    /// The row number within its table.
    pub row: u32,
    /// The cells, ordered by slot.
    pub cells: &'cells [MappedCell<'a>],
}

impl<'a, 'cells> MappedRow<'a, 'cells> {
    /// The first cell of a field.
    pub fn first(&self, field: Field) -> Option<&'cells MappedCell<'a>> {
        self.all(field).first()
    }

    /// Every cell of a field, by group.
    pub fn all(&self, field: Field) -> &'cells [MappedCell<'a>] {
        let start = self.cells.partition_point(|cell| cell.slot.field < field);
        let end = self.cells.partition_point(|cell| cell.slot.field <= field);
        self.cells.get(start..end).unwrap_or_default()
    }

    /// The cell of a field in one group.
    pub fn in_group(&self, field: Field, group: u8) -> Option<&'cells MappedCell<'a>> {
        self.all(field).iter().find(|cell| cell.slot.group == group)
    }
}
