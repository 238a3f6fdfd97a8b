//! Sums over all rows that the report shows and that would be lost once rows are packed.

use crate::domain::{Field, MappedRow};

/// Fill by field.
#[derive(Clone, Debug)]
pub struct Tally {
    filled: Vec<u64>,
    rows: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self { filled: vec![0; Field::ALL.len()], rows: 0 }
    }
}

impl Tally {
    /// Counts a row: which fields have anything in their cells.
    pub fn add(&mut self, row: &MappedRow<'_, '_>) {
        self.rows += 1;
        let mut before = None;
        for cell in row.cells {
            // Cells are ordered by field; the second of one field adds nothing.
            if before.replace(cell.slot.field) != Some(cell.slot.field)
                && let Some(filled) = self.filled.get_mut(cell.slot.field as usize)
            {
                *filled += 1;
            }
        }
    }

    /// Adds the sums of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        for (into, from) in self.filled.iter_mut().zip(&other.filled) {
            *into += from;
        }
    }

    /// Rows counted.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows with anything in a column of the field.
    pub fn filled(&self, field: Field) -> u64 {
        self.filled.get(field as usize).copied().unwrap_or_default()
    }
}
