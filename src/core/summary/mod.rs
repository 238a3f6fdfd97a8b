//! From prepared rosters and planned persons to what the reports say: the lines of every row, pair and person, the
//! sums, and the rows that need work. `report` draws it.

mod changes;
mod dry_run;
mod figures;
mod finding_sums;
mod fixes;
mod frame;
mod inputs;
mod pairs;
mod rows;
mod scores;
mod sentences;
mod sums;

pub use changes::change_lines;
pub use dry_run::DryRun;
pub use fixes::{FixList, fix_list};
pub use frame::{FrameTarget, ReportFrame, timings_ms};
pub use pairs::{bare_pair_line, evidence_of, pair_line, row_of};
pub use rows::{RowFacts, row_facts, visit_rows};
pub use sums::{ReportSums, report_sums};
