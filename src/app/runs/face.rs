//! An upload in one call, for programs that have rosters and credentials and want the reconciliation.

use std::path::PathBuf;
use std::sync::Arc;

use onroll_core::domain::{Host, RunId};
use onroll_core::pipeline::{Watcher, ingest};
use onroll_core::{CheckSettings, Roster, clock};

use super::error::RunError;
use super::plan::Remember;
use super::upload::{self, UploadObserver, UploadOptions, UploadTarget, Uploaded, refuse_unconfirmed};
use crate::ledger::Ledger;
use crate::upload::{HttpApi, HttpSettings, MOST_IN_FLIGHT, RetrySettings, check_access};

/// Where patients go, and where onroll remembers and reports.
pub struct UploadSettings {
    /// How to reach the vendor, and as whom.
    pub vendor: HttpSettings,
    /// The ledger of the project, which is made where it is missing. Keep it: it holds the key of the subject ids.
    pub ledger: PathBuf,
    /// The folder of the reports.
    pub folder: PathBuf,
    /// What the ledger keeps of the persons that are sent.
    pub remember: Remember,
    /// Whether columns that were recognised by their cells alone are believed.
    pub accepts_guessed_columns: bool,
}

impl UploadSettings {
    /// Records are remembered, and guessed columns are refused.
    pub fn new(vendor: HttpSettings, ledger: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        let (ledger, folder) = (ledger.into(), folder.into());
        Self { vendor, ledger, folder, remember: Remember::default(), accepts_guessed_columns: false }
    }
}

/// Nobody observes.
struct Unobserved;

impl Watcher for Unobserved {}
impl UploadObserver for Unobserved {}

/// Checks rosters, creates every patient exactly once, and writes the reports. Blocks until the upload has ended or
/// paused; the same call again goes on where it stopped. Must not be called from within an asynchronous runtime.
///
/// # Errors
/// When a roster cannot be read, its columns were guessed, the vendor refuses access, or the ledger or a report cannot
/// be written. What was sent until then is in the ledger.
pub fn upload(rosters: &[Roster], check: &CheckSettings, settings: UploadSettings) -> Result<Uploaded, RunError> {
    let (run, started) = (RunId::new(), clock::timestamp());
    let ingested = ingest(rosters, &check.rules, &check.ingest, &Unobserved)?;
    if !settings.accepts_guessed_columns {
        refuse_unconfirmed(&ingested.tables)?;
    }
    let project = settings.vendor.project;
    let unknown = Host::new(settings.vendor.base_url.clone());
    let api = Arc::new(HttpApi::new(settings.vendor).map_err(|source| RunError::from_upload(&unknown, source))?);
    let target = UploadTarget { host: api.host().clone(), api, project };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(RunError::Runtime)?;
    runtime
        .block_on(check_access(target.api.as_ref(), project, &RetrySettings::default()))
        .map_err(|source| RunError::from_upload(&target.host, source))?;
    let ledger = Ledger::open(&settings.ledger)?;
    let options = UploadOptions {
        run,
        started,
        rosters,
        rules: &check.rules,
        ingest: &check.ingest,
        remember: settings.remember,
        in_flight: MOST_IN_FLIGHT,
        interrupt: None,
        folder: &settings.folder,
    };
    let observer: Arc<dyn UploadObserver> = Arc::new(Unobserved);
    upload::upload(ingested, ledger, &target, &options, &observer, runtime.handle())
}
