//! A synthetic roster with its truth: for trying onroll without patients, for benchmarks, and for measuring the
//! matching.

mod data;
mod distinct;
mod draws;
mod household;
mod person;
mod rare_names;
mod registration;
mod roster;
mod row;
mod typing;

pub use roster::{GenerateSettings, GenerateSummary, RosterKind, generate};
pub use row::COLUMNS;
