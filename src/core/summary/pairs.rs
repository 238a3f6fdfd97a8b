//! The evidence for each person: its pairs, and the rows that its values come from, as the reports and the ledger need
//! them.

use std::fmt;

use crate::domain::ON_ROLL;
use crate::matching::{Band, PairEvidence};
use crate::pipeline::{Prepared, TableFacts};
use crate::report::{EvidenceLine, PairLine, push_evidence};

/// The index of the table of a row, and its row number.
pub fn row_of(prepared: &Prepared, index: u32) -> (u16, u32) {
    prepared.store.row(index).map(|row| (row.row_ref().source.0, row.row_ref().row)).unwrap_or_default()
}

/// What a pair was decided on, as [`evidence_text`](crate::report::evidence_text) words it, without the steps between.
pub fn evidence_of(prepared: &Prepared, pair: &PairEvidence) -> String {
    let evidence = prepared.matches.evidence(pair);
    let mut text = String::with_capacity(evidence.len() * 32);
    for line in &evidence {
        let weight = (line.level.word() != "missing").then_some(Bits(line.weight));
        let frequency = (line.term != 0).then_some(Bits(line.term));
        push_evidence(&mut text, line.field.name(), line.name, weight, frequency);
    }
    text
}

/// A pair as the reports show it.
pub fn pair_line(prepared: &Prepared, pair: &PairEvidence) -> PairLine {
    let evidence = prepared
        .matches
        .evidence(pair)
        .iter()
        .map(|line| EvidenceLine {
            field: line.field.name().to_owned(),
            level: line.level.word().to_owned(),
            comparison_level: line.name.to_owned(),
            weight: Bits(line.weight).to_string(),
            term_frequency: if line.term == 0 { String::new() } else { Bits(line.term).to_string() },
        })
        .collect();
    PairLine { evidence, ..bare_pair_line(prepared, pair) }
}

/// The same without the evidence.
pub fn bare_pair_line(prepared: &Prepared, pair: &PairEvidence) -> PairLine {
    let end = |index: u32| {
        if let Some(person) = prepared.roll.person_at(index) {
            return (ON_ROLL.to_owned(), person.subject_id.to_string(), 0);
        }
        let (source, row) = row_of(prepared, index);
        let (file, sheet) = prepared.tables.get(usize::from(source)).map(TableFacts::location).unwrap_or_default();
        (file.to_owned(), sheet.to_owned(), row)
    };
    let ((left_file, left_sheet, left_row), (right_file, right_sheet, right_row)) = (end(pair.left), end(pair.right));
    PairLine {
        left_file,
        left_sheet,
        left_row,
        right_file,
        right_sheet,
        right_row,
        band: pair.band.word().to_owned(),
        rule: pair.rule.name().to_owned(),
        weight: Bits(pair.weight).to_string(),
        household: Bits(pair.household).to_string(),
        probability: format!("{:.4}", prepared.matches.model.probability(pair.weight)),
        finding: match pair.band {
            Band::Review(code) => Some(code.code().to_owned()),
            Band::Match => None,
        },
        evidence: Vec::new(),
    }
}

/// Hundredths of a bit, shown as bits with two digits.
struct Bits(i32);

impl fmt::Display for Bits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        write!(formatter, "{sign}{}.{:02}", size / 100, size % 100)
    }
}
