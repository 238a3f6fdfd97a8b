//! `onroll upload`: the plan into the ledger, the patients onto the roll, and the books.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;
use uuid::Uuid;

use super::interrupt::{interrupted, quoted, same_command};
use super::redraw::{Frame, draw};
use super::target::{Target, target};
use super::{Watching, attention, finish_report, milliseconds, open_ledger, print, runtime, write_fixes};
use crate::cli::args::{RememberArgument, UploadArguments};
use crate::cli::exit::{Exit, Failure};
use crate::cli::progress::{Progress, StageProgress, Unit};
use crate::cli::settings::{OutputSettings, RosterSettings, SettingsFile};
use crate::clock::{self, Stopwatch};
use crate::domain::Outcome;
use crate::ledger::{Ledger, NewRun, RunState};
use crate::map::ColumnMap;
use crate::pipeline::{
    Memory, PlannedPersons, Prepared, Remember, TableFacts, change_lines, ledger_sources, match_up, plan_upload,
    report_inputs, send_creations, take_in,
};
use crate::plan::SubjectIds;
use crate::report::{Reconciliation, ReportFiles, ScoreLines, UploadReport, counted, thousands};
use crate::rules::nicknames::Nicknames;
use crate::upload::{
    Event, LedgerWriter, MOST_IN_FLIGHT, RateSettings, RetrySettings, UploadError, UploadSettings, UploadSummary,
    check_access,
};

/// Batches that may wait between planning and sending.
const WAITING_BATCHES: usize = 2;

/// Prepares, plans, uploads and reports.
pub(super) fn run(arguments: &UploadArguments, progress: Progress) -> Result<Exit, Failure> {
    let file = SettingsFile::read()?;
    let settings = RosterSettings::resolve(&arguments.roster, &file)?;
    let output = OutputSettings::resolve(&arguments.output, &file);
    output.refuse_file_as_folder()?;
    let started = clock::timestamp();
    let runtime = runtime()?;
    let watching = Watching::new(progress, settings.total_bytes());
    let taken_in = take_in(&settings.rosters, &settings.rules, &settings.intake, &watching)?;
    refuse_unconfirmed(&taken_in.tables, arguments)?;
    let target = runtime.block_on(target(&arguments.vendor, &file))?;
    runtime
        .block_on(check_access(target.api.as_ref(), target.project, &RetrySettings::default()))
        .map_err(|error| named(&target.host, error))?;

    let mut ledger = open_ledger(&target.ledger)?;
    let interrupt = interrupted(&runtime);
    ledger.bind(&target.host, target.project)?;
    let memory = Memory { ledger: &ledger, project: target.project };
    let prepared = match_up(taken_in, &settings.rules, &settings.intake, Some(memory))?;
    watching.finish(&prepared);
    let remember = match arguments.remember.or(file.remember).unwrap_or_default() {
        RememberArgument::Records => Remember::Records,
        RememberArgument::Identifiers => Remember::Identifiers,
    };
    let (planned, mut frame) = plan(&prepared, &settings, &target, remember, &mut ledger, started)?;
    let warnings = frame.sums.rows_with_warnings;
    let files = ReportFiles::in_folder(&output.folder(&frame.run))?;
    frame.fix = Some(write_fixes(&files, &prepared, &planned, &settings.rules)?);

    let watch = Stopwatch::start();
    let stage = progress.stage("Uploading", to_create(&planned), Unit::Patients);
    let in_flight = arguments.in_flight.or(file.in_flight).map_or(MOST_IN_FLIGHT, usize::from);
    let (prepared, planned) = (&prepared, &planned);
    let nicknames = &settings.rules.nicknames;
    let sending = Sending { run: &frame.run, target: &target, in_flight, interrupt, prepared, planned, nicknames };
    let (sent, mut ledger) = sending.send_all(&runtime, ledger, &stage)?;
    finish_stage(stage, sent.as_ref().ok());
    frame.timings_ms.insert("upload".to_owned(), milliseconds(watch.elapsed()));
    frame.upload = upload_report(&sent);
    frame.finished = Some(clock::timestamp());
    ledger.end_run(&frame.run, end_state(&sent))?;
    ledger.set_run_body(&frame.run, &frame.to_json()?)?;
    if let Some(sandbox) = target.sandbox {
        runtime.block_on(sandbox.shutdown());
    }

    files.write_changes(|out| change_lines(prepared, out))?;
    files.write_model(&prepared.matches.model.to_json())?;
    let report = draw(&ledger, frame, &files, &settings.rules)?;
    finish_report(&files, &report, &output)?;
    let summary = sent.map_err(|error| named(&target.host, error))?;
    end(&summary, &report.rows, attention(&report.rows, warnings, output.fail_on))
}

/// Columns that only their content tells about are a guess until somebody has looked: no patient is sent on it.
fn refuse_unconfirmed(tables: &[TableFacts], arguments: &UploadArguments) -> Result<(), Failure> {
    let is_open = |table: &&TableFacts| table.columns.as_ref().is_some_and(ColumnMap::needs_confirmation);
    let Some(table) = tables.iter().find(is_open).filter(|_| !arguments.accept_mapping) else {
        return Ok(());
    };
    let sheet = table.sheet.as_ref().map(|sheet| format!(", sheet \"{sheet}\"")).unwrap_or_default();
    let path = &table.input.path;
    let message = format!(
        "{path}{sheet}: none of the headers is known, so the columns were mapped by their cells, and nothing was sent. \
         Review the columns with `onroll check {0}`. Then save the output of `onroll map {0}` to a file, correct it and \
         pass it with `--map FILE`, or accept the mapping as it is with `--accept-mapping`",
        quoted(path)
    );
    Err(Failure::new(Exit::Configuration, message))
}

