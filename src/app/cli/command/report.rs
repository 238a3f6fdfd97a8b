//! `onroll report RUN`: a run's reports again, from the ledger.

use super::status::ledgers;
use super::{attention, print_report};
use crate::cli::args::ReportArguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::settings::{OutputSettings, SettingsFile};
use crate::ledger::Ledger;
use crate::runs::redraw;
use onroll_core::domain::RunId;
use onroll_core::report::ReportFiles;
use onroll_core::rules::Rules;

/// Finds the run among the ledgers and draws its reports.
pub(super) fn run(arguments: &ReportArguments) -> Result<Exit, Failure> {
    let output = OutputSettings::resolve(&arguments.output, &SettingsFile::read()?);
    output.refuse_file_as_folder()?;
    let rules = Rules::load(None)?;
    let wanted = RunId::from_text(&arguments.run);
    for path in ledgers(arguments.ledger.ledger.as_deref())? {
        let ledger = Ledger::inspect(&path)?;
        if ledger.runs()?.iter().any(|run| run.id == wanted) {
            return draw_again(&ledger, &wanted, &output, &rules);
        }
    }
    let message = format!("no ledger contains run {}; `onroll status` lists the runs", arguments.run);
    Err(Failure::new(Exit::Usage, message))
}

fn draw_again(ledger: &Ledger, run: &RunId, output: &OutputSettings, rules: &Rules) -> Result<Exit, Failure> {
    let files = ReportFiles::in_folder(&output.folder(run))?;
    let (report, warnings) = redraw(ledger, run, &files, rules)?;
    print_report(&report, output, files.folder())?;
    Ok(attention(&report.rows, || warnings, output.fail_on))
}
