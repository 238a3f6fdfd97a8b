//! From prepared rosters and judged persons to the report: the lines of every row, and the sums.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use rayon::prelude::*;

use super::batch::UnsplitRow;
use super::evidence::pair_line;
use super::finding_sums::FindingSums;
use super::persons::PlannedPersons;
use super::scores::{Presences, completeness_report, fix_first, matchability_report};
use super::{Prepared, TableFacts};
use crate::domain::{Finding, FindingCode, Outcome, PackedRow, Presence, RowRef};
use crate::matching::{Band, PairEvidence};
use crate::read::column_name;
use crate::report::{
    CompletenessReport, DuplicatesReport, FindingCount, FixFirst, InputReport, MappedColumnReport, MatchabilityReport,
    NotSplit, RowLine, RowsWriter, ScoreLine, ScoreLines, SkippedRows, counted,
};
use crate::rules::Rules;

/// Pairs shown in `report.json` and `report.html`; `duplicates.csv` has all of them.
const PAIRS_SHOWN: usize = 200;

/// A row with everything its line says, but for what the person came to.
pub struct RowFacts<'a> {
    /// The table.
    pub table: Option<&'a TableFacts>,
    /// Index of the row in the store.
    pub index: u32,
    /// Where it stands.
    pub row_ref: RowRef,
    /// The person's number, from 0.
    pub person: u32,
    /// Whether the row carries its person.
    pub is_primary: bool,
    /// The first external id.
    pub external_id: &'a str,
    /// 0 to 100.
    pub completeness: u8,
    /// Which fields count: by it the line of its matchability is found.
    pub presence: Presence,
    /// Codes with fields, separated by `;`.
    pub findings: String,
    /// What becomes of the row if nothing more happens.
    pub outcome: Outcome,
    /// Why.
    pub reason: Cow<'a, str>,
}

/// Calls `visit` with every row in input order.
pub fn visit_rows<E>(
    prepared: &Prepared,
    persons: &PlannedPersons,
    mut visit: impl FnMut(&RowFacts<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let threads = rayon::current_num_threads();
    let batches: Vec<usize> = (0..prepared.store.batch_count()).collect();
    for group in batches.chunks(threads * 2) {
        let facts: Vec<Vec<RowFacts<'_>>> = group
            .par_iter()
            .map(|batch| {
                prepared
                    .store
                    .batch_rows(*batch)
                    .map(|(index, row)| row_facts(prepared, persons, index, &row))
                    .collect()
            })
            .collect();
        for row in facts.iter().flatten() {
            visit(row)?;
        }
    }
    Ok(())
}

fn row_facts<'a>(prepared: &'a Prepared, persons: &'a PlannedPersons, index: u32, row: &PackedRow<'a>) -> RowFacts<'a> {
    let person = prepared.matches.clusters.person_of(index);
    let row_ref = row.row_ref();
    let standing = persons.outcomes.get(person as usize);
    let is_primary = standing.is_none_or(|standing| standing.primary == index);
    let findings = row.findings().chain(persons.findings_of(person).iter().copied());
    let of_person = standing.map_or(Outcome::NotAttempted, |standing| standing.outcome);
    let mut reason = standing.map(|standing| Cow::Borrowed(standing.reason.as_ref())).unwrap_or_default();
    let outcome = if is_primary { of_person } else { of_person.of_merged_rows() };
    let is_merged = outcome == Outcome::Merged;
    if is_merged {
        reason = standing.map(|standing| Cow::Owned(merged_into(prepared, standing.primary))).unwrap_or_default();
    }
    let findings = findings.chain(is_merged.then_some(Finding::in_row(FindingCode::MergedWithRow)));
    RowFacts {
        table: prepared.table(row_ref.source),
        index,
        row_ref,
        person,
        is_primary,
        external_id: row.first_external_id(),
        completeness: row.completeness(),
        presence: row.presence(),
        findings: finding_list(findings),
        outcome,
        reason,
    }
}

/// `merged into clinic-a.csv row 17`.
fn merged_into(prepared: &Prepared, primary: u32) -> String {
    let mut text = "merged into ".to_owned();
    if let Some(row) = prepared.store.row(primary) {
        let row_ref = row.row_ref();
        let (file, sheet) = prepared.table(row_ref.source).map(place).unwrap_or_default();
        let _ = write!(text, "{file}{}{sheet} row {}", if sheet.is_empty() { "" } else { " " }, row_ref.row);
    }
    text
}