/// Writes the plan to the ledger, with a report frame, so that even a run that is killed can be reported on.
fn plan(
    prepared: &Prepared,
    settings: &RosterSettings,
    target: &Target,
    remember: Remember,
    ledger: &mut Ledger,
    started: String,
) -> Result<(PlannedPersons, Frame), Failure> {
    let watch = Stopwatch::start();
    let run = Uuid::now_v7().to_string();
    let ids = SubjectIds::new(ledger.secret(), target.project, prepared.assumed_systems.clone());
    let inputs = serde_json::Value::from(settings.rosters.clone()).to_string();
    ledger.begin_run(&NewRun { id: &run, inputs: &inputs, sources: &ledger_sources(prepared) })?;
    ledger.write(|writes| writes.remember_verdicts(&run, &prepared.verdicts))?;
    let planned = plan_upload(prepared, &settings.rules, &ids, remember, ledger, &run)?;
    let mut timings = prepared.timings.clone();
    timings.push(("plan", watch.elapsed()));
    let sums = report_inputs(prepared, &planned, &settings.rules);
    let scores = ScoreLines::new(sums.score_lines.clone());
    let frame = Frame {
        run,
        started,
        host: target.host.clone(),
        project: target.project,
        read: u64::from(prepared.store.len()),
        score_places: scores.places(prepared.store.rows().map(|(_, row)| row.presence().bits())),
        sums,
        fix: None,
        timings_ms: timings.iter().map(|(stage, time)| ((*stage).to_owned(), milliseconds(*time))).collect(),
        upload: UploadReport { paused: Some("the run was interrupted".to_owned()), ..UploadReport::default() },
        finished: None,
        evidence_kept: true,
    };
    ledger.set_run_body(&frame.run, &frame.to_json()?)?;
    Ok((planned, frame))
}

/// The exit code, and for a paused run the command that goes on.
fn end(summary: &UploadSummary, rows: &Reconciliation, attention: Exit) -> Result<Exit, Failure> {
    if let Some(reason) = &summary.paused {
        print(&format!("\nPaused: {reason}. To continue, run:\n  {}\n", same_command()))?;
        return Ok(Exit::Paused);
    }
    Ok(if rows.count(Outcome::Unknown) > 0 { Exit::OutcomesUnknown } else { attention })
}

fn named(host: &str, error: UploadError) -> Failure {
    let failure = Failure::from(error);
    Failure::new(failure.exit, format!("{host}: {}", failure.message))
}

fn to_create(planned: &PlannedPersons) -> u64 {
    planned.outcomes.iter().filter(|standing| standing.outcome == Outcome::NotAttempted).count() as u64
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

fn finish_stage(stage: StageProgress, summary: Option<&UploadSummary>) {
    let done = summary.map(|summary| {
        let created = summary.persons.get(&Outcome::Created).copied().unwrap_or_default();
        let requests = counted(summary.requests, "request", "requests");
        format!("{} created in {requests}, {} sent again", thousands(created), thousands(summary.retries))
    });
    stage.finish(done.as_deref().unwrap_or("stopped"));
}

struct Sending<'a> {
    run: &'a str,
    target: &'a Target,
    in_flight: usize,
    interrupt: watch::Receiver<bool>,
    prepared: &'a Prepared,
    planned: &'a PlannedPersons,
    nicknames: &'a Nicknames,
}

impl Sending<'_> {
    /// Builds records on a thread of its own while the runtime sends them; gives the ledger back at the end.
    fn send_all(
        self,
        runtime: &tokio::runtime::Runtime,
        ledger: Ledger,
        stage: &StageProgress,
    ) -> Result<(Result<UploadSummary, UploadError>, Ledger), Failure> {
        let (writer, ledger_thread) = LedgerWriter::start(ledger);
        let (sender, receiver) = tokio::sync::mpsc::channel(WAITING_BATCHES);
        let mut settings = UploadSettings::new(self.run, self.target.project);
        settings.rate = RateSettings::with_most(self.in_flight);
        settings.interrupt = Some(self.interrupt);
        let settled = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&settled);
        let bar = stage.counter();
        let events = move |event: Event| match event {
            Event::Settled { count, .. } => bar.set(counted.fetch_add(count, Ordering::Relaxed) + count),
            Event::Retry { wait, class } => tracing::info!(?wait, ?class, "sending a request again"),
            Event::Paused { reason } => tracing::warn!("Paused: {reason}."),
            Event::BatchSent { subjects } => tracing::debug!(subjects, "sent a batch"),
        };
        let api = Arc::clone(&self.target.api);
        let sent = std::thread::scope(|scope| {
            let (prepared, planned, nicknames) = (self.prepared, self.planned, self.nicknames);
            // The thread owns the sender: the upload ends when the last batch is taken and the sender is gone.
            scope.spawn(move || {
                send_creations(prepared, planned, nicknames, |batch| sender.blocking_send(batch).is_ok());
            });
            runtime.block_on(crate::upload::run(api, writer, receiver, settings, events))
        });
        let ledger = ledger_thread.finish().ok_or_else(|| {
            Failure::new(Exit::Bug, "the thread that writes the ledger ended unexpectedly; run the same command again")
        })?;
        Ok((sent, ledger))
    }
}
