//! Bytes to rows: one file, its tables in order, its rows in batches. Nothing is known yet about what the columns hold.

mod cells;
mod compound;
mod delimited;
mod dialect;
mod encoding;
mod error;
mod format;
mod hashing;
mod markup;
mod number_format;
mod ods;
#[cfg(test)]
mod oracle_tests;
mod package;
mod padding;
mod quoting;
mod raw_window;
mod roster;
mod sheet_facts;
mod sheet_rows;
#[cfg(test)]
mod tests;
mod unpacking;
mod workbook;
mod xls;
mod xlsb;
mod xlsx;
mod xlsx_sheet;
mod zip_directory;

pub use cells::DateSystem;
pub use dialect::Dialect;
pub use error::ReadError;
pub use format::{Format, InputFacts};
pub use roster::{ReadEvent, Stopped, read_roster};
pub use sheet_facts::{Ranges, SheetFacts, column_name};
pub use unpacking::Packing;
pub use xls::XLS_THREAD;
