//! Bytes to rows: one file, its tables in order, its rows in batches. Nothing is known yet about what the columns hold.

mod cells;
mod delimited;
mod dialect;
mod encoding;
mod error;
mod format;
mod hashing;
mod padding;
mod quoting;
mod raw_window;
mod roster;
mod sheet_rows;
#[cfg(test)]
mod tests;
mod unpacking;
mod workbook;
mod zip_directory;

pub use dialect::Dialect;
pub use error::ReadError;
pub use format::{Format, InputFacts};
pub use roster::{ReadEvent, Stopped, read_roster};
pub use unpacking::Packing;
