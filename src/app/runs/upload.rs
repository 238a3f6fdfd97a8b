//! An upload from ingested rosters to its reports. The order is what makes it safe to kill: the ledger is bound, the
//! run begun, decisions remembered and the plan written down before anything is sent; what was sent is in the ledger
//! before the reports.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use super::error::RunError;
use super::memory::LedgerMemory;
use super::plan::{Remember, ledger_sources, plan_upload};
use super::redraw::{draw, stored};
use crate::ledger::{Ledger, NewRun, RunState};
use crate::upload::{
    Event, LedgerWriter, MAX_BATCH, PatientApi, RateSettings, UploadError, UploadSettings, UploadSummary,
};
use onroll_core::clock::{self, Stopwatch};
use onroll_core::domain::{Host, Outcome, RunId, SubjectRecord};
use onroll_core::map::ColumnMap;
use onroll_core::pipeline::{
    IngestSettings, Ingested, PlannedPersons, Prepared, TableFacts, Watcher, link, send_creations,
};
use onroll_core::read::Roster;
use onroll_core::report::{ReportFiles, RunReport, ScoreLines, UploadReport};
use onroll_core::rules::Rules;
use onroll_core::rules::nicknames::Nicknames;
use onroll_core::summary::{FrameTarget, ReportFrame, change_lines, report_sums, timings_ms};
use onroll_core::write_fixes;

/// Batches that may wait between planning and sending.
const WAITING_BATCHES: usize = 2;
/// Patients in one request.
const BATCH_SIZE: NonZeroUsize = match NonZeroUsize::new(MAX_BATCH) {
    Some(size) => size,
    None => NonZeroUsize::MIN,
};

/// Where the patients go.
#[derive(Debug)]
pub struct UploadTarget<A> {
    /// The vendor's calls.
    pub api: Arc<A>,
    /// What the ledger is bound to.
    pub host: Host,
    /// The project.
    pub project: Uuid,
}

/// How an upload goes about it.
#[derive(Debug)]
pub struct UploadOptions<'a> {
    /// The name of the run.
    pub run: RunId,
    /// When it began, UTC.
    pub started: String,
    /// The rosters; the ledger keeps their names.
    pub rosters: &'a [Roster],
    /// What is known about names, dates, places and weights.
    pub rules: &'a Rules,
    /// How the rosters were read.
    pub ingest: &'a IngestSettings,
    /// What the ledger keeps of the persons that are sent.
    pub remember: Remember,
    /// Requests under way at most.
    pub in_flight: usize,
    /// Turns true when the user wants to stop.
    pub interrupt: Option<watch::Receiver<bool>>,
    /// The folder of the reports.
    pub folder: &'a Path,
}

/// What a caller may want to know while an upload goes on, beyond how far matching has come.
pub trait UploadObserver: Watcher + Send + 'static {
    /// The plan is in the ledger, and so many patients are to be created.
    fn planned(&self, to_create: u64) {
        let _ = to_create;
    }

    /// Something happened on the way to the vendor.
    fn sending(&self, event: &Event) {
        let _ = event;
    }

    /// Sending has ended; `None` when an error ended it.
    fn sent(&self, summary: Option<&UploadSummary>) {
        let _ = summary;
    }
}

/// An upload that came to its end, or paused.
#[derive(Debug)]
pub struct Uploaded {
    /// The report, as it is in the folder.
    pub report: RunReport,
    /// Rows with a warning or worse.
    pub rows_with_warnings: u64,
    /// How sending ended. The ledger knows what was sent, and the report is drawn, also where this is an error.
    pub sent: Result<UploadSummary, RunError>,
}

/// Refuses columns that were mapped by their content alone. Such a mapping is a guess until somebody has reviewed it,
/// and onroll sends no patient on a guess.
///
/// # Errors
/// When a table was mapped by its cells alone.
pub fn refuse_unconfirmed(tables: &[TableFacts]) -> Result<(), RunError> {
    let is_open = |table: &&TableFacts| table.columns.as_ref().is_some_and(ColumnMap::needs_confirmation);
    match tables.iter().find(is_open) {
        Some(table) => {
            let path = table.input.path.clone();
            Err(RunError::UnconfirmedMapping { quoted: quoted(&path), table: sheet_of(table), path })
        }
        None => Ok(()),
    }
}

fn sheet_of(table: &TableFacts) -> String {
    table.id.sheet().map(|_| format!(", sheet \"{}\"", table.id.label())).unwrap_or_default()
}

/// A word of a command line as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,@+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Links ingested rosters with what the ledger remembers, plans, sends and reports. `runtime` drives the requests; the
/// ledger must be open for a run.
///
/// # Errors
/// When the ledger, a decision or a report file cannot be used. The ledger has what was sent until then.
pub fn upload<A: PatientApi>(
    ingested: Ingested,
    mut ledger: Ledger,
    target: &UploadTarget<A>,
    options: &UploadOptions<'_>,
    observer: &Arc<dyn UploadObserver>,
    runtime: &Handle,
) -> Result<Uploaded, RunError> {
    ledger.bind(&target.host, target.project)?;
    let memory = LedgerMemory::new(&ledger, target.project);
    let prepared = link(ingested, options.rules, options.ingest, Some(&memory), observer.as_ref())?;
    let (planned, mut frame) = write_plan(&prepared, target, options, &mut ledger)?;
    let rows_with_warnings = frame.sums.rows_with_warnings;
    let files = ReportFiles::in_folder(options.folder)?;
    frame.fix = Some(write_fixes(&files, &prepared, &planned, options.rules)?);
    let watch = Stopwatch::start();
    observer.planned(to_create(&planned));
    let creations = Creations { prepared: &prepared, planned: &planned, nicknames: &options.rules.nicknames };
    let (sent, mut ledger) = send_all(creations, ledger, target, options, observer, runtime)?;
    observer.sent(sent.as_ref().ok());
    frame.add_timing("upload", watch.elapsed());
    frame.finished = Some(clock::timestamp());
    frame.target = Some(frame_target(target, upload_report(&sent)));
    ledger.end_run(&options.run, end_state(&sent))?;
    ledger.set_run_body(&options.run, &stored(&frame)?)?;
    files.write_changes(|out| change_lines(&prepared, out))?;
    files.write_model(&prepared.matches.model.to_json())?;
    let report = draw(&ledger, frame, &files, options.rules)?;
    let sent = sent.map_err(|source| RunError::from_upload(&target.host, source));
    Ok(Uploaded { report, rows_with_warnings, sent })
}

