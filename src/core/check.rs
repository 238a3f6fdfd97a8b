//! A dry run as a library: rosters in; findings, persons and a report out. Nothing is sent, and nothing is written
//! unless asked.

use std::path::Path;
use std::time::Duration;

use crate::clock::{self, Stopwatch};
use crate::domain::{Finding, Outcome, PackedRow, RunId, Severity};
use crate::pipeline::{
    IngestSettings, Memory, PersonOutcome, PipelineError, PlannedPersons, Prepared, TableFacts, Watcher, ingest, link,
    plan_in_view_of, plan_persons,
};
use crate::read::Roster;
use crate::report::{
    DrawError, FixReport, PairLine, Reconciliation, ReportError, ReportFiles, RunReport, write_reports,
};
use crate::rules::{Rules, RulesError};
use crate::summary::{
    DryRun, ReportFrame, RowFacts, change_lines, fix_list, pair_line, report_sums, row_facts, timings_ms,
};

/// How rosters are checked.
#[derive(Debug)]
pub struct CheckSettings {
    /// What is known about names, dates, places and weights.
    pub rules: Rules,
    /// How rosters are read.
    pub ingest: IngestSettings,
}

impl CheckSettings {
    /// The built-in rules; what the rosters themselves say decides everything else.
    ///
    /// # Errors
    /// When a built-in rule file is wrong, which the tests rule out.
    pub fn new() -> Result<Self, RulesError> {
        Ok(Self { rules: Rules::load(None)?, ingest: IngestSettings::on(clock::today()) })
    }
}

/// Checks rosters: reads, maps, normalises, assesses and matches them, and says what an upload would do. Runs on the
/// rayon pool of the caller.
///
/// # Errors
/// When a roster cannot be read or is not a roster, or the memory of earlier runs cannot be read.
pub fn check<'a>(
    rosters: &[Roster],
    settings: &'a CheckSettings,
    memory: Option<&dyn Memory>,
    watcher: &dyn Watcher,
) -> Result<Checked<'a>, PipelineError> {
    let (run, started) = (RunId::new(), clock::timestamp());
    let ingested = ingest(rosters, &settings.rules, &settings.ingest, watcher)?;
    let prepared = link(ingested, &settings.rules, &settings.ingest, memory, watcher)?;
    let watch = Stopwatch::start();
    let persons = match memory {
        Some(memory) => plan_in_view_of(&prepared, &settings.rules, memory)?,
        None => plan_persons(&prepared, &settings.rules),
    };
    Ok(Checked { run, started, prepared, persons, rules: &settings.rules, planning: watch.elapsed() })
}

/// Rosters that were checked.
#[derive(Debug)]
pub struct Checked<'a> {
    run: RunId,
    started: String,
    prepared: Prepared,
    persons: PlannedPersons,
    rules: &'a Rules,
    planning: Duration,
}

/// A finding with the place of its row.
#[derive(Clone, Copy, Debug)]
pub struct LocatedFinding<'a> {
    /// The file as it was given.
    pub file: &'a str,
    /// The sheet; empty for delimited files.
    pub sheet: &'a str,
    /// The row number as a spreadsheet program shows it, from 1.
    pub row: u32,
    /// What was found, and in which field.
    pub finding: Finding,
    /// What it means, in a few words.
    pub title: &'a str,
}

