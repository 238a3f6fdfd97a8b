//! The books: what became of every row, and the files drawn from it.

mod changes_csv;
mod duplicates_csv;
mod facts;
mod figures;
mod files;
mod fix_files;
mod html;
mod model;
mod persons_csv;
mod reconciliation;
mod rows_csv;
mod terminal;
mod waterfall;

pub use changes_csv::{ChangeLine, ChangesWriter};
pub use duplicates_csv::{DuplicatesWriter, evidence_text, push_evidence};
pub use facts::{DrawError, LinesError, RunFacts};
pub use figures::{counted, percent, thousands};
pub use files::{ReportError, ReportFiles, write_reports};
pub use fix_files::{FixRow, FixTable};
pub use model::{
    BandCount, CompletenessReport, DuplicatesReport, EvidenceLine, FieldShare, FindingCount, FixFirst, FixReport,
    GradeCount, InputReport, LevelCount, MappedColumnReport, MatchabilityReport, Move, NotSplit, PairLine, RuleCount,
    RuleGain, RunReport, SCHEMA, ScoreCount, ScoreLine, SkippedRows, UploadReport, WeightCount,
};
pub use persons_csv::{OriginLine, PersonsWriter};
pub use reconciliation::{Imbalance, Reconciliation};
pub use rows_csv::{RowLine, RowsWriter, ScoreLines};
pub use terminal::summary;
