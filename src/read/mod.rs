//! Bytes to rows: one file, its tables in order, its rows in batches. Nothing is known yet about what the columns hold.

mod cells;
mod delimited;
mod error;
mod format;
mod hashing;
mod roster;
mod workbook;

pub use error::ReadError;
pub use format::{Format, InputFacts};
pub use roster::{ReadEvent, Stopped, read_roster};
