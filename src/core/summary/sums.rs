//! The sums of a report: completeness, matchability, duplicates, findings, and what to fix first.

use super::figures::rounded;
use super::finding_sums::FindingSums;
use super::inputs::input_report;
use super::pairs::pair_line;
use super::scores::{Presences, completeness_report, fix_first, matchability_report};
use crate::matching::{Band, PairEvidence};
use crate::pipeline::{PlannedPersons, Prepared};
use crate::report::{
    CompletenessReport, DuplicatesReport, FindingCount, FixFirst, InputReport, MatchabilityReport, ScoreLine,
};
use crate::rules::Rules;

/// Pairs shown in `report.json` and `report.html`; `duplicates.csv` has all of them.
const PAIRS_SHOWN: usize = 200;

/// The sums of a report that come from the rosters alone.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
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
pub fn report_sums(prepared: &Prepared, persons: &PlannedPersons, rules: &Rules) -> ReportSums {
    let sums = FindingSums::from_store(&prepared.store);
    let presences = Presences::from_store(&prepared.store);
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
