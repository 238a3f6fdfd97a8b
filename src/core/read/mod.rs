//! Bytes to rows: one file, its tables in order, its rows in batches. Nothing is known yet about what the columns hold.

mod again;
mod cells;
mod chunks;
mod compound;
mod delimited;
mod dialect;
mod encoding;
mod error;
mod format;
mod hashing;
mod limits;
mod markup;
mod number_format;
mod ods;
#[cfg(test)]
mod oracle_tests;
mod package;
mod plain_cell;
mod quiet;
mod record;
mod roster;
mod sheet_facts;
mod sheet_rows;
mod source;
mod split;
#[cfg(test)]
mod tests;
mod unpacking;
mod workbook;
mod xls;
mod xlsb;
mod xlsx;
mod xlsx_sheet;
mod zip_directory;

pub use again::{AgainError, read_again};
pub use cells::DateSystem;
pub use delimited::detect_dialect;
pub use dialect::Dialect;
pub use error::ReadError;
pub use format::{Format, InputFacts};
pub use limits::{Limit, LimitError, Limits};
pub use quiet::quiet_panics;
pub use roster::{ReadEvent, Stopped, read_bytes, read_roster, read_roster_of, read_roster_within};
pub use sheet_facts::{Ranges, SheetFacts};
pub use source::Roster;
pub use split::UnsplitRows;
pub use unpacking::Packing;
