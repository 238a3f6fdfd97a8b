//! The books: what became of every row, and the files drawn from it.

mod changes_csv;
mod duplicates_csv;
mod figures;
mod files;
mod guard;
mod html;
mod model;
mod reconciliation;
mod redraw;
mod rows_csv;
mod terminal;
mod waterfall;

pub use changes_csv::{ChangeLine, ChangesWriter};
pub use duplicates_csv::DuplicatesWriter;
pub use figures::{percent, thousands};
pub use files::{ReportError, ReportFiles, write_reports};
pub use guard::{guarded, unguarded};
pub use model::{
    BandCount, CompletenessReport, DuplicatesReport, EvidenceLine, FieldShare, FindingCount, FixFirst, GradeCount,
    InputReport, LevelCount, MappedColumnReport, MatchabilityReport, Move, PairLine, RuleCount, RuleGain, RunReport,
    SCHEMA, ScoreCount, ScoreLine, SkippedRows, UploadReport, WeightCount,
};
pub use reconciliation::{Imbalance, Reconciliation};
pub use redraw::{RedrawError, rows_from_ledger};
pub use rows_csv::{RowLine, RowsWriter, ScoreLines};
pub use terminal::summary;
