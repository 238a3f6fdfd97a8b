//! Raw cells to domain types, with findings. Nothing is guessed silently, and a bad optional value never costs the row.

mod address;
mod contact;
mod date;
mod identifier;
mod mend;
mod name;
mod phone;
mod record;
mod repeated_place;
mod sex;
mod street;
#[cfg(test)]
mod tables;
mod text;

pub use date::{ColumnEvidence, DateEvidence};
pub use record::{NormaliseContext, normalise_row, unreadable_row};
