//! A person: what the rows of one cluster say together.

use super::{Finding, Patient};

/// The rows of one person, merged without loss as far as the vendor's record has room.
#[derive(Clone, Debug)]
pub struct Person {
    /// The row that carries the person: its outcome is the person's. An index into the patient store.
    pub primary: u32,
    /// Every row of the person in input order, the primary one among them.
    pub rows: Vec<u32>,
    /// The merged demographics.
    pub patient: Patient,
    /// What merging found: conflicts that hold the person, and values that the vendor's record has no place for.
    pub findings: Vec<Finding>,
}
