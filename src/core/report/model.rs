//! The report as plain data: `report.json` is this data, and every other form is made from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::figures::counted;
use super::reconciliation::Reconciliation;
use crate::domain::FindingCode;
use crate::rules::FindingTexts;

/// The version of `report.json`; docs/report.schema.json describes it.
pub const SCHEMA: &str = "onroll.report/1";

/// A run's report. It contains no personal data: rows are named by file, sheet and number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The run.
    pub run: String,
    /// `check` or `upload`.
    pub command: String,
    /// The version of onroll.
    pub version: String,
    /// When the run began, UTC.
    pub started: String,
    /// When it ended, UTC.
    pub finished: String,
    /// The host of the xCures API; `null` in a dry run.
    pub host: Option<String>,
    /// The project; `null` in a dry run.
    pub project: Option<String>,
    /// The balance.
    pub rows: Reconciliation,
    /// How much of what xCures asks for is present.
    pub completeness: CompletenessReport,
    /// How well the exchange networks can be expected to find the patients.
    pub matchability: MatchabilityReport,
    /// Rows that describe the same person.
    pub duplicates: DuplicatesReport,
    /// Findings by code, the most severe and most frequent first.
    pub findings: Vec<FindingCount>,
    /// What would change if the site supplied a field, the largest gain first.
    pub what_to_fix_first: Vec<FixFirst>,
    /// What is in the fix files; `null` for runs of earlier versions.
    #[serde(default)]
    pub fix: Option<FixReport>,
    /// Milliseconds per stage.
    pub timings_ms: BTreeMap<String, u64>,
    /// The tables that were read or skipped.
    pub input: Vec<InputReport>,
    /// Requests and waits; `null` in a dry run.
    pub upload: Option<UploadReport>,
}

/// What is in `fix.xlsx` and `fix.csv`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixReport {
    /// Rows in the fix files.
    pub rows: u64,
    /// Rows that need work but are not in the fix files, because there are too many.
    pub left_out: u64,
    /// Rows that are only in `fix.csv`, because a workbook cannot hold them.
    pub not_in_workbook: u64,
    /// Inputs that could not be read a second time for the fix files, one sentence each.
    pub unread: Vec<String>,
}

/// Completeness of the rows that are not rejected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompletenessReport {
    /// Mean score, 0 to 100, one decimal.
    pub mean: f64,
    /// Rows per band, best first.
    pub bands: Vec<BandCount>,
    /// Filled and valid shares per field.
    pub fields: Vec<FieldShare>,
    /// Rows per score, best first; scores without rows are left out.
    #[serde(default)]
    pub scores: Vec<ScoreCount>,
}

/// Rows of one score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreCount {
    /// 0 to 100.
    pub score: u8,
    /// Rows.
    pub rows: u64,
}

/// Matchability of the rows that are not rejected, by `rules/matchability.toml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MatchabilityReport {
    /// The version of the rule file.
    pub rules_version: String,
    /// The document behind weights, levels and grades.
    pub identity_version: String,
    /// The document behind the CMS rules.
    pub cms_version: String,
    /// Rows that were scored.
    pub rows: u64,
    /// Rows that satisfy at least one published CMS rule that counts.
    pub cms_eligible: u64,
    /// Their share, 0 to 1.
    pub cms_eligible_share: f64,
    /// Rows that satisfy only a published rule that does not count, because they have only an identifier.
    pub cms_identifier_only: u64,
    /// Rows that satisfy no published rule, only a combination derived from the table in the draft.
    pub cms_derived_only: u64,
    /// Rows per input weight, best first.
    pub weights: Vec<WeightCount>,
    /// Rows per level, best first.
    pub levels: Vec<LevelCount>,
    /// Rows per best grade that a responder can give, best first.
    pub grades: Vec<GradeCount>,
    /// Rows per rule.
    pub rules: Vec<RuleCount>,
}

/// Rows of an input weight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightCount {
    /// The weight.
    pub weight: u8,
    /// Rows.
    pub rows: u64,
}

/// Rows of a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelCount {
    /// `L1 weight`, `L0` or `none`.
    pub name: String,
    /// The lowest weight in it.
    pub at_least: u8,
    /// Rows.
    pub rows: u64,
}

/// Rows of a match grade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradeCount {
    /// The grade.
    pub name: String,
    /// Its score, 0 to 1.
    pub score: f64,
    /// Rows.
    pub rows: u64,
}

