//! The summary printed at the end: what happened, what needs attention, what to do next.

use std::fmt::Write as _;
use std::path::Path;

use super::figures::{counted, percent, thousands};
use super::html::headline;
use super::model::{FindingCount, InputReport, RunReport};
use crate::domain::Outcome;

/// Kinds of findings listed, most severe first; the report has them all.
const FINDINGS_SHOWN: usize = 10;
/// Things to fix that are listed; the report has them all.
const FIXES_SHOWN: usize = 3;
/// Rows named beside a finding.
const ROWS_NAMED: usize = 4;
/// Skipped sheets that are named; the report has them all.
const PASSED_OVER_SHOWN: usize = 6;
/// Tables whose columns are listed; the report has them all.
const TABLES_SHOWN: usize = 3;
const HEADER_WIDTH: usize = 26;
/// Columns of a table that are listed; the report has them all.
const COLUMNS_SHOWN: usize = 60;

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
    let read = report.rows.read();
    let word = if read == 1 { "row" } else { "rows" };
    writeln!(text, "  {:>12}  {word} read; rows.csv lists every one", thousands(read))?;
    let duplicates = &report.duplicates;
    writeln!(
        text,
        "\nDuplicates    {}; {}; {}",
        counted(duplicates.persons, "person", "persons"),
        counted(duplicates.matched_pairs, "pair is the same person", "pairs are the same person"),
        counted(duplicates.review_pairs, "needs your decision", "need your decision")
    )?;
    if duplicates.expected_false_matches >= 0.5 {
        let expected = duplicates.expected_false_matches;
        writeln!(text, "              of these merges, about {expected:.1} are expected to be wrong")?;
    }
    write_reading(text, report)?;
    write_completeness(text, report)?;
    write_matchability(text, report)?;
    write_findings(text, report)?;
    write_mappings(text, report)?;
    for (place, input) in report.input.iter().filter(|input| !input.unmapped.is_empty()).enumerate() {
        let sheet = sheet(input);
        let label = if place == 0 { "\nNot used      " } else { "              " };
        writeln!(text, "{label}{}{sheet}: {}", input.path, input.unmapped.join(", "))?;
    }
    write_fixes(text, report)?;
    write_fix_files(text, report)?;
    writeln!(text, "\nReports       {}", folder.display())?;
    writeln!(text, "              report.html for people, report.json for programs, rows.csv for the auditor,")?;
    writeln!(text, "              changes.csv with every changed value, duplicates.csv for the steward")
}

/// What each field would change if the site supplied it, the largest gain first.
fn write_fixes(text: &mut String, report: &RunReport) -> std::fmt::Result {
    for (place, fix) in report.what_to_fix_first.iter().take(FIXES_SHOWN).enumerate() {
        let label = if place == 0 { "\nFix first     " } else { "              " };
        let lines = wrapped_at(&format!("{}. {}", place + 1, fix.sentence), 80 - 14);
        for (line_place, line) in lines.lines().enumerate() {
            let (label, indent) = if line_place == 0 { (label, "") } else { ("              ", "   ") };
            writeln!(text, "{label}{indent}{line}")?;
        }
    }
    let more = report.what_to_fix_first.len().saturating_sub(FIXES_SHOWN);
    if more > 0 { writeln!(text, "              and {more} more in report.html") } else { Ok(()) }
}

/// Levels, grades and CMS rules of the rows that are not rejected, strongest first.
fn write_matchability(text: &mut String, report: &RunReport) -> std::fmt::Result {
    let found = &report.matchability;
    let list = |counts: Vec<String>| if counts.is_empty() { "no rows".to_owned() } else { counts.join(", ") };
    let levels = found.levels.iter().filter(|level| level.rows > 0).map(|level| match level.name.as_str() {
        "none" => format!("{} below", thousands(level.rows)),
        name => format!("{} at {}", thousands(level.rows), name.trim_end_matches(" weight")),
    });
    let grades = found.grades.iter().filter(|grade| grade.rows > 0);
    let grades = grades.map(|grade| format!("{} {}", grade.name, thousands(grade.rows)));
    let (levels, grades) = (list(levels.collect()), list(grades.collect()));
    writeln!(text, "Matchability  {} % satisfy a rule of the CMS draft", percent(found.cms_eligible_share))?;
    writeln!(text, "              identity evidence (HL7 FAST): {levels}")?;
    writeln!(text, "              best match a network could report: {grades}")
}

