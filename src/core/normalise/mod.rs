//! Raw cells to domain types, with findings. Nothing is guessed silently, and a bad optional value never costs the row.

mod address;
mod contact;
mod identifier;
mod name;
mod record;
mod repeated_place;
mod sex;
#[cfg(test)]
mod tables;

pub use crate::values::date::{ColumnEvidence, DateEvidence};
pub use record::{NormaliseContext, normalise_row, unreadable_row};
