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
    /// A bit for each field that has a cell: most fields have none, and are asked for all the same.
    fields: u64,
}

impl<'a, 'cells> MappedRow<'a, 'cells> {
    /// A row of cells that are ordered by slot.
    pub fn new(row: u32, cells: &'cells [MappedCell<'a>]) -> Self {
        Self { row, cells, fields: cells.iter().fold(0, |fields, cell| fields | bit(cell.slot.field)) }
    }

    /// The first cell of a field.
    pub fn first(&self, field: Field) -> Option<&'cells MappedCell<'a>> {
        self.all(field).first()
    }

    /// Every cell of a field, by group.
    pub fn all(&self, field: Field) -> &'cells [MappedCell<'a>] {
        if self.fields & bit(field) == 0 {
            return &[];
        }
        let start = self.cells.partition_point(|cell| cell.slot.field < field);
        let cells = self.cells.get(start..).unwrap_or_default();
        let count = cells.iter().take_while(|cell| cell.slot.field == field).count();
        cells.get(..count).unwrap_or_default()
    }

    /// The cell of a field in one group.
    pub fn in_group(&self, field: Field, group: u8) -> Option<&'cells MappedCell<'a>> {
        self.all(field).iter().find(|cell| cell.slot.group == group)
    }
}

/// There are fewer fields than bits.
const fn bit(field: Field) -> u64 {
    1 << (field as u64)
}

const _: () = assert!(Field::ALL.len() < 64, "a field has no bit of its own");
