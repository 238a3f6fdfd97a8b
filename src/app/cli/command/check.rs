//! `onroll check`: everything short of the network.

use super::{Watching, attention, print_report};
use crate::cli::args::CheckArguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::progress::Progress;
use crate::cli::settings::{OutputSettings, RosterSettings, SettingsFile};
use crate::ledger::Ledger;
use crate::runs::LedgerMemory;
use onroll_core::check;
use onroll_core::pipeline::Memory;

/// Reads, judges and reports.
pub(super) fn run(arguments: &CheckArguments, progress: Progress) -> Result<Exit, Failure> {
    let file = SettingsFile::read()?;
    let settings = RosterSettings::resolve(&arguments.roster, &file)?;
    let output = OutputSettings::resolve(&arguments.output, &file);
    output.refuse_file_as_folder()?;
    let watching = Watching::new(progress, settings.total_bytes());
    let ledger = arguments.ledger.as_deref().map(Ledger::inspect).transpose()?;
    let memory = ledger.as_ref().map(memory_of).transpose()?.flatten();
    let memory = memory.as_ref().map(|memory| memory as &dyn Memory);
    let checked = check(&settings.rosters, &settings.check, memory, &watching)?;
    let report = checked.write(&output.folder(checked.run()))?;
    print_report(&report, &output, &output.folder(checked.run()))?;
    Ok(attention(&report.rows, || checked.rows_with_warnings(), output.fail_on))
}

/// A ledger that can be asked who is on the roll; `None` for one that was never used.
fn memory_of(ledger: &Ledger) -> Result<Option<LedgerMemory<'_>>, Failure> {
    ledger.refuse_old_copy()?;
    let Some((_, project)) = ledger.binding()? else { return Ok(None) };
    let project = project.parse().map_err(|_| {
        let path = ledger.path().display();
        Failure::new(
            Exit::Configuration,
            format!("the ledger {path} does not name its project; restore it from a backup"),
        )
    })?;
    Ok(Some(LedgerMemory::new(ledger, project)))
}