impl Checked<'_> {
    /// The name of the run.
    pub const fn run(&self) -> &RunId {
        &self.run
    }

    /// The rows, the tables, and who is who.
    #[doc(hidden)]
    pub const fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Every row in input order.
    pub fn rows(&self) -> impl Iterator<Item = RowFacts<'_>> {
        self.prepared.store.rows().map(|(index, row)| row_facts(&self.prepared, &self.persons, index, &row))
    }

    /// What would happen to every person, by number.
    pub fn persons(&self) -> &[PersonOutcome] {
        &self.persons.outcomes
    }

    /// Every pair of rows that describes one person, or may do so, with its evidence.
    pub fn pairs(&self) -> impl Iterator<Item = PairLine> {
        self.prepared.matches.pairs.iter().map(|pair| pair_line(&self.prepared, pair))
    }

    /// Every finding in the order of the rows: those of the row, then those of its person.
    pub fn findings(&self) -> impl Iterator<Item = LocatedFinding<'_>> {
        self.prepared.store.rows().flat_map(|(index, row)| self.findings_of(index, &row))
    }

    fn findings_of(&self, index: u32, row: &PackedRow<'_>) -> Vec<LocatedFinding<'_>> {
        let row_ref = row.row_ref();
        let (file, sheet) = self.prepared.table(row_ref.source).map(TableFacts::location).unwrap_or_default();
        let of_person = self.persons.findings_of(self.prepared.matches.clusters.person_of(index)).iter().copied();
        let located = |finding: Finding| {
            let title = self.rules.findings.get(finding.code).title.as_str();
            LocatedFinding { file, sheet, row: row_ref.row, finding, title }
        };
        row.findings().chain(of_person).map(located).collect()
    }

    /// Rows with a warning or worse.
    pub fn rows_with_warnings(&self) -> u64 {
        let warns = |row: &PackedRow<'_>| row.findings().any(|finding| finding.severity() >= Severity::Warn);
        self.prepared.store.rows().filter(|(_, row)| warns(row)).count() as u64
    }

    /// The report. What the fix files would hold is not in it.
    ///
    /// # Errors
    /// When the rows do not add up, which is a defect.
    pub fn report(&self) -> Result<RunReport, ReportError> {
        let mut counts = [0; Outcome::ALL.len()];
        for row in self.rows() {
            if let Some(count) = counts.get_mut(row.outcome as usize) {
                *count += 1;
            }
        }
        let rows = Reconciliation::new(u64::from(self.prepared.store.len()), counts)?;
        let frame = self.frame(report_sums(&self.prepared, &self.persons, self.rules), None, Duration::ZERO);
        Ok(frame.into_report(rows, std::collections::BTreeMap::new(), &self.rules.findings))
    }

    /// Writes every file of the report into a folder, which is made where it is missing, and returns the report.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<RunReport, ReportError> {
        let watch = Stopwatch::start();
        let (prepared, persons, rules) = (&self.prepared, &self.persons, self.rules);
        let files = ReportFiles::in_folder(folder)?;
        let lines = DryRun { prepared, persons, rules };
        let write_persons_and_changes = || {
            files.draw_persons(&lines).map_err(report_error)?;
            files.write_changes(|out| change_lines(prepared, out))
        };
        // Each of these takes one thread from end to end, or nearly so: the longest begin first.
        let ((fix, rows), (pairs, (persons_and_changes, sums))) = rayon::join(
            || rayon::join(|| write_fixes(&files, prepared, persons, rules), || files.draw_rows(&lines)),
            || {
                rayon::join(
                    || files.draw_duplicates(&lines),
                    || rayon::join(write_persons_and_changes, || report_sums(prepared, persons, rules)),
                )
            },
        );
        let rows = rows.map_err(report_error)?;
        pairs.map_err(report_error)?;
        persons_and_changes?;
        files.write_model(&prepared.matches.model.to_json())?;
        let frame = self.frame(sums, Some(fix?), watch.elapsed());
        let report = frame.into_report(rows, std::collections::BTreeMap::new(), &rules.findings);
        write_reports(&files, &report)?;
        Ok(report)
    }

    fn frame(&self, sums: crate::summary::ReportSums, fix: Option<FixReport>, reporting: Duration) -> ReportFrame {
        let mut timings = self.prepared.timings.clone();
        timings.extend([("plan", self.planning), ("report", reporting)]);
        ReportFrame {
            run: self.run.clone(),
            started: self.started.clone(),
            finished: Some(clock::timestamp()),
            target: None,
            read: u64::from(self.prepared.store.len()),
            sums,
            score_places: String::new(),
            fix,
            timings_ms: timings_ms(&timings),
            evidence_kept: true,
        }
    }
}

/// Writes the fix files, and says what they hold.
///
/// # Errors
/// When a file cannot be written.
#[doc(hidden)]
pub fn write_fixes(
    files: &ReportFiles,
    prepared: &Prepared,
    persons: &PlannedPersons,
    rules: &Rules,
) -> Result<FixReport, ReportError> {
    let list = fix_list(prepared, persons, rules);
    let not_in_workbook = files.write_fixes(&list.tables)?;
    let rows = list.tables.iter().map(|table| table.rows.len() as u64).sum();
    Ok(FixReport { rows, left_out: list.left_out, not_in_workbook, unread: list.unread })
}

/// Memory can always be read: only the file can fail.
fn report_error(error: DrawError<std::convert::Infallible>) -> ReportError {
    match error {
        DrawError::Report(error) => error,
        DrawError::Source(never) => match never {},
    }
}
