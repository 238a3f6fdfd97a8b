//! The kernel of onroll: patient rosters in; findings, persons and a report out. No network, no database, no command line.
//!
//! A tour in the order of the pipeline: [`read`] turns bytes into rows, [`map`] columns into fields, [`normalise`] cells into
//! domain types with findings, [`assess`] looks for what is missing, [`matching`] finds the rows of one person, and [`plan`]
//! gives each person its id. [`pipeline`] wires the stages, [`summary`] says what they came to, and [`report`] draws it.
//! docs/ARCHITECTURE.md has the invariants.
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
pub mod clock;
pub mod domain;
#[doc(hidden)]
pub mod fail_point;
#[doc(hidden)]
pub mod private_file;
pub mod rules;

pub mod read;

pub mod values;

pub mod map;

pub mod normalise;

pub mod assess;

pub mod matching;

pub mod review;

pub mod plan;

pub mod pipeline;

pub mod report;

pub mod summary;

pub mod evaluate;

pub mod generate;

pub use check::{CheckSettings, Checked, LocatedFinding, check, write_fixes};
pub use pipeline::{Unwatched, Watcher};
pub use read::Roster;
