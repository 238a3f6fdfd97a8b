//! The kernel of onroll: patient rosters in; findings, persons and a report out. No network, no database, no command
//! line.
//!
//! A tour in the order of the pipeline: `read` turns bytes into rows, `map` columns into fields, `normalise` cells into
//! domain types with findings, `assess` looks for what is missing, `matching` finds the rows of one person, and `plan`
//! gives each person its id. `pipeline` wires the stages, `summary` says what they came to, and `report` draws it.
//! docs/ARCHITECTURE.md has the invariants. [`check`] is the way in.
//!
//! The findings of a roster:
//!
//! ```
//! use onroll_core::{CheckSettings, Roster, Unwatched, check};
//!
//! let settings = CheckSettings::new()?;
//! let rosters = [Roster::from_path("../../samples/clinic-a.csv")];
//! let checked = check(&rosters, &settings, None, &Unwatched)?;
//! for found in checked.findings().take(3) {
//!     println!("{} row {}: {} {}", found.file, found.row, found.finding.code, found.title);
//! }
//! let report = checked.report()?;
//! assert_eq!(report.rows.read(), 215);
//! assert!(checked.persons().len() < 215, "some rows describe one person");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;

// The rooms are open to onroll's own crates, tests and benches. What a library's user needs is below; nothing else is
// promised.
#[doc(hidden)]
pub mod assess;
#[doc(hidden)]
pub mod clock;
#[doc(hidden)]
pub mod domain;
#[doc(hidden)]
pub mod evaluate;
#[doc(hidden)]
pub mod fail_point;
#[doc(hidden)]
pub mod generate;
#[doc(hidden)]
pub mod map;
#[doc(hidden)]
pub mod matching;
#[doc(hidden)]
pub mod normalise;
#[doc(hidden)]
pub mod pipeline;
#[doc(hidden)]
pub mod plan;
#[doc(hidden)]
pub mod private_file;
#[doc(hidden)]
pub mod read;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod review;
#[doc(hidden)]
pub mod rules;
#[doc(hidden)]
pub mod summary;
#[doc(hidden)]
pub mod values;

pub use check::{CheckSettings, Checked, LocatedFinding, check, write_fixes};
pub use domain::{Finding, FindingCode, Outcome, RunId, Severity};
pub use pipeline::{IngestSettings, Memory, MemoryError, PersonOutcome, PipelineError, Unwatched, Watcher};
pub use read::{Roster, quiet_panics};
pub use report::{PairLine, Reconciliation, ReportError, RunReport};
pub use rules::{Rules, RulesError};
pub use summary::RowFacts;
