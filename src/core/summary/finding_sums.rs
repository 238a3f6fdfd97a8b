//! Findings by code over all rows, with the first rows that have each.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::domain::{FindingCode, Outcome, PatientStore, Severity};
use crate::pipeline::{PlannedPersons, Prepared, TableFacts};
use crate::report::FindingCount;
use crate::rules::Rules;

/// Rows that are named for each code.
const ROWS_NAMED: usize = 8;

/// Rows with a code: how many, and the first of them by index.
#[derive(Clone, Debug, Default)]
struct RowsOfCode {
    rows: u64,
    first: Vec<u32>,
}

impl RowsOfCode {
    fn add(&mut self, rows: u64, first: impl IntoIterator<Item = u32>) {
        self.rows += rows;
        self.first.extend(first);
        if self.first.len() > ROWS_NAMED {
            self.first.sort_unstable();
            self.first.truncate(ROWS_NAMED);
        }
    }
}

/// What the findings of all rows add up to.
#[derive(Debug, Default)]
pub(super) struct FindingSums {
    codes: BTreeMap<FindingCode, RowsOfCode>,
    /// Rows with a warning or worse.
    pub(super) with_warnings: u64,
}

impl FindingSums {
    /// Adds up the findings of every row of a store.
    pub(super) fn from_store(store: &PatientStore) -> Self {
        (0..store.batch_count())
            .into_par_iter()
            .map(|batch| Self::from_batch(store, batch))
            .reduce(Self::default, Self::merged)
    }

    fn from_batch(store: &PatientStore, batch: usize) -> Self {
        let mut sums = Self::default();
        for (index, row) in store.batch_rows(batch) {
            let mut codes: Vec<FindingCode> = row.findings().map(|finding| finding.code).collect();
            if codes.iter().any(|code| code.severity() >= Severity::Warn) {
                sums.with_warnings += 1;
            }
            codes.sort_unstable();
            codes.dedup();
            for code in codes {
                let of_code = sums.codes.entry(code).or_default();
                of_code.rows += 1;
                if of_code.first.len() < ROWS_NAMED {
                    of_code.first.push(index);
                }
            }
        }
        sums
    }

    fn merged(mut self, other: Self) -> Self {
        self.with_warnings += other.with_warnings;
        for (code, of_code) in other.codes {
            self.codes.entry(code).or_default().add(of_code.rows, of_code.first);
        }
        self
    }

    /// Every code with its rows, those of the persons among them, gravest and most frequent first.
    pub(super) fn counts(&self, prepared: &Prepared, persons: &PlannedPersons, rules: &Rules) -> Vec<FindingCount> {
        let mut codes = self.codes.clone();
        for (person, findings) in &persons.findings {
            let rows = prepared.matches.clusters.rows(*person as usize);
            let mut of_person: Vec<FindingCode> = findings.iter().map(|finding| finding.code).collect();
            of_person.dedup();
            for code in of_person {
                codes.entry(code).or_default().add(rows.len() as u64, rows.iter().copied().take(ROWS_NAMED));
            }
        }
        let merged =
            persons.outcomes.iter().zip(0..).filter(|(outcome, _)| outcome.outcome.of_merged_rows() == Outcome::Merged);
        for (outcome, person) in merged {
            let others = prepared.matches.clusters.rows(person).iter().filter(|row| **row != outcome.primary);
            let count = others.clone().count() as u64;
            if count > 0 {
                codes.entry(FindingCode::MergedWithRow).or_default().add(count, others.copied().take(ROWS_NAMED));
            }
        }
        let mut counts: Vec<(FindingCode, RowsOfCode)> = codes.into_iter().collect();
        counts.sort_by_key(|(code, of_code)| {
            (std::cmp::Reverse(code.severity()), std::cmp::Reverse(of_code.rows), *code)
        });
        counts
            .into_iter()
            .map(|(code, mut of_code)| {
                of_code.first.sort_unstable();
                FindingCount {
                    first_rows: of_code.first.iter().map(|row| place_of_row(prepared, *row)).collect(),
                    ..FindingCount::new(code, of_code.rows, &rules.findings)
                }
            })
            .collect()
    }
}

/// `17` where one table was read, `clinic-b.xlsx Site 2 17` where there are several.
fn place_of_row(prepared: &Prepared, row: u32) -> String {
    let Some(row_ref) = prepared.store.row(row).map(|row| row.row_ref()) else { return String::new() };
    let with_roster = prepared.tables.iter().filter(|table| table.columns.is_some()).count();
    let table = prepared.table(row_ref.source).filter(|_| with_roster > 1).map(name_of).unwrap_or_default();
    format!("{table}{}", row_ref.row)
}

fn name_of(table: &TableFacts) -> String {
    let file = std::path::Path::new(&table.input.path);
    let file = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let sheet = table.id.sheet().map(|_| format!(" {}", table.id.label())).unwrap_or_default();
    format!("{file}{sheet} ")
}