/// Rows that satisfy a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleCount {
    /// The number in the draft, or `T3` and a number for a derived rule.
    pub id: String,
    /// The fields of the combination.
    pub fields: Vec<String>,
    /// `published` or `derived`.
    pub origin: String,
    /// Whether a row that satisfies the rule counts as eligible.
    pub counts: bool,
    /// The chance that two different people agree in all the fields.
    pub chance: f64,
    /// Rows.
    pub rows: u64,
}

/// What `rows.csv` says about the matchability of rows with the same fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreLine {
    /// The fields, as bits.
    pub presence: u32,
    /// The input weight.
    pub fast_weight: u8,
    /// The level that the weight reaches.
    pub fast_level: String,
    /// The best grade that a responder can give.
    pub predicted_grade: String,
    /// The rules that are satisfied, separated by `;`.
    pub cms_rules: String,
}

/// Rows in a band.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandCount {
    /// The band.
    pub name: String,
    /// The lowest score in it.
    pub at_least: u8,
    /// Rows.
    pub rows: u64,
}

/// How often a field is filled, and valid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldShare {
    /// The field.
    pub field: String,
    /// The vendor's tier.
    pub tier: String,
    /// Share of rows with content in the columns of the field, 0 to 1.
    pub filled_share: f64,
    /// Share of rows whose value is valid, 0 to 1.
    pub valid_share: f64,
}

/// Duplicates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DuplicatesReport {
    /// Pairs compared.
    pub pairs_compared: u64,
    /// Pairs that are the same person.
    pub matched_pairs: u64,
    /// Pairs that need a decision.
    pub review_pairs: u64,
    /// How many of the merged pairs are expected to be wrong, rounded to two decimals.
    pub expected_false_matches: f64,
    /// Blocks of rows with one key that were too large to compare every row with every other.
    pub oversized_blocks: u64,
    /// Blocks of rows with one key that were split by another value because they were too large.
    #[serde(default)]
    pub split_blocks: u64,
    /// Pairs with a common key that were not compared, because too many rows resemble each other; those with the least
    /// in common.
    #[serde(default)]
    pub pairs_left_out: u64,
    /// Pairs that need a decision but are not listed, because both rows have stronger pairs. Their rows are held too.
    #[serde(default)]
    pub review_pairs_left_out: u64,
    /// Persons among the rows that are not rejected.
    pub persons: u64,
    /// The first pairs, those that need a decision first; `duplicates.csv` lists all of them.
    pub pairs_shown: Vec<PairLine>,
}

/// A pair of rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairLine {
    /// File of the earlier row.
    pub left_file: String,
    /// Its sheet; empty for delimited files.
    pub left_sheet: String,
    /// Its number.
    pub left_row: u32,
    /// File of the later row.
    pub right_file: String,
    /// Its sheet.
    pub right_sheet: String,
    /// Its number.
    pub right_row: u32,
    /// `match` or `review`.
    pub band: String,
    /// The blocking rule or exact key that made the two rows a pair.
    pub rule: String,
    /// The match weight in bits without the prior, with two decimals; empty if an exact key decided.
    pub weight: String,
    /// The finding that sends the pair to review.
    pub finding: Option<String>,
    /// What is subtracted from the weight because relatives in one household would agree too, in bits.
    pub household: String,
    /// Probability that the two rows are one person, 0 to 1.
    pub probability: String,
    /// The level of each field; their weights and `household` add up to the weight of the pair.
    pub evidence: Vec<EvidenceLine>,
}

/// The comparison of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceLine {
    /// The field.
    pub field: String,
    /// `same`, `similar`, `different` or `missing`.
    pub level: String,
    /// The name of the comparison level in `rules/matching.toml`.
    pub comparison_level: String,
    /// Its match weight in bits.
    pub weight: String,
    /// The part of the weight that depends on how rare the value is, in bits; empty if frequency does not count.
    pub term_frequency: String,
}

/// How often a finding occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCount {
    /// The code.
    pub code: String,
    /// What it does to the row.
    pub severity: String,
    /// What it is.
    pub title: String,
    /// What it means.
    pub meaning: String,
    /// How to fix it.
    pub fix: String,
    /// Rows with the finding.
    pub rows: u64,
    /// Why it matters for matching.
    #[serde(default)]
    pub why: String,
    /// The numbers of the first rows with the finding, with file and sheet if several tables were read.
    #[serde(default)]
    pub first_rows: Vec<String>,
}

impl FindingCount {
    /// A finding with its number of rows and the texts of the rules.
    pub fn new(code: FindingCode, rows: u64, texts: &FindingTexts) -> Self {
        let text = texts.get(code);
        Self {
            code: code.code().to_owned(),
            severity: code.severity().word().to_owned(),
            title: text.title.clone(),
            meaning: text.meaning.clone(),
            fix: text.fix.clone(),
            rows,
            why: text.why.clone(),
            first_rows: Vec::new(),
        }
    }
}

