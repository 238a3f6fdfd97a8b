//! Sums over all rows that the report shows and that would be lost once rows are packed.

use crate::assess::is_valid;
use crate::domain::{AssessedPatient, Field, MappedRow};

/// Fill and validity by field.
#[derive(Clone, Debug)]
pub struct Tally {
    filled: Vec<u64>,
    valid: Vec<u64>,
    rows: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self { filled: vec![0; Field::ALL.len()], valid: vec![0; Field::ALL.len()], rows: 0 }
    }
}

impl Tally {
    /// Counts a row: which fields have anything in their cells, and which of these came out valid.
    pub fn add(&mut self, row: &MappedRow<'_, '_>, assessed: &AssessedPatient) {
        self.rows += 1;
        for (field, (filled, valid)) in Field::ALL.iter().zip(self.filled.iter_mut().zip(&mut self.valid)) {
            if !row.all(*field).is_empty() {
                *filled += 1;
            }
            if is_valid(*field, &assessed.patient) {
                *valid += 1;
            }
        }
    }

    /// Adds the sums of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        for (into, from) in self.filled.iter_mut().zip(&other.filled) {
            *into += from;
        }
        for (into, from) in self.valid.iter_mut().zip(&other.valid) {
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

    /// Rows whose value for the field is valid.
    pub fn valid(&self, field: Field) -> u64 {
        self.valid.get(field as usize).copied().unwrap_or_default()
    }
}
