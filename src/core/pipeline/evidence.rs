//! What speaks for each person: its pairs, and the rows that its values come from, as the reports and the ledger want them.

use std::fmt::{self, Write as _};
use std::io;

use super::persons::PlannedPersons;
use super::{Prepared, TableFacts};
use crate::domain::Origin;
use crate::ledger::{Ledger, LedgerError, LedgerPair, PairEnd};
use crate::matching::{Band, PairEvidence};
use crate::report::{DuplicatesWriter, EvidenceLine, ON_ROLL, OriginLine, PairLine, PersonsWriter, push_evidence};

/// Pairs and persons written to the ledger in one transaction.
const PER_TRANSACTION: usize = 5_000;

/// Writes every pair.
pub fn pair_lines(prepared: &Prepared, out: &mut DuplicatesWriter<'_>) -> io::Result<()> {
    prepared
        .matches
        .pairs
        .iter()
        .try_for_each(|pair| out.write_with_evidence(&bare_pair_line(prepared, pair), &evidence_of(prepared, pair)))
}

/// Writes where the values of every merged person come from.
pub fn origin_lines(prepared: &Prepared, persons: &PlannedPersons, out: &mut PersonsWriter<'_>) -> io::Result<()> {
    persons.origins.iter().try_for_each(|(person, origins)| {
        origins.iter().try_for_each(|origin| {
            let (source, row) = row_of(prepared, origin.row);
            let (source_file, sheet) = prepared.tables.get(usize::from(source)).map(place).unwrap_or_default();
            let person = person + 1;
            out.write(&OriginLine { person, part: origin.part, source_file, sheet, row, place: origin.place })
        })
    })
}

/// Keeps pairs and origins in the ledger, so that both files can be drawn again.
pub fn keep_evidence(
    prepared: &Prepared,
    persons: &PlannedPersons,
    ledger: &mut Ledger,
    run: &str,
) -> Result<(), LedgerError> {
    let mut ordinal = 0;
    for pairs in prepared.matches.pairs.chunks(PER_TRANSACTION) {
        let lines = pairs.iter().map(|pair| ledger_pair(prepared, pair));
        ledger.write(|writes| writes.add_pairs(run, ordinal, lines))?;
        ordinal += u32::try_from(pairs.len()).unwrap_or(u32::MAX);
    }
    for origins in persons.origins.chunks(PER_TRANSACTION) {
        let texts: Vec<(u32, String)> =
            origins.iter().map(|(person, origins)| (*person, origins_text(prepared, origins))).collect();
        ledger.write(|writes| writes.add_origins(run, &texts))?;
    }
    Ok(())
}

/// `0 17 name record` for each value: table, row, part and place, a semicolon between two.
fn origins_text(prepared: &Prepared, origins: &[Origin]) -> String {
    let mut text = String::with_capacity(origins.len() * 24);
    for origin in origins {
        let (source, row) = row_of(prepared, origin.row);
        let separator = if text.is_empty() { "" } else { ";" };
        // Writing to a String cannot fail.
        let _ = write!(text, "{separator}{source} {row} {} {}", origin.part, origin.place);
    }
    text
}

fn ledger_pair(prepared: &Prepared, pair: &PairEvidence) -> LedgerPair {
    let line = bare_pair_line(prepared, pair);
    let right = if let Some(person) = prepared.roll.person_at(pair.right) {
        PairEnd::OnRoll(person.subject_id)
    } else {
        let (source, row) = row_of(prepared, pair.right);
        PairEnd::Row { source, row }
    };
    LedgerPair {
        left: row_of(prepared, pair.left),
        right,
        evidence: evidence_of(prepared, pair),
        band: line.band,
        rule: line.rule,
        weight: line.weight,
        household: line.household,
        probability: line.probability,
        finding: line.finding.unwrap_or_default(),
    }
}

fn row_of(prepared: &Prepared, index: u32) -> (u16, u32) {
    prepared.store.row(index).map(|row| (row.row_ref().source.0, row.row_ref().row)).unwrap_or_default()
}

fn place(table: &TableFacts) -> (&str, &str) {
    (table.input.path.as_str(), table.sheet.as_deref().unwrap_or_default())
}

/// What a pair was decided on, as [`evidence_text`](crate::report::evidence_text) words it, without the steps between.
fn evidence_of(prepared: &Prepared, pair: &PairEvidence) -> String {
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
pub(super) fn pair_line(prepared: &Prepared, pair: &PairEvidence) -> PairLine {
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
fn bare_pair_line(prepared: &Prepared, pair: &PairEvidence) -> PairLine {
    let end = |index: u32| {
        if let Some(person) = prepared.roll.person_at(index) {
            return (ON_ROLL.to_owned(), person.subject_id.to_string(), 0);
        }
        let (source, row) = row_of(prepared, index);
        let (file, sheet) = prepared.tables.get(usize::from(source)).map(place).unwrap_or_default();
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