/// What would change if the site supplied one field: the rows without it, scored again with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FixFirst {
    /// The field, or `address` for all missing parts of the address.
    pub field: String,
    /// Rows without a value that counts.
    pub rows: u64,
    /// Rows among these that are rejected only because of it.
    #[serde(default)]
    pub would_be_accepted: u64,
    /// Rows among these that would satisfy their first published CMS rule.
    #[serde(default)]
    pub would_become_cms_eligible: u64,
    /// Share of the rows that are not rejected which satisfy a published CMS rule, 0 to 1.
    #[serde(default)]
    pub cms_eligible_share_before: f64,
    /// The same with the field supplied.
    #[serde(default)]
    pub cms_eligible_share_after: f64,
    /// Rows among these that would reach a better band.
    pub would_reach_a_better_band: u64,
    /// The bands they would leave and reach.
    #[serde(default)]
    pub bands: Vec<Move>,
    /// The levels they would leave and reach.
    #[serde(default)]
    pub levels: Vec<Move>,
    /// The grades they would leave and reach.
    #[serde(default)]
    pub grades: Vec<Move>,
    /// The CMS rules they would newly satisfy.
    #[serde(default)]
    pub rules: Vec<RuleGain>,
    /// All of this as a sentence.
    pub sentence: String,
}

/// Rows that would move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Where they are.
    pub from: String,
    /// Where they would be.
    pub to: String,
    /// Rows.
    pub rows: u64,
}

/// Rows that would newly satisfy a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleGain {
    /// The rule.
    pub id: String,
    /// Rows.
    pub rows: u64,
}

/// A table that was read or skipped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputReport {
    /// The file, as named on the command line.
    pub path: String,
    /// The sheet; `null` for delimited files.
    pub sheet: Option<String>,
    /// Whether the workbook hides the sheet.
    pub hidden: bool,
    /// `delimited`, `xlsx`, `xls`, `ods` ...
    pub format: String,
    /// The encoding of a delimited file.
    pub encoding: String,
    /// The delimiter of a delimited file; empty for workbooks.
    pub delimiter: String,
    /// What the encoding was recognised by; empty for workbooks.
    #[serde(default)]
    pub encoding_evidence: String,
    /// How cells are separated and quoted in a delimited file; empty for workbooks.
    #[serde(default)]
    pub dialect: String,
    /// `gzip`, `zstd` or `zip` for a compressed file; otherwise empty.
    #[serde(default)]
    pub packing: String,
    /// Bytes of the file.
    pub bytes: u64,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Why the table was skipped; empty for one that was read.
    #[serde(default)]
    pub passed_over: String,
    /// The date system of a workbook, `1900` or `1904`; empty if dates are written in full.
    #[serde(default)]
    pub date_system: String,
    /// Hidden rows that are not blank.
    #[serde(default)]
    pub hidden_rows: u64,
    /// The numbers of those rows, as `5 to 9, 12`.
    #[serde(default)]
    pub hidden_row_numbers: String,
    /// Hidden columns of the table, as `C, F to G`.
    #[serde(default)]
    pub hidden_columns: String,
    /// Ranges of merged cells, as `A1:C1`; at most 1,000.
    #[serde(default)]
    pub merged_cells: Vec<String>,
    /// Formulas without a stored value.
    #[serde(default)]
    pub formulas_without_value: u64,
    /// Rows that were skipped, and why.
    #[serde(default)]
    pub skipped: Vec<SkippedRows>,
    /// Values to the right of the table that were not read.
    #[serde(default)]
    pub values_left_out: u64,
    /// The cell of the first such value.
    #[serde(default)]
    pub first_left_out: String,
    /// The row number of the header; `null` if there is none.
    pub header_row: Option<u32>,
    /// The first patient row.
    pub first_row: Option<u32>,
    /// The last patient row.
    pub last_row: Option<u32>,
    /// Patient rows.
    pub rows: u64,
    /// Blank rows, which are not patient rows.
    pub blank_rows: u64,
    /// Rows that could not be split into the table's columns.
    #[serde(default)]
    pub rows_not_split: u64,
    /// Where the first such rows are; at most 100.
    #[serde(default)]
    pub not_split: Vec<NotSplit>,
    /// Whether the table holds a roster; one that does not is skipped.
    #[serde(default)]
    pub has_roster: bool,
    /// Whether columns were mapped by their cells alone, so that somebody has to confirm the mapping.
    #[serde(default)]
    pub confirm_mapping: bool,
    /// Doubts about the table: that these are patients, that the encoding is right, or that it is the intended table.
    #[serde(default)]
    pub doubts: Vec<String>,
    /// The field of each column.
    pub mapping: Vec<MappedColumnReport>,
    /// Headers of columns that are not used.
    pub unmapped: Vec<String>,
}

