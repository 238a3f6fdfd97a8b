//! One file per command. Each only connects settings, stages and output.

mod check;
mod describe;
mod doctor;
mod evaluate;
mod explain;
mod generate;
mod interrupt;
mod map;
mod report;
mod rules;
mod sandbox;
mod status;
mod target;
mod upload;

use std::path::Path;
use std::sync::Mutex;

use super::args::{Arguments, Command, FailOnArgument, FormatArgument};
use super::exit::{Exit, Failure};
use super::progress::{Progress, StageProgress, Unit};
use super::settings::OutputSettings;
use crate::ledger::{Ledger, LedgerNotice};
use onroll_core::pipeline::Watcher;
use onroll_core::report::{Reconciliation, RunReport, counted, summary};

/// Runs the command that was asked for.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let progress = Progress::for_stderr(arguments.quiet);
    match &arguments.command {
        Command::Check(check) => check::run(check, progress),
        Command::Upload(upload) => upload::run(upload, progress),
        Command::Doctor(doctor) => doctor::run(doctor),
        Command::Status(status) => status::run(status),
        Command::Report(report) => report::run(report),
        Command::Sandbox(sandbox) => sandbox::run(sandbox),
        Command::Evaluate(evaluate) => evaluate::run(evaluate, progress),
        Command::Generate(generate) => generate::run(generate, progress),
        Command::Explain(explain) => explain::run(explain),
        Command::Map(map) => map::run(map),
        Command::Rules(command) => rules::run(command),
        Command::Completions { shell } => describe::completions(*shell),
        Command::Man => describe::manual(),
    }
}

/// Prints to stdout; a reader that went away is no failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::file(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Says on stderr what nobody should miss, also where progress is silent.
fn warn(text: &str) {
    use std::io::Write as _;
    // A closed stderr is no reason to stop.
    let _ = writeln!(std::io::stderr(), "warning: {text}");
}

/// Opens the ledger for a run, and says what has to be known about it.
fn open_ledger(path: &Path) -> Result<Ledger, Failure> {
    let ledger = Ledger::open(path)?;
    for notice in ledger.notices() {
        warn(&match notice {
            LedgerNotice::MadeAgain => format!(
                "the ledger {} was missing. A new one was created with the same key, so the same people get the same ids, \
                 and those already in xCures are found there. The records that the old ledger kept are lost: somebody \
                 who is spelled differently in this roster than in the record that was sent is not recognised",
                path.display()
            ),
            LedgerNotice::Migrated { backup } => format!(
                "the ledger {} was converted to the format of this version; the old one is kept as {}",
                path.display(),
                backup.display()
            ),
        });
    }
    Ok(ledger)
}

/// Shows how reading and matching get on, one after the other.
struct Watching {
    progress: Progress,
    stage: Mutex<Option<StageProgress>>,
}

impl Watching {
    fn new(progress: Progress, total_bytes: u64) -> Self {
        Self { progress, stage: Mutex::new(Some(progress.stage("Reading", total_bytes, Unit::Bytes))) }
    }
}

impl Watcher for Watching {
    fn bytes_read(&self, total: u64) {
        if let Ok(stage) = self.stage.lock()
            && let Some(stage) = stage.as_ref()
        {
            stage.set(total);
        }
    }

    fn matching(&self, rows: u32, tables: usize) {
        if let Ok(mut stage) = self.stage.lock() {
            if let Some(reading) = stage.take() {
                let rows = counted(u64::from(rows), "row", "rows");
                let tables = counted(tables as u64, "table", "tables");
                reading.finish(&format!("{rows} from {tables}"));
            }
            *stage = Some(self.progress.stage("Matching", u64::from(rows), Unit::Patients));
        }
    }

    fn linked(&self, compared: u64, same: usize, review: usize) {
        if let Ok(mut stage) = self.stage.lock()
            && let Some(matching) = stage.take()
        {
            matching.finish(&format!(
                "{} compared: {}, {}",
                counted(compared, "pair", "pairs"),
                counted(same as u64, "is the same person", "are the same person"),
                counted(review as u64, "needs your decision", "need your decision")
            ));
        }
    }
}

/// 0 or 1, according to which rows the user wants to know about.
fn attention(rows: &Reconciliation, rows_with_warnings: impl FnOnce() -> u64, fail_on: FailOnArgument) -> Exit {
    let needed = match fail_on {
        FailOnArgument::Never => false,
        FailOnArgument::Attention => rows.needing_attention() > 0,
        FailOnArgument::Warn => rows.needing_attention() > 0 || rows_with_warnings() > 0,
    };
    if needed { Exit::Attention } else { Exit::Done }
}

/// Prints what was asked for of a report that is in its folder.
fn print_report(report: &RunReport, output: &OutputSettings, folder: &Path) -> Result<(), Failure> {
    let mut text = match output.format {
        FormatArgument::Human => summary(report, folder),
        FormatArgument::Json => {
            let json = serde_json::to_string_pretty(report);
            json.map_err(|error| Failure::new(Exit::Bug, error.to_string()))? + "\n"
        }
    };
    if output.timings && output.format == FormatArgument::Human {
        let timings: Vec<String> = report.timings_ms.iter().map(|(stage, ms)| format!("{stage} {ms} ms")).collect();
        text = format!("{text}Timings       {}\n", timings.join(", "));
    }
    print(&text)
}

/// The runtime of the commands that call the xCures API or serve it.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| Failure::file(&error))
}