/// Writes the plan to the ledger, with a report frame, so that even a run that is killed can be reported on.
fn write_plan<A>(
    prepared: &Prepared,
    target: &UploadTarget<A>,
    options: &UploadOptions<'_>,
    ledger: &mut Ledger,
) -> Result<(PlannedPersons, ReportFrame), RunError> {
    let watch = Stopwatch::start();
    let run = &options.run;
    let inputs: serde_json::Value = options.rosters.iter().map(Roster::name).collect();
    let inputs = inputs.to_string();
    ledger.begin_run(&NewRun { id: run, inputs: &inputs, sources: &ledger_sources(prepared) })?;
    ledger.write(|writes| writes.remember_decisions(run, &prepared.decisions))?;
    let planned = plan_upload(prepared, options.rules, target.project, options.remember, ledger, run)?;
    let mut timings = prepared.timings.clone();
    timings.push(("plan", watch.elapsed()));
    let sums = report_sums(prepared, &planned, options.rules);
    let scores = ScoreLines::new(sums.score_lines.clone());
    let interrupted = UploadReport { paused: Some("the run was interrupted".to_owned()), ..UploadReport::default() };
    let frame = ReportFrame {
        run: run.clone(),
        started: options.started.clone(),
        finished: None,
        target: Some(frame_target(target, interrupted)),
        read: u64::from(prepared.store.len()),
        score_places: scores.places(prepared.store.rows().map(|(_, row)| row.presence().bits())),
        sums,
        fix: None,
        timings_ms: timings_ms(&timings),
        evidence_kept: true,
    };
    ledger.set_run_body(run, &stored(&frame)?)?;
    Ok((planned, frame))
}

fn frame_target<A>(target: &UploadTarget<A>, upload: UploadReport) -> FrameTarget {
    FrameTarget { host: target.host.to_string(), project: target.project, upload }
}

/// The patients that are to be created.
#[derive(Clone, Copy)]
struct Creations<'a> {
    prepared: &'a Prepared,
    planned: &'a PlannedPersons,
    nicknames: &'a Nicknames,
}

impl Creations<'_> {
    /// Calls `send` with one batch of records after the other, until nobody takes them any more.
    fn send(&self, send: impl FnMut(Vec<SubjectRecord>) -> bool) {
        send_creations(self.prepared, self.planned, self.nicknames, BATCH_SIZE, send);
    }
}

/// How sending ended, and the ledger back from the thread that wrote it.
type Sent = (Result<UploadSummary, UploadError>, Ledger);

/// Builds records on a thread of its own while the runtime sends them; gives the ledger back at the end.
fn send_all<A: PatientApi>(
    creations: Creations<'_>,
    ledger: Ledger,
    target: &UploadTarget<A>,
    options: &UploadOptions<'_>,
    observer: &Arc<dyn UploadObserver>,
    runtime: &Handle,
) -> Result<Sent, RunError> {
    let (writer, ledger_thread) = LedgerWriter::start(ledger);
    let (sender, receiver) = mpsc::channel(WAITING_BATCHES);
    let mut settings = UploadSettings::new(options.run.clone(), target.project);
    settings.rate = RateSettings::with_most(options.in_flight);
    settings.interrupt.clone_from(&options.interrupt);
    let (api, observer) = (Arc::clone(&target.api), Arc::clone(observer));
    let sent = std::thread::scope(|scope| {
        // The thread owns the sender: the upload ends when the last batch is taken and the sender is gone.
        scope.spawn(move || {
            creations.send(|batch| sender.blocking_send(batch).is_ok());
        });
        let events = move |event: Event| observer.sending(&event);
        runtime.block_on(crate::upload::run(api, writer, receiver, settings, events))
    });
    Ok((sent, ledger_thread.finish().ok_or(RunError::WriterLost)?))
}

fn to_create(planned: &PlannedPersons) -> u64 {
    planned.outcomes.iter().filter(|outcome| outcome.outcome == Outcome::NotAttempted).count() as u64
}

fn end_state(sent: &Result<UploadSummary, UploadError>) -> RunState {
    match sent {
        Ok(summary) if summary.paused.is_none() => RunState::Finished,
        Ok(_) => RunState::Paused,
        Err(_) => RunState::Failed,
    }
}

fn upload_report(sent: &Result<UploadSummary, UploadError>) -> UploadReport {
    match sent {
        Ok(summary) => UploadReport {
            requests: summary.requests,
            retries: summary.retries,
            throttled: summary.throttled,
            paused: summary.paused.clone(),
        },
        Err(error) => UploadReport { paused: Some(error.to_string()), ..UploadReport::default() },
    }
}
