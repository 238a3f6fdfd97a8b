//! A synthetic roster with its truth: for trying onroll without patients, for benchmarks, and for measuring the matching.

mod data;
mod draws;
mod person;
mod roster;
mod row;

pub use roster::{GenerateSettings, GenerateSummary, generate};
pub use row::COLUMNS;
