//! `onroll upload`: the patients onto the roll, and the books.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::interrupt::{interrupted, same_command};
use super::target::target;
use super::{Watching, attention, open_ledger, print, print_report, runtime};
use crate::cli::args::{RememberArgument, UploadArguments};
use crate::cli::exit::{Exit, Failure};
use crate::cli::progress::{Progress, StageProgress, Unit};
use crate::cli::settings::{OutputSettings, RosterSettings, SettingsFile};
use crate::runs::{Remember, RunError, UploadObserver, UploadOptions, refuse_unconfirmed, upload};
use crate::upload::{Event, MOST_IN_FLIGHT, RetrySettings, UploadSummary, check_access};
use onroll_core::clock;
use onroll_core::domain::{Outcome, RunId};
use onroll_core::pipeline::{Watcher, ingest};
use onroll_core::report::{Reconciliation, counted, thousands};

/// Prepares, plans, uploads and reports.
pub(super) fn run(arguments: &UploadArguments, progress: Progress) -> Result<Exit, Failure> {
    let file = SettingsFile::read()?;
    let settings = RosterSettings::resolve(&arguments.roster, &file)?;
    let output = OutputSettings::resolve(&arguments.output, &file);
    output.refuse_file_as_folder()?;
    let (run, started) = (RunId::new(), clock::timestamp());
    let runtime = runtime()?;
    let watching = Watching::new(progress, settings.total_bytes());
    let ingested = ingest(&settings.rosters, &settings.check.rules, &settings.check.ingest, &watching)?;
    if !arguments.accept_mapping {
        refuse_unconfirmed(&ingested.tables)?;
    }
    let target = runtime.block_on(target(&arguments.vendor, &file))?;
    runtime
        .block_on(check_access(target.upload.api.as_ref(), target.upload.project, &RetrySettings::default()))
        .map_err(|source| RunError::from_upload(&target.upload.host, source))?;
    let ledger = open_ledger(&target.ledger)?;
    let folder = output.folder(&run);
    let options = UploadOptions {
        run,
        started,
        rosters: &settings.rosters,
        rules: &settings.check.rules,
        ingest: &settings.check.ingest,
        remember: match arguments.remember.or(file.remember).unwrap_or_default() {
            RememberArgument::Records => Remember::Records,
            RememberArgument::Identifiers => Remember::Identifiers,
        },
        in_flight: arguments.in_flight.or(file.in_flight).map_or(MOST_IN_FLIGHT, usize::from),
        interrupt: Some(interrupted(&runtime)),
        folder: &folder,
    };
    let observer: Arc<dyn UploadObserver> = Arc::new(Uploading::new(watching, progress));
    let uploaded = upload(ingested, ledger, &target.upload, &options, &observer, runtime.handle())?;
    if let Some(sandbox) = target.sandbox {
        runtime.block_on(sandbox.shutdown());
    }
    print_report(&uploaded.report, &output, &folder)?;
    let summary = uploaded.sent?;
    let rows = &uploaded.report.rows;
    end(&summary, rows, attention(rows, || uploaded.rows_with_warnings, output.fail_on))
}

/// The exit code, and for a paused run the command that goes on.
fn end(summary: &UploadSummary, rows: &Reconciliation, attention: Exit) -> Result<Exit, Failure> {
    if let Some(reason) = &summary.paused {
        print(&format!("\nPaused: {reason}. To continue, run:\n  {}\n", same_command()))?;
        return Ok(Exit::Paused);
    }
    Ok(if rows.count(Outcome::Unknown) > 0 { Exit::OutcomesUnknown } else { attention })
}

/// Shows how an upload gets on: reading and matching, then sending.
struct Uploading {
    watching: Watching,
    progress: Progress,
    stage: Mutex<Option<StageProgress>>,
    settled: AtomicU64,
}

impl Uploading {
    fn new(watching: Watching, progress: Progress) -> Self {
        Self { watching, progress, stage: Mutex::default(), settled: AtomicU64::new(0) }
    }
}

impl Watcher for Uploading {
    fn linked(&self, compared: u64, same: usize, review: usize) {
        self.watching.linked(compared, same, review);
    }
}

impl UploadObserver for Uploading {
    fn planned(&self, to_create: u64) {
        if let Ok(mut stage) = self.stage.lock() {
            *stage = Some(self.progress.stage("Uploading", to_create, Unit::Patients));
        }
    }

    fn sending(&self, event: &Event) {
        match event {
            Event::Settled { count, .. } => {
                let settled = self.settled.fetch_add(*count, Ordering::Relaxed) + count;
                if let Ok(stage) = self.stage.lock()
                    && let Some(stage) = stage.as_ref()
                {
                    stage.set(settled);
                }
            }
            Event::Retry { wait, class } => tracing::info!(?wait, ?class, "sending a request again"),
            Event::Paused { reason } => tracing::warn!("Paused: {reason}."),
            Event::BatchSent { subjects } => tracing::debug!(subjects, "sent a batch"),
        }
    }

    fn sent(&self, summary: Option<&UploadSummary>) {
        let Ok(Some(stage)) = self.stage.lock().map(|mut stage| stage.take()) else { return };
        let done = summary.map(|summary| {
            let created = summary.persons.get(&Outcome::Created).copied().unwrap_or_default();
            let requests = counted(summary.requests, "request", "requests");
            format!("{} created in {requests}, {} sent again", thousands(created), thousands(summary.retries))
        });
        stage.finish(done.as_deref().unwrap_or("stopped"));
    }
}