impl InputReport {
    /// Notes on how a sheet was read, a few words each.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.hidden {
            notes.push("the sheet is hidden".to_owned());
        }
        if self.date_system == "1904" {
            notes.push("dates use the 1904 date system".to_owned());
        }
        for skipped in &self.skipped {
            notes.push(match (skipped.first_row, skipped.last_row) {
                (Some(first), Some(last)) if first == last => format!("row {first} skipped: {}", skipped.reason),
                (Some(first), Some(last)) => format!("rows {first} to {last} skipped: {}", skipped.reason),
                _ => format!("{} skipped", skipped.reason),
            });
        }
        if self.hidden_rows > 0 {
            let rows = counted(self.hidden_rows, "hidden row was also read", "hidden rows were also read");
            notes.push(format!("{rows}: {}", self.hidden_row_numbers));
        }
        if !self.hidden_columns.is_empty() {
            notes.push(format!("hidden columns were also read: {}", self.hidden_columns));
        }
        if let Some(first) = self.merged_cells.first() {
            let ranges = counted(self.merged_cells.len() as u64, "range", "ranges");
            notes.push(format!("{ranges} of merged cells, the first {first}"));
        }
        if self.formulas_without_value > 0 {
            notes.push(counted(self.formulas_without_value, "formula without a value", "formulas without values"));
        }
        if self.values_left_out > 0 {
            let values = counted(self.values_left_out, "value", "values");
            notes.push(format!(
                "{values} to the right of the table not read, the first in cell {}",
                self.first_left_out
            ));
        }
        if let Some(first) = self.not_split.first() {
            let line = first.line.map(|line| format!("line {line}, ")).unwrap_or_default();
            let byte = first.byte.map(|byte| format!(" ({line}byte {byte})")).unwrap_or_default();
            let (row, reason) = (first.row, &first.reason);
            notes.push(match self.rows_not_split {
                1 => format!("row {row} could not be split into columns{byte}: {reason}"),
                rows => format!("{rows} rows could not be split into columns, the first row {row}{byte}: {reason}"),
            });
        }
        notes.extend(self.doubts.iter().cloned());
        notes.extend(self.doubt());
        notes
    }

    /// A table of names, with nothing else to distinguish people, may not be a list of patients.
    fn doubt(&self) -> Option<String> {
        let identifying = ["subject_id", "external_id", "birth_date", "phone", "email"];
        let is_identified =
            self.mapping.iter().filter_map(|column| column.field.as_deref()).any(|field| identifying.contains(&field));
        (self.rows > 0 && !self.mapping.is_empty() && !is_identified).then(|| {
            "no column holds a date of birth, an identifier, a phone number or an e-mail address: check that these are \
             patients"
                .to_owned()
        })
    }
}

/// Rows that are not patient rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedRows {
    /// The first of them; `null` if they are scattered.
    pub first_row: Option<u32>,
    /// The last of them.
    pub last_row: Option<u32>,
    /// Why.
    pub reason: String,
}

/// A row that could not be split into the columns of its table. Its contents are not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotSplit {
    /// Its number.
    pub row: u32,
    /// The line where it begins, as a text editor counts lines: higher than the row number if earlier cells contain
    /// line breaks. `null` in a workbook.
    #[serde(default)]
    pub line: Option<u32>,
    /// The byte where it begins in the file, after decompression; `null` in a workbook.
    pub byte: Option<u64>,
    /// The code of the finding.
    pub finding: String,
    /// Why, in words.
    pub reason: String,
}

/// A column and its field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MappedColumnReport {
    /// The column, 1-based.
    pub column: u32,
    /// The header as read.
    pub header: String,
    /// The field, or the combination of fields in one cell; `null` if the column is not used.
    pub field: Option<String>,
    /// 0 to 1.
    pub confidence: f64,
    /// Why.
    pub reason: String,
    /// What the cells look like; empty for fields whose cells may have any form.
    #[serde(default)]
    pub evidence: String,
}

/// How the upload went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadReport {
    /// Requests sent, tokens included.
    pub requests: u64,
    /// Requests sent again.
    pub retries: u64,
    /// Requests refused because there were too many (429).
    pub throttled: u64,
    /// Why the run paused; `null` if it completed.
    pub paused: Option<String>,
}
