//! Columns to fields, by header: each mapping has a confidence and a reason, and can be overridden by a file.

mod assign;
mod column_map;
mod error;
mod find;
mod header;
mod map_file;

pub use column_map::{ColumnMap, MappedColumn, RowShape};
pub use error::{MapError, MapFileError};
pub use find::find_header;
pub use header::MappingReason;
pub use map_file::MapFile;
