//! `onroll upload`: the plan into the ledger, the patients onto the roll, and the books.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::redraw::{Frame, draw};
use super::{Watching, attention, finish_report, milliseconds, print, runtime};
use crate::cli::args::UploadArguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::progress::{Progress, StageProgress, Unit};
use crate::cli::settings::{
    Credentials, OutputSettings, RosterSettings, SettingsFile, VENDOR_URL, default_ledger, sandbox_folder,
};
use crate::clock::{self, Stopwatch};
use crate::domain::Outcome;
use crate::ledger::{Ledger, NewRun, RunState};
use crate::map::ColumnMap;
use crate::pipeline::{
    PlannedPersons, Prepared, TableFacts, ledger_sources, pair_lines, plan_upload, prepare, report_inputs,
    send_creations,
};
use crate::plan::SubjectIds;
use crate::private_file::create_private_folder;
use crate::report::{Reconciliation, ReportFiles, UploadReport};
use crate::sandbox::{SandboxHandle, SandboxSettings, Store};
use crate::upload::{
    Event, HttpApi, HttpSettings, LedgerWriter, MOST_IN_FLIGHT, RateSettings, RetrySettings, UploadError,
    UploadSettings, UploadSummary, check_access,
};

/// Batches that may wait between planning and sending.
const WAITING_BATCHES: usize = 2;

/// Where the patients go, and as whom.
struct Target {
    api: Arc<HttpApi>,
    /// What the ledger is bound to.
    host: String,
    project: Uuid,
    ledger: PathBuf,
    sandbox: Option<SandboxHandle>,
}

/// Prepares, plans, uploads and reports.
pub(super) fn run(arguments: &UploadArguments, progress: Progress) -> Result<Exit, Failure> {
    let file = SettingsFile::read()?;
    let settings = RosterSettings::resolve(&arguments.roster, &file)?;
    let output = OutputSettings::resolve(&arguments.output, &file);
    let started = clock::timestamp();
    let runtime = runtime()?;
    let watching = Watching::new(progress, settings.total_bytes());
    let prepared = prepare(&settings.rosters, &settings.rules, &settings.intake, &watching)?;
    watching.finish(&prepared);
    refuse_unconfirmed(&prepared, arguments)?;
    let target = runtime.block_on(target(arguments, &file))?;
    runtime
        .block_on(check_access(target.api.as_ref(), target.project, &RetrySettings::default()))
        .map_err(|error| named(&target.host, error))?;

    let mut ledger = Ledger::open(&target.ledger)?;
    ledger.bind(&target.host, target.project)?;
    let (planned, mut frame) = plan(&prepared, &settings, &target, &mut ledger, started)?;
    let warnings = frame.sums.rows_with_warnings;

    let watch = Stopwatch::start();
    let stage = progress.stage("Uploading", to_create(&planned), Unit::Patients);
    let in_flight = arguments.in_flight.or(file.in_flight).map_or(MOST_IN_FLIGHT, usize::from);
    let sending = Sending { run: &frame.run, target: &target, in_flight, prepared: &prepared, planned: &planned };
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

    let files = ReportFiles::in_folder(&output.folder(&frame.run))?;
    files.write_duplicates(|out| pair_lines(&prepared, out))?;
    files.write_model(&prepared.matches.model.to_json())?;
    let report = draw(&ledger, frame, &files, &settings.rules)?;
    finish_report(&files, &report, &output)?;
    let summary = sent.map_err(|error| named(&target.host, error))?;
    end(&summary, &report.rows, attention(&report.rows, warnings, output.fail_on))
}

/// Columns that only their content tells about are a guess until somebody has looked: no patient is sent on it.
fn refuse_unconfirmed(prepared: &Prepared, arguments: &UploadArguments) -> Result<(), Failure> {
    let is_open = |table: &&TableFacts| table.columns.as_ref().is_some_and(ColumnMap::needs_confirmation);
    let Some(table) = prepared.tables.iter().find(is_open).filter(|_| !arguments.accept_mapping) else {
        return Ok(());
    };
    let sheet = table.sheet.as_ref().map(|sheet| format!(", sheet \"{sheet}\"")).unwrap_or_default();
    let path = &table.input.path;
    let message = format!(
        "{path}{sheet}: no known header tells what the columns hold, so that they were judged by their cells, and nothing \
         was sent. Look at them with `onroll check {0}`; then save `onroll map {0}` to a file, correct it and give it with \
         `--map FILE`, or go on as it is with `--accept-mapping`",
        quoted(path)
    );
    Err(Failure::new(Exit::Configuration, message))
}

/// Writes the plan to the ledger, with a report frame, so that even a run that is killed can be reported on.
fn plan(
    prepared: &Prepared,
    settings: &RosterSettings,
    target: &Target,
    ledger: &mut Ledger,
    started: String,
) -> Result<(PlannedPersons, Frame), Failure> {
    let watch = Stopwatch::start();
    let run = Uuid::now_v7().to_string();
    let ids = SubjectIds::new(ledger.secret(), target.project, prepared.assumed_systems.clone());
    let inputs = serde_json::Value::from(settings.rosters.clone()).to_string();
    ledger.begin_run(&NewRun { id: &run, inputs: &inputs, sources: &ledger_sources(prepared) })?;
    let planned = plan_upload(prepared, &settings.rules, &ids, ledger, &run)?;
    let mut timings = prepared.timings.clone();
    timings.push(("plan", watch.elapsed()));
    let frame = Frame {
        run,
        started,
        host: target.host.clone(),
        project: target.project,
        read: u64::from(prepared.store.len()),
        sums: report_inputs(prepared, &planned, &settings.rules),
        timings_ms: timings.iter().map(|(stage, time)| ((*stage).to_owned(), milliseconds(*time))).collect(),
        upload: UploadReport { paused: Some("the run was interrupted".to_owned()), ..UploadReport::default() },
        finished: None,
    };
    ledger.set_run_body(&frame.run, &frame.to_json()?)?;
    Ok((planned, frame))
}

