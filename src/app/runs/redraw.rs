//! A run's report from what the ledger holds: the frame that was stored with the run, and the rows as they are now.

use super::error::RunError;
use super::ledger_facts::LedgerFacts;
use crate::ledger::Ledger;
use onroll_core::domain::RunId;
use onroll_core::report::{ReportFiles, RunReport, ScoreLines, write_reports};
use onroll_core::rules::Rules;
use onroll_core::summary::ReportFrame;

/// Draws the reports of a run again; returns the report, and the rows that had a warning.
///
/// # Errors
/// When the ledger does not know the run or its plan, or a file cannot be written.
pub fn redraw(ledger: &Ledger, run: &RunId, files: &ReportFiles, rules: &Rules) -> Result<(RunReport, u64), RunError> {
    let body = ledger.run_body(run)?.ok_or_else(|| RunError::Unplanned { run: run.clone() })?;
    let frame: ReportFrame = serde_json::from_str(&body).map_err(RunError::OtherVersion)?;
    let warnings = frame.sums.rows_with_warnings;
    Ok((draw(ledger, frame, files, rules)?, warnings))
}

/// The form in which the ledger keeps a frame.
pub(super) fn stored(frame: &ReportFrame) -> Result<String, RunError> {
    serde_json::to_string(frame).map_err(RunError::NotStorable)
}

/// Draws every file that can be made from the ledger, and completes the report with the outcomes of the rows.
pub(super) fn draw(
    ledger: &Ledger,
    mut frame: ReportFrame,
    files: &ReportFiles,
    rules: &Rules,
) -> Result<RunReport, RunError> {
    let run = frame.run.clone();
    let scores = ScoreLines::new(std::mem::take(&mut frame.sums.score_lines));
    let facts = LedgerFacts::new(ledger, &run, frame.read, (&scores, &frame.score_places))?;
    let rows = files.draw_rows(&facts)?;
    if frame.evidence_kept {
        files.draw_duplicates(&facts)?;
        files.draw_persons(&facts)?;
    }
    let of_vendor = facts.into_findings_of_vendor();
    let report = frame.into_report(rows, of_vendor, &rules.findings);
    write_reports(files, &report)?;
    Ok(report)
}
