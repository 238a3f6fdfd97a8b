//! Columns to fields, by header and by content: each mapping has a confidence, a reason and the evidence of its cells,
//! and can be overridden by a file. Cells that hold several fields are taken apart where that is sure.

mod address_kind;
mod agreement;
mod assign;
mod by_content;
mod column_map;
mod confirm;
mod error;
mod find;
mod footnotes;
mod header;
mod header_rows;
mod identifiers;
mod map_file;
mod place_in_line;
mod profile;
mod provider_list;
mod repair;
mod resolve;
mod standard_path;
mod tables_of_sheet;

#[cfg(test)]
mod export_tests;
#[cfg(test)]
mod law_tests;
#[cfg(test)]
mod row_tests;

pub use agreement::ContentEvidence;
pub use column_map::{ColumnMap, MappedCells, MappedColumn, RowShape};
pub use error::{MapError, MapFileError};
pub use find::{draft_columns, find_columns};
pub use footnotes::Footnotes;
pub use header::MappingReason;
pub use map_file::MapFile;
pub use repair::RepairedRow;
pub use tables_of_sheet::{TablesBeside, header_below};

pub use crate::values::name::whole::NameOrder;
