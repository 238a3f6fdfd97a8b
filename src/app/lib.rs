//! onroll reads patient rosters as clinics really send them, says what is wrong with them before anything leaves the
//! building, creates every patient in xCures exactly once, and accounts for every input row.
//!
//! [`check`] is the dry run, and [`upload`] the whole job. The findings of a roster:
//!
//! ```
//! use onroll::{CheckSettings, Roster, Unwatched, check};
//!
//! let settings = CheckSettings::new()?;
//! let roster = Roster::from_bytes("upload.csv", *b"MRN,First,Last,DOB,Sex\n1,Ann,Ng,13/13/1980,F\n");
//! let checked = check(&[roster], &settings, None, &Unwatched)?;
//! for found in checked.findings() {
//!     println!("{} row {}: {} ({})", found.file, found.row, found.title, found.finding.code);
//! }
//! assert!(checked.findings().any(|found| found.finding.code.code() == "D102"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An upload against the sandbox:
//!
//! ```
//! use onroll::sandbox::{SandboxSettings, start};
//! use onroll::{CheckSettings, HttpSettings, Outcome, Roster, UploadSettings, upload};
//!
//! let runtime = tokio::runtime::Runtime::new()?;
//! let demo = SandboxSettings::demo();
//! let (project, client, secret) = (demo.project, demo.client_id, demo.client_secret.clone());
//! let sandbox = runtime.block_on(start(demo))?;
//! let folder = tempfile::tempdir()?;
//! let vendor = HttpSettings::new(sandbox.base_url(), project, client, secret);
//! let settings = UploadSettings::new(vendor, folder.path().join("ledger.sqlite"), folder.path().join("reports"));
//! let uploaded = upload(&[Roster::from_path("samples/clinic-a.csv")], &CheckSettings::new()?, settings)?;
//! let rows = &uploaded.report.rows;
//! println!("{} of {} rows created", rows.count(Outcome::Created), rows.read());
//! assert_eq!(rows.read(), 215);
//! assert!(uploaded.sent?.paused.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[doc(hidden)]
pub mod ledger;

#[doc(hidden)]
pub mod upload;

pub mod sandbox;

#[doc(hidden)]
pub mod runs;

#[doc(hidden)]
pub mod cli;

pub use onroll_core::{
    CheckSettings, Checked, Finding, FindingCode, LocatedFinding, Outcome, PairLine, Reconciliation, Roster, RunId,
    RunReport, Severity, Unwatched, Watcher, check, quiet_panics,
};

pub use crate::runs::{Remember, RunError, UploadSettings, Uploaded, upload_rosters as upload};
pub use crate::upload::HttpSettings;