pub(super) fn place(table: &TableFacts) -> (&str, &str) {
    (table.input.path.as_str(), table.sheet.as_deref().unwrap_or_default())
}

fn finding_list(findings: impl Iterator<Item = Finding>) -> String {
    let mut text = String::new();
    for finding in findings {
        if text.is_empty() {
            // Room for three.
            text.reserve(64);
        } else {
            text.push(';');
        }
        text.push_str(finding.code.code());
        if let Some(field) = finding.field {
            text.push(':');
            text.push_str(field.name());
        }
    }
    text
}

/// Writes the lines of every row of a dry run.
pub fn row_lines(
    prepared: &Prepared,
    persons: &PlannedPersons,
    rules: &Rules,
    out: &mut RowsWriter<'_>,
) -> io::Result<()> {
    let scores = ScoreLines::new(Presences::of(&prepared.store).lines(rules));
    visit_rows(prepared, persons, |row| {
        let (source_file, sheet) = row.table.map(place).unwrap_or_default();
        let standing = persons.outcomes.get(row.person as usize);
        // In a dry run nobody has an id but those who are on the roll.
        let on_roll = standing.filter(|standing| standing.outcome == Outcome::AlreadyOnRoll);
        let subject_id = on_roll.and_then(|standing| standing.subject_id);
        out.write(&RowLine {
            source_file,
            sheet,
            row: row.row_ref.row,
            external_id: row.external_id,
            person: row.person + 1,
            subject_id: &subject_id.map(|id| id.to_string()).unwrap_or_default(),
            outcome: row.outcome,
            reason: &row.reason,
            completeness: row.completeness,
            scores: scores.of(row.presence.bits()),
            findings: &row.findings,
        })
    })
}

/// The sums of a report that come from the rosters alone.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct ReportSums {
    /// Completeness of the rows.
    pub completeness: CompletenessReport,
    /// Matchability of the rows.
    #[serde(default)]
    pub matchability: MatchabilityReport,
    /// What `rows.csv` says of the matchability of the rows, by the fields that they have.
    #[serde(default)]
    pub score_lines: Vec<ScoreLine>,
    /// Duplicates.
    pub duplicates: DuplicatesReport,
    /// Findings by code.
    pub findings: Vec<FindingCount>,
    /// What to fix first.
    pub what_to_fix_first: Vec<FixFirst>,
    /// The tables.
    pub input: Vec<InputReport>,
    /// Rows with a warning or worse.
    pub rows_with_warnings: u64,
}

