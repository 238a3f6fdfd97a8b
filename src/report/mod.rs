//! The books: what became of every row, and the files drawn from it.

mod duplicates_csv;
mod files;
mod guard;
mod html;
mod model;
mod reconciliation;
mod redraw;
mod rows_csv;
mod terminal;

pub use duplicates_csv::DuplicatesWriter;
pub use files::{ReportError, ReportFiles, write_reports};
pub use guard::{guarded, unguarded};
pub use model::{
    BandCount, CompletenessReport, DuplicatesReport, EvidenceLine, FieldShare, FindingCount, FixFirst, InputReport,
    MappedColumnReport, PairLine, RunReport, SCHEMA, UploadReport,
};
pub use reconciliation::{Imbalance, Reconciliation};
pub use redraw::{RedrawError, rows_from_ledger};
pub use rows_csv::{RowLine, RowsWriter};
pub use terminal::summary;
