//! A clean roster, polluted in every way that public surveys of CSV files list, read through the real library, and
//! scored as Pollock scores (Vitagliano et al., VLDB 2023): success, and precision, recall and F1 of header, records
//! and cells.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[allow(dead_code, reason = "another test uses the rest")]
mod polluter;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use onroll_core::rules::Rules;

use polluter::{Pollution, pollutions};

/// What one polluted file came to.
struct Outcome {
    family: &'static str,
    weight: f64,
    score: f64,
    /// Whether a row was taken in with a cell that is wrong.
    silently_wrong: bool,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

/// Rows that were taken in, as (row's cells), header first; `None` where the file was refused.
fn read(bytes: &[u8]) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("roster.csv");
    fs_err::write(&path, bytes).expect("written");
    let mut batches = Vec::new();
    let mut delimiter = ',';
    onroll_core::read::read_roster(&path, &|_| {}, &mut |event| {
        match event {
            onroll_core::read::ReadEvent::Rows(rows) => batches.push(rows.split()),
            onroll_core::read::ReadEvent::Table { delimiter: found, .. } => delimiter = found.unwrap_or(delimiter),
            onroll_core::read::ReadEvent::Sheet(_) | onroll_core::read::ReadEvent::EndOfTable => {}
        }
        Ok(())
    })
    .ok()?;
    let first = batches.first()?;
    let (first_row, columns) = onroll_core::map::find_columns(first, &RULES, None).ok()?;
    let width = columns.columns.len();
    let header: Vec<String> = columns.columns.iter().map(|column| column.header.trim().to_owned()).collect();
    // A column without a header that holds nothing is none, as between two delimiters that are one.
    let is_told = |column: usize| header.get(column).is_some_and(|header| !header.is_empty());
    let holds = |column: usize| {
        batches
            .iter()
            .flat_map(onroll_core::domain::RowBatch::rows)
            .any(|row| row.cell(column).is_some_and(|(text, _)| !text.is_empty()))
    };
    let shown: Vec<usize> = (0..width).filter(|column| is_told(*column) || holds(*column)).collect();
    let mut rows = Vec::new();
    for (index, batch) in batches.iter().enumerate() {
        for row in batch.rows().skip(if index == 0 { first_row } else { 0 }) {
            if row.is_blank() || row.fault().is_some() {
                continue;
            }
            let repaired = columns.repair(&row, &RULES, delimiter);
            let row = repaired.as_ref().and_then(|repaired| repaired.batch.row(0)).unwrap_or(row);
            let mut mapped = onroll_core::map::MappedCells::default();
            if columns.map_row(&row, &RULES, &mut mapped) == onroll_core::map::RowShape::Fits {
                // A row without a name is rejected by the rules: it is no patient.
                let mut names = shown.iter().take(2).filter_map(|column| row.cell(*column));
                let is_named = names.all(|(text, _)| !text.trim().is_empty());
                if !is_named {
                    continue;
                }
                let cells = shown.iter().filter_map(|column| row.cell(*column));
                rows.push(cells.map(|(text, _)| text.trim().to_owned()).collect::<Vec<_>>());
            }
        }
    }
    Some((header, rows))
}

/// Precision, recall and F1 of found things against true ones, as multisets.
fn overlap(found: &[String], truth: &[String]) -> [f64; 3] {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for text in found {
        counts.entry(text).or_default().0 += 1;
    }
    for text in truth {
        counts.entry(text).or_default().1 += 1;
    }
    let both: usize = counts.values().map(|(found, truth)| found.min(truth)).sum();
    #[allow(clippy::cast_precision_loss, reason = "some thousand cells")]
    let share = |part: usize, whole: usize| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
    [share(both, found.len()), share(both, truth.len()), share(2 * both, found.len() + truth.len())]
}

fn measure(case: &Pollution) -> Outcome {
    let truth_rows: Vec<String> = case.rows.iter().map(|row| row.join("\u{1f}")).collect();
    let quarantined: Vec<usize> = case.may_be_quarantined.clone();
    let Some((header, rows)) = read(&case.bytes) else {
        return Outcome { family: case.family, weight: case.weight, score: 0.0, silently_wrong: false };
    };
    let found_rows: Vec<String> = rows.iter().map(|row| row.join("\u{1f}")).collect();
    let truth: BTreeSet<&String> = truth_rows.iter().collect();
    let silently_wrong = found_rows.iter().any(|row| !truth.contains(row));
    // A row that can only be guessed at is right in quarantine: then it is no part of the truth to be found.
    let expected: Vec<String> = truth_rows
        .iter()
        .enumerate()
        .filter(|(index, row)| !quarantined.contains(index) || found_rows.contains(row))
        .map(|(_, row)| row.clone())
        .collect();
    let cells =
        |rows: &[String]| rows.iter().flat_map(|row| row.split('\u{1f}')).map(str::to_owned).collect::<Vec<_>>();
    let header_found: Vec<String> = header.iter().filter(|header| !header.is_empty()).cloned().collect();
    let parts = [
        overlap(&header_found, &case.header),
        overlap(&found_rows, &expected),
        overlap(&cells(&found_rows), &cells(&expected)),
    ];
    let score = 1.0 + parts.iter().flatten().sum::<f64>();
    Outcome { family: case.family, weight: case.weight, score, silently_wrong }
}

#[test]
fn polluted_rosters_are_read_as_they_were_meant_or_set_aside_and_never_wrong_without_a_word() {
    let outcomes: Vec<Outcome> = pollutions(20).iter().map(measure).collect();
    let mut families: BTreeMap<&str, (usize, f64, usize, f64)> = BTreeMap::new();
    for outcome in &outcomes {
        let family = families.entry(outcome.family).or_default();
        family.0 += 1;
        family.1 += outcome.score;
        family.2 += usize::from(outcome.silently_wrong);
        family.3 += outcome.weight;
    }
    #[allow(clippy::cast_precision_loss, reason = "some hundred files")]
    let simple = outcomes.iter().map(|outcome| outcome.score).sum::<f64>() / outcomes.len() as f64;
    let weights: f64 = outcomes.iter().map(|outcome| outcome.weight).sum();
    let weighted = outcomes.iter().map(|outcome| outcome.score * outcome.weight).sum::<f64>() / weights;
    let silent = outcomes.iter().filter(|outcome| outcome.silently_wrong).count();
    let mut table = String::from("| pollution | files | mean score | silent misloads |\n|---|---|---|---|\n");
    for (family, (files, score, silent, _)) in &families {
        #[allow(clippy::cast_precision_loss, reason = "some hundred files")]
        let mean = score / *files as f64;
        let _ = writeln!(table, "| {family} | {files} | {mean:.3} | {silent} |");
    }
    let _ = writeln!(table, "| **all, simple** | {} | **{simple:.3}** | **{silent}** |", outcomes.len());
    let _ = writeln!(table, "| **all, weighted** | | **{weighted:.3}** | |");
    insta::assert_snapshot!("pollution", table);
    assert_eq!(silent, 0, "{table}");
    assert!(simple >= 9.9 && weighted >= 9.6, "{table}");
}