/// What is in the fix files, and what is not.
fn write_fix_files(text: &mut String, report: &RunReport) -> std::fmt::Result {
    let Some(fix) = &report.fix else { return Ok(()) };
    if fix.rows > 0 {
        let rows = counted(fix.rows, "row that needs work", "rows that need work");
        writeln!(text, "\nFor the sites fix.xlsx and fix.csv: {rows}")?;
    }
    if fix.left_out > 0 {
        let rows = counted(fix.left_out, "more row needs work and is", "more rows need work and are");
        writeln!(text, "              {rows} not in these files")?;
    }
    if fix.not_in_workbook > 0 {
        let rows = counted(fix.not_in_workbook, "row is", "rows are");
        writeln!(text, "              {rows} only in fix.csv, because a workbook cannot hold more")?;
    }
    for sentence in &fix.unread {
        writeln!(text, "{}", wrapped(&format!("No fix file   {sentence}.")))?;
    }
    Ok(())
}

/// The columns of each table in a dry run: what they contain, how sure that is, and why if it is not obvious.
fn write_mappings(text: &mut String, report: &RunReport) -> std::fmt::Result {
    let tables: Vec<&InputReport> = report.input.iter().filter(|input| !input.mapping.is_empty()).collect();
    if report.command == "check" {
        for input in tables.iter().take(TABLES_SHOWN) {
            write_mapping(text, input)?;
        }
        let more = tables.len().saturating_sub(TABLES_SHOWN);
        if more > 0 {
            let tables = counted(more as u64, "more table", "more tables");
            writeln!(text, "              the columns of {tables} are in report.html")?;
        }
    }
    for input in tables.iter().filter(|input| input.confirm_mapping) {
        let sentence = format!(
            "{}{}: none of the headers is known, so the columns were mapped by their cells. Check every column. \
             `onroll map` prints the mapping, which you can save, correct and pass with `--map FILE`. `upload` needs \
             `--map` or `--accept-mapping` to continue.",
            input.path,
            sheet(input)
        );
        writeln!(text, "\n{}", wrapped(&format!("To confirm    {sentence}")))?;
    }
    Ok(())
}

fn write_mapping(text: &mut String, input: &InputReport) -> std::fmt::Result {
    let header = input.header_row.map_or("no header row".to_owned(), |row| format!("header in row {row}"));
    writeln!(text, "\nColumns       {}{}: {header}", input.path, sheet(input))?;
    for column in input.mapping.iter().take(COLUMNS_SHOWN) {
        let header: String = column.header.split_whitespace().collect::<Vec<_>>().join(" ");
        let header: String = header.chars().take(HEADER_WIDTH).collect();
        let (number, field) = (column.column, column.field.as_deref().unwrap_or("not used"));
        let line = match &column.field {
            Some(_) => format!("{number:>5}  {header:<HEADER_WIDTH$}  {field:<25}  {:.2}", column.confidence),
            None => format!("{number:>5}  {header:<HEADER_WIDTH$}  {field}"),
        };
        writeln!(text, "{}", line.trim_end())?;
        if column.confidence < 1.0 {
            let evidence = if column.evidence.is_empty() { String::new() } else { format!("; {}", column.evidence) };
            for line in wrapped_at(&format!("{}{evidence}", column.reason), 80 - 9).lines() {
                writeln!(text, "         {line}")?;
            }
        }
    }
    let more = input.mapping.len().saturating_sub(COLUMNS_SHOWN);
    if more > 0 {
        let columns = counted(more as u64, "more column", "more columns");
        writeln!(text, "       {columns} in report.html")?;
    }
    Ok(())
}

fn sheet(input: &InputReport) -> String {
    input.sheet.as_ref().map(|sheet| format!(", sheet \"{sheet}\"")).unwrap_or_default()
}