/// Adds up what the report says about the rosters.
pub fn report_inputs(prepared: &Prepared, persons: &PlannedPersons, rules: &Rules) -> ReportSums {
    let sums = FindingSums::of(&prepared.store);
    let presences = Presences::of(&prepared.store);
    ReportSums {
        completeness: completeness_report(prepared, &presences, rules),
        matchability: matchability_report(&presences, rules),
        score_lines: presences.lines(rules),
        duplicates: duplicates(prepared),
        findings: sums.counts(prepared, persons, rules),
        what_to_fix_first: fix_first(&presences, rules),
        input: prepared.tables.iter().map(|table| input_report(table, rules)).collect(),
        rows_with_warnings: sums.with_warnings,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Rounded, so that the report is the same text wherever it is made.
pub(super) fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

fn duplicates(prepared: &Prepared) -> DuplicatesReport {
    let matches = &prepared.matches;
    let rejected = (0..matches.clusters.len())
        .filter(|person| {
            let rows = matches.clusters.rows(*person).iter();
            rows.filter_map(|row| prepared.store.row(*row)).all(|row| row.is_rejected())
        })
        .count();
    let (review, same): (Vec<&PairEvidence>, Vec<&PairEvidence>) =
        matches.pairs.iter().partition(|pair| pair.band != Band::Match);
    let shown = review.into_iter().chain(same).take(PAIRS_SHOWN);
    DuplicatesReport {
        pairs_compared: matches.pairs_compared,
        matched_pairs: matches.matched_pairs() as u64,
        review_pairs: matches.review_pairs() as u64,
        expected_false_matches: rounded(matches.expected_false_matches(), 100.0),
        oversized_blocks: matches.left_out.oversized_blocks,
        split_blocks: matches.left_out.split_blocks,
        pairs_left_out: matches.left_out.pairs,
        review_pairs_left_out: matches.left_out.review_pairs,
        persons: (matches.clusters.len() - rejected) as u64,
        pairs_shown: shown.map(|pair| pair_line(prepared, pair)).collect(),
    }
}

/// The rows of a table that are no patient rows, and are in no other report.
fn skipped_rows(table: &TableFacts) -> Vec<SkippedRows> {
    let mut skipped = Vec::new();
    if let Some((first, last)) = table.rows_above {
        let reason = "a title or notes above the header".to_owned();
        skipped.push(SkippedRows { first_row: Some(first), last_row: Some(last), reason });
    }
    if table.blank_rows > 0 {
        let reason = counted(table.blank_rows, "blank row", "blank rows");
        skipped.push(SkippedRows { first_row: None, last_row: None, reason });
    }
    skipped
}

fn not_split(row: &UnsplitRow, rules: &Rules) -> NotSplit {
    let (finding, reason) = (row.code.code().to_owned(), rules.findings.get(row.code).title.clone());
    let (byte, line) = row.place.map(|place| (place.byte, place.line)).unzip();
    NotSplit { row: row.row, line, byte, finding, reason }
}

/// What a reader should know before the table is believed.
fn doubts_of(table: &TableFacts, rules: &Rules) -> Vec<String> {
    let providers = table.columns.as_ref().and_then(|columns| columns.header_of_providers(&rules.headers));
    let told = providers.map(|header| {
        format!(
            "there is a column \"{header}\", but no birth date, sex or record number: check that these are patients, not \
             providers"
        )
    });
    let unused = "`--sheet` works only with workbooks; the whole file was read".to_owned();
    let sign = table.input.sign_in_words.map(|sign| {
        format!(
            "characters such as {sign} appear inside names, so the encoding is probably not {} but another one, such as \
             DOS code page 437 or Windows-1250, and names are wrong; save the file as UTF-8 in the program it came from, \
             and check it again",
            table.input.encoding
        )
    });
    told.into_iter().chain(sign).chain(table.has_no_sheets_to_choose.then_some(unused)).collect()
}

fn input_report(table: &TableFacts, rules: &Rules) -> InputReport {
    let input = &table.input;
    let sheet = table.sheet_facts.clone().unwrap_or_default();
    let cell = |(row, column): (u32, u32)| format!("{}{row}", column_name(column));
    let columns = table.columns.as_ref();
    let mapping =
        columns.map(|columns| columns.columns.iter()).into_iter().flatten().zip(1..).map(|(column, number)| {
            MappedColumnReport {
                column: number,
                header: column.header.clone(),
                field: column.content.map(|content| content.name().to_owned()),
                confidence: rounded(column.confidence, 100.0),
                reason: column.reason.to_string(),
                evidence: column.evidence.map(|evidence| evidence.to_string()).unwrap_or_default(),
            }
        });
    InputReport {
        path: input.path.clone(),
        sheet: table.sheet.clone(),
        hidden: table.hidden,
        format: input.format.name().to_owned(),
        encoding: input.encoding.clone(),
        delimiter: input.format.delimiter().map(String::from).unwrap_or_default(),
        encoding_evidence: input.encoding_evidence.to_owned(),
        dialect: input.dialect.map(|dialect| dialect.to_string()).unwrap_or_default(),
        packing: input.packing.map(|packing| packing.name().to_owned()).unwrap_or_default(),
        bytes: input.bytes,
        sha256: input.sha256.clone(),
        passed_over: table.passed_over.clone(),
        date_system: sheet.dates.map(|dates| dates.name().to_owned()).unwrap_or_default(),
        hidden_rows: sheet.hidden_rows.count(),
        hidden_row_numbers: sheet.hidden_rows.shown(|row| row.to_string()),
        hidden_columns: sheet.hidden_columns.shown(column_name),
        formulas_without_value: sheet.uncomputed,
        skipped: skipped_rows(table),
        values_left_out: sheet.left_out,
        first_left_out: sheet.first_left_out.map(cell).unwrap_or_default(),
        merged_cells: sheet.merged,
        header_row: columns.and_then(|columns| columns.header_row),
        first_row: table.row_span.map(|(first, _)| first),
        last_row: table.row_span.map(|(_, last)| last),
        rows: table.rows,
        blank_rows: table.blank_rows,
        rows_not_split: table.unsplit.rows,
        not_split: table.unsplit.first.iter().map(|row| not_split(row, rules)).collect(),
        has_roster: columns.is_some(),
        confirm_mapping: columns.is_some_and(crate::map::ColumnMap::needs_confirmation),
        doubts: doubts_of(table, rules),
        mapping: mapping.collect(),
        unmapped: columns.map(crate::map::ColumnMap::unmapped_headers).unwrap_or_default(),
    }
}
