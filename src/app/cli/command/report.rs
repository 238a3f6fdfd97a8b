//! `onroll report RUN`: a run's reports again, from the ledger.

use super::redraw::{Frame, draw};
use super::status::ledgers;
use super::{attention, finish_report};
use crate::cli::args::ReportArguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::settings::{OutputSettings, SettingsFile};
use crate::ledger::Ledger;
use crate::report::ReportFiles;
use crate::rules::Rules;

/// Finds the run among the ledgers and draws its reports.
pub(super) fn run(arguments: &ReportArguments) -> Result<Exit, Failure> {
    let output = OutputSettings::resolve(&arguments.output, &SettingsFile::read()?);
    output.refuse_file_as_folder()?;
    let rules = Rules::load(None)?;
    for path in ledgers(arguments.ledger.ledger.as_deref())? {
        let ledger = Ledger::inspect(&path)?;
        if ledger.runs()?.iter().any(|run| run.id == arguments.run) {
            return redraw(&ledger, arguments, &output, &rules);
        }
    }
    let message = format!("no ledger contains run {}; `onroll status` lists the runs", arguments.run);
    Err(Failure::new(Exit::Usage, message))
}

fn redraw(
    ledger: &Ledger,
    arguments: &ReportArguments,
    output: &OutputSettings,
    rules: &Rules,
) -> Result<Exit, Failure> {
    let body = ledger.run_body(&arguments.run)?.ok_or_else(|| {
        let message = format!(
            "run {} ended before its plan was complete; nothing was sent, so there is nothing to report",
            arguments.run
        );
        Failure::new(Exit::Usage, message)
    })?;
    let frame = Frame::from_json(&body)?;
    let warnings = frame.sums.rows_with_warnings;
    let files = ReportFiles::in_folder(&output.folder(&arguments.run))?;
    let report = draw(ledger, frame, &files, rules)?;
    finish_report(&files, &report, output)?;
    Ok(attention(&report.rows, warnings, output.fail_on))
}