/// How each table was read: format, dialect, encoding, header row and rows.
fn write_reading(text: &mut String, report: &RunReport) -> std::fmt::Result {
    for (place, input) in report.input.iter().filter(|input| input.has_roster).enumerate() {
        let label = if place == 0 { "\nRead          " } else { "              " };
        let sheet = sheet(input);
        let mut how = input.format.clone();
        if !input.packing.is_empty() {
            how = format!("{how}, compressed with {}", input.packing);
        }
        if !input.dialect.is_empty() {
            how = format!("{how} ({}), {}", input.dialect, input.encoding);
        }
        let header = input.header_row.map_or_else(|| "no header row".to_owned(), |row| format!("header in row {row}"));
        let span = match (input.first_row, input.last_row) {
            (Some(first), Some(last)) => format!("patients in rows {first} to {last}"),
            _ => "no patients".to_owned(),
        };
        let place = format!("{}{sheet}: {how}; {header}, {span}", input.path);
        let line = std::iter::once(place).chain(input.notes()).collect::<Vec<_>>().join("; ");
        let lines = wrapped_at(&line, 80 - 14);
        let mut lines = lines.lines();
        writeln!(text, "{label}{}", lines.next().unwrap_or_default())?;
        for line in lines {
            writeln!(text, "              {line}")?;
        }
    }
    write_passed_over(text, report)
}

/// The sheets that were not read, and why.
fn write_passed_over(text: &mut String, report: &RunReport) -> std::fmt::Result {
    let tables: Vec<&InputReport> = report.input.iter().filter(|input| !input.passed_over.is_empty()).collect();
    for (place, input) in tables.iter().take(PASSED_OVER_SHOWN).enumerate() {
        let hidden = if input.hidden { " (hidden)" } else { "" };
        let line = format!("{}{}{hidden}: {}", input.path, sheet(input), input.passed_over);
        let lines = wrapped_at(&line, 80 - 14);
        for (line_number, line) in lines.lines().enumerate() {
            let label = if (place, line_number) == (0, 0) { "\nSkipped       " } else { "              " };
            writeln!(text, "{label}{line}")?;
        }
    }
    let more = tables.len().saturating_sub(PASSED_OVER_SHOWN);
    if more > 0 {
        let sheets = counted(more as u64, "more sheet", "more sheets");
        writeln!(text, "              {sheets} in report.html")?;
    }
    Ok(())
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
        write_places(text, finding)?;
    }
    let more = report.findings.len().saturating_sub(FINDINGS_SHOWN);
    if more > 0 {
        let kinds = counted(more as u64, "more kind", "more kinds");
        writeln!(text, "              {kinds} of finding in report.html")?;
    }
    let code = report.findings.first().map(|finding| finding.code.as_str()).unwrap_or_default();
    writeln!(text, "              `onroll explain {code}` explains what it means and how to fix it")
}

/// The first rows that a finding rejects or holds. Warnings would fill the summary with row numbers.
fn write_places(text: &mut String, finding: &FindingCount) -> std::fmt::Result {
    if !matches!(finding.severity.as_str(), "reject" | "hold") || finding.first_rows.is_empty() {
        return Ok(());
    }
    let named: Vec<&str> = finding.first_rows.iter().take(ROWS_NAMED).map(String::as_str).collect();
    let more = finding.rows.saturating_sub(named.len() as u64);
    let more = if more > 0 { format!(" and {} more", thousands(more)) } else { String::new() };
    let word = if finding.rows == 1 { "row" } else { "rows" };
    for line in wrapped_at(&format!("{word} {}{more}", named.join(", ")), 80 - 37).lines() {
        writeln!(text, "                                     {line}")?;
    }
    Ok(())
}

/// Breaks a sentence at spaces so that no line is longer than 80 columns.
fn wrapped(sentence: &str) -> String {
    wrapped_at(sentence, 80)
}

fn wrapped_at(sentence: &str, width: usize) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in sentence.split(' ') {
        if column > 0 && column + 1 + word.len() > width {
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
