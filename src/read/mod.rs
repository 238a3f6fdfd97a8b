//! Bytes to rows: one file, its tables in order, its rows in batches. Nothing is known yet about what the columns hold.

mod cells;
mod delimited;
mod delimiter;
mod encoding;
mod error;
mod format;
mod hashing;
mod quoting;
mod raw_window;
mod roster;
mod sheet_rows;
#[cfg(test)]
mod tests;
mod workbook;
mod zip_directory;

pub use error::ReadError;
pub use format::{Format, InputFacts};
pub use roster::{ReadEvent, Stopped, read_roster};
