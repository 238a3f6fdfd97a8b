//! `onroll check`: everything short of the network.

use super::{Watching, attention, finish_report, write_fixes};
use crate::cli::args::CheckArguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::progress::Progress;
use crate::cli::settings::{OutputSettings, RosterSettings, SettingsFile};
use crate::clock::{self, Stopwatch};
use crate::ledger::Ledger;
use crate::pipeline::{
    Memory, change_lines, match_up, origin_lines, pair_lines, plan_against_ledger, plan_persons, report_inputs,
    row_lines, take_in,
};
use crate::plan::SubjectIds;
use crate::report::{ReportFiles, RunReport, SCHEMA};

/// Reads, judges and reports.
pub(super) fn run(arguments: &CheckArguments, progress: Progress) -> Result<Exit, Failure> {
    let file = SettingsFile::read()?;
    let settings = RosterSettings::resolve(&arguments.roster, &file)?;
    let output = OutputSettings::resolve(&arguments.output, &file);
    output.refuse_file_as_folder()?;
    let started = clock::timestamp();
    let run = uuid::Uuid::now_v7().to_string();
    let watching = Watching::new(progress, settings.total_bytes());
    let ledger = arguments.ledger.as_deref().map(Ledger::inspect).transpose()?;
    let memory = ledger.as_ref().map(memory_of).transpose()?.flatten();
    let taken_in = take_in(&settings.rosters, &settings.rules, &settings.intake, &watching)?;
    let prepared = match_up(taken_in, &settings.rules, &settings.intake, memory)?;
    watching.finish(&prepared);
    let watch = Stopwatch::start();
    let persons = match memory {
        Some(Memory { ledger, project }) => {
            let ids = SubjectIds::new(ledger.secret(), project, prepared.assumed_systems.clone());
            plan_against_ledger(&prepared, &settings.rules, &ids, ledger)?
        }
        None => plan_persons(&prepared, &settings.rules),
    };
    let planning = watch.elapsed();
    let watch = Stopwatch::start();
    let files = ReportFiles::in_folder(&output.folder(&run))?;
    let write_rows = || {
        files.write_rows(u64::from(prepared.store.len()), |out| row_lines(&prepared, &persons, &settings.rules, out))
    };
    let write_persons_and_changes = || {
        files.write_persons(|out| origin_lines(&prepared, &persons, out))?;
        files.write_changes(|out| change_lines(&prepared, out))
    };
    // Each of these takes one thread from end to end, or nearly so: the longest begin first.
    let ((fix, rows), (pairs, (persons_and_changes, sums))) = rayon::join(
        || rayon::join(|| write_fixes(&files, &prepared, &persons, &settings.rules), write_rows),
        || {
            rayon::join(
                || files.write_duplicates(|out| pair_lines(&prepared, out)),
                || rayon::join(write_persons_and_changes, || report_inputs(&prepared, &persons, &settings.rules)),
            )
        },
    );
    let rows = rows?;
    pairs?;
    persons_and_changes?;
    files.write_model(&prepared.matches.model.to_json())?;
    let fix = fix?;
    let mut timings = prepared.timings.clone();
    timings.extend([("plan", planning), ("report", watch.elapsed())]);
    let exit = attention(&rows, sums.rows_with_warnings, output.fail_on);
    let report = RunReport {
        schema: SCHEMA.to_owned(),
        run,
        command: "check".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        finished: clock::timestamp(),
        host: None,
        project: None,
        rows,
        completeness: sums.completeness,
        matchability: sums.matchability,
        duplicates: sums.duplicates,
        findings: sums.findings,
        what_to_fix_first: sums.what_to_fix_first,
        fix: Some(fix),
        timings_ms: timings.iter().map(|(stage, time)| ((*stage).to_owned(), super::milliseconds(*time))).collect(),
        input: sums.input,
        upload: None,
    };
    finish_report(&files, &report, &output)?;
    Ok(exit)
}

/// A ledger that can be asked who is on the roll; `None` for one that was never used.
fn memory_of(ledger: &Ledger) -> Result<Option<Memory<'_>>, Failure> {
    ledger.refuse_old_copy()?;
    let Some((_, project)) = ledger.binding()? else { return Ok(None) };
    let project = project.parse().map_err(|_| {
        let path = ledger.path().display();
        Failure::new(
            Exit::Configuration,
            format!("the ledger {path} does not name its project; restore it from a backup"),
        )
    })?;
    Ok(Some(Memory { ledger, project }))
}