/// The exit code, and for a paused run the command that goes on.
fn end(summary: &UploadSummary, rows: &Reconciliation, attention: Exit) -> Result<Exit, Failure> {
    if let Some(reason) = &summary.paused {
        let again = std::env::args().map(|word| quoted(&word)).collect::<Vec<_>>().join(" ");
        print(&format!("\nPaused: {reason}. Go on with:\n  {again}\n"))?;
        return Ok(Exit::Paused);
    }
    Ok(if rows.count(Outcome::Unknown) > 0 { Exit::OutcomesUnknown } else { attention })
}

fn named(host: &str, error: UploadError) -> Failure {
    let failure = Failure::from(error);
    Failure::new(failure.exit, format!("{host}: {}", failure.message))
}

/// A word of a command line as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,@+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
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
        format!("{created} created in {} requests, {} sent again", summary.requests, summary.retries)
    });
    stage.finish(done.as_deref().unwrap_or("stopped"));
}

/// The vendor, or the embedded sandbox.
async fn target(arguments: &UploadArguments, file: &SettingsFile) -> Result<Target, Failure> {
    if arguments.sandbox {
        return sandbox_target(arguments).await;
    }
    let project = arguments.project.or(file.project).ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            "which project? name it with --project UUID or ONROLL_PROJECT; `--sandbox` needs none",
        )
    })?;
    let url = arguments.url.clone().or_else(|| file.url.clone()).unwrap_or_else(|| VENDOR_URL.to_owned());
    let credentials = Credentials::find(arguments.credentials.as_deref().or(file.credentials.as_deref()))?;
    let settings = HttpSettings::new(url, project, credentials.client_id, credentials.client_secret);
    let api = Arc::new(HttpApi::new(settings)?);
    let host = api.host().to_owned();
    let ledger = match arguments.ledger.as_ref().or(file.ledger.as_ref()) {
        Some(ledger) => ledger.clone(),
        None => default_ledger(&host, project)?,
    };
    Ok(Target { api, host, project, ledger, sandbox: None })
}

async fn sandbox_target(arguments: &UploadArguments) -> Result<Target, Failure> {
    let folder = sandbox_folder();
    create_private_folder(&folder).map_err(|error| Failure::file(&error))?;
    let mut settings = SandboxSettings::demo();
    settings.store = Store::File(folder.join("subjects.sqlite"));
    if let Some(file) = &arguments.scenario {
        super::sandbox::load_scenario(file)?.play_in(&mut settings);
    }
    let (project, client_id, secret) = (settings.project, settings.client_id, settings.client_secret.clone());
    let sandbox =
        crate::sandbox::start(settings).await.map_err(|error| Failure::new(Exit::Configuration, error.to_string()))?;
    let api = Arc::new(HttpApi::new(HttpSettings::new(sandbox.base_url(), project, client_id, secret))?);
    let ledger = arguments.ledger.clone().unwrap_or_else(|| folder.join("ledger.sqlite"));
    // The port differs from run to run; the sandbox is the same.
    Ok(Target { api, host: "sandbox".to_owned(), project, ledger, sandbox: Some(sandbox) })
}

struct Sending<'a> {
    run: &'a str,
    target: &'a Target,
    in_flight: usize,
    prepared: &'a Prepared,
    planned: &'a PlannedPersons,
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
        settings.interrupt = Some(interrupt(runtime));
        let settled = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&settled);
        let bar = stage.counter();
        let events = move |event: Event| match event {
            Event::Settled { count, .. } => bar.set(counted.fetch_add(count, Ordering::Relaxed) + count),
            Event::Retry { wait, class } => tracing::info!(?wait, ?class, "a request is sent again"),
            Event::Paused { reason } => tracing::warn!(reason, "paused"),
            Event::BatchSent { subjects } => tracing::debug!(subjects, "a batch was sent"),
        };
        let api = Arc::clone(&self.target.api);
        let sent = std::thread::scope(|scope| {
            let (prepared, planned) = (self.prepared, self.planned);
            // The thread owns the sender: the upload ends when the last batch is taken and the sender is gone.
            scope.spawn(move || send_creations(prepared, planned, |batch| sender.blocking_send(batch).is_ok()));
            runtime.block_on(crate::upload::run(api, writer, receiver, settings, events))
        });
        let ledger = ledger_thread
            .finish()
            .ok_or_else(|| Failure::new(Exit::Bug, "the ledger's writer died; run the same command again"))?;
        Ok((sent, ledger))
    }
}

/// Turns true on the first Ctrl-C.
fn interrupt(runtime: &tokio::runtime::Runtime) -> tokio::sync::watch::Receiver<bool> {
    let (sender, receiver) = tokio::sync::watch::channel(false);
    runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            // Nobody listens any more when the run is over.
            let _ = sender.send(true);
        }
    });
    receiver
}
