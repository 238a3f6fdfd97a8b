//! The summary that is printed at the end: what happened, what needs attention, what to do next.

use std::fmt::Write as _;
use std::path::Path;

use super::html::{headline, thousands};
use super::model::RunReport;
use crate::domain::Outcome;

const FINDINGS_SHOWN: usize = 6;

/// The summary of a run whose files are in `folder`. At most about 80 columns wide, apart from paths.
pub fn summary(report: &RunReport, folder: &Path) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_summary(&mut text, report, folder);
    text
}

fn write_summary(text: &mut String, report: &RunReport, folder: &Path) -> std::fmt::Result {
    writeln!(text, "{}\n", wrapped(&headline(report)))?;
    for outcome in Outcome::ALL {
        let rows = report.rows.count(outcome);
        if rows > 0 {
            let title = match (outcome, report.command.as_str()) {
                (Outcome::NotAttempted, "check") => "ready to upload",
                _ => outcome.title(),
            };
            writeln!(text, "  {:>12}  {title}", thousands(rows))?;
        }
    }
    writeln!(text, "  {:>12}  rows read, every one in rows.csv", thousands(report.rows.read()))?;
    let duplicates = &report.duplicates;
    writeln!(
        text,
        "\nDuplicates    {} persons; {} pairs the same, {} to review",
        thousands(duplicates.persons),
        thousands(duplicates.matched_pairs),
        thousands(duplicates.review_pairs)
    )?;
    write_completeness(text, report)?;
    write_findings(text, report)?;
    for (place, input) in report.input.iter().filter(|input| !input.unmapped.is_empty()).enumerate() {
        let sheet = input.sheet.as_ref().map(|sheet| format!(", sheet \"{sheet}\"")).unwrap_or_default();
        let label = if place == 0 { "\nNot used      " } else { "              " };
        writeln!(text, "{label}{}{sheet}: {}", input.path, input.unmapped.join(", "))?;
    }
    if let Some(first) = report.what_to_fix_first.first() {
        writeln!(text, "\nFix first     {}", first.sentence)?;
    }
    writeln!(text, "\nReports       {}", folder.display())?;
    writeln!(text, "              report.html for people, report.json for programs, rows.csv for the auditor")
}

fn write_completeness(text: &mut String, report: &RunReport) -> std::fmt::Result {
    let bands: Vec<String> =
        report.completeness.bands.iter().map(|band| format!("{} {}", thousands(band.rows), band.name)).collect();
    writeln!(text, "Completeness  {:.1} of 100 on average: {}", report.completeness.mean, bands.join(", "))
}

fn write_findings(text: &mut String, report: &RunReport) -> std::fmt::Result {
    if report.findings.is_empty() {
        return writeln!(text, "Findings      none");
    }
    for (place, finding) in report.findings.iter().take(FINDINGS_SHOWN).enumerate() {
        let label = if place == 0 { "\nFindings" } else { "" };
        let width = if place == 0 { 15 } else { 14 };
        writeln!(
            text,
            "{label:<width$}{} {:<7} {:>7}  {}",
            finding.code,
            finding.severity,
            thousands(finding.rows),
            finding.title
        )?;
    }
    let more = report.findings.len().saturating_sub(FINDINGS_SHOWN);
    if more > 0 {
        writeln!(text, "              and {more} more kinds in the report")?;
    }
    let code = report.findings.first().map(|finding| finding.code.as_str()).unwrap_or_default();
    writeln!(text, "              `onroll explain {code}` tells what it means and how to fix it")
}

/// Breaks a sentence at spaces so that no line is longer than 80 columns.
fn wrapped(sentence: &str) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in sentence.split(' ') {
        if column > 0 && column + 1 + word.len() > 80 {
            text.push('\n');
            column = 0;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += word.len();
    }
    text
}
