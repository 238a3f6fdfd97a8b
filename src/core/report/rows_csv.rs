//! `rows.csv`: one line per input row, in input order. Written as it is produced, never held.

use std::io::{self, Write};

use super::model::ScoreLine;
use crate::domain::{Outcome, guarded};

const HEADER: [&str; 14] = [
    "source_file",
    "sheet",
    "row",
    "external_id",
    "person",
    "subject_id",
    "outcome",
    "reason",
    "completeness",
    "findings",
    "fast_weight",
    "fast_level",
    "predicted_grade",
    "cms_rules",
];

/// One line. All text is borrowed; nothing is kept.
#[derive(Clone, Copy)]
pub struct RowLine<'a> {
    /// The file as it was named on the command line.
    pub source_file: &'a str,
    /// The sheet; empty for delimited files.
    pub sheet: &'a str,
    /// The row number as a spreadsheet program shows it.
    pub row: u32,
    /// The first external id of the row; empty when it has none. Personal data: this is a declared report file.
    pub external_id: &'a str,
    /// The number of the row's person within the run, from 1; rows of one person share it.
    pub person: u32,
    /// The subject id; empty in a dry run and for rows that are not on the roll.
    pub subject_id: &'a str,
    /// What became of the row.
    pub outcome: Outcome,
    /// Why.
    pub reason: &'a str,
    /// 0 to 100.
    pub completeness: u8,
    /// Its matchability; `None` where the run did not keep it.
    pub scores: Option<&'a ScoreLine>,
    /// Codes with their fields, separated by `;`.
    pub findings: &'a str,
}

/// The matchability of every presence of a run, to be found by it.
#[derive(Debug)]
pub struct ScoreLines {
    lines: Vec<ScoreLine>,
}

/// The digits in which a row's place among the lines is kept: two to a row.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl ScoreLines {
    /// Of these lines, in any order.
    pub fn new(mut lines: Vec<ScoreLine>) -> Self {
        lines.sort_unstable_by_key(|line| line.presence);
        Self { lines }
    }

    /// The line of a presence.
    pub fn get(&self, presence: u32) -> Option<&ScoreLine> {
        self.lines.get(self.place(presence)?)
    }

    fn place(&self, presence: u32) -> Option<usize> {
        self.lines.binary_search_by_key(&presence, |line| line.presence).ok()
    }

    /// The places of rows of these presences, two letters for each row in turn. What has no line, or one beyond the
    /// first four thousand, is kept as unknown.
    pub fn places(&self, presences: impl Iterator<Item = u32>) -> String {
        let unknown = DIGITS.len() * DIGITS.len() - 1;
        let digit = |value: usize| char::from(DIGITS.get(value % DIGITS.len()).copied().unwrap_or_default());
        presences
            .flat_map(|presence| {
                let place = self.place(presence).unwrap_or(unknown).min(unknown);
                [digit(place / DIGITS.len()), digit(place)]
            })
            .collect()
    }

    /// The line of the row that comes `ordinal`th in [`ScoreLines::places`].
    pub fn for_row(&self, places: &str, ordinal: u32) -> Option<&ScoreLine> {
        let start = ordinal as usize * 2;
        let place = places.get(start..start + 2)?.bytes().try_fold(0, |sum, letter| {
            DIGITS.iter().position(|digit| *digit == letter).map(|value| sum * DIGITS.len() + value)
        })?;
        self.lines.get(place)
    }
}

/// Writes `rows.csv` and counts the outcomes for the balance.
pub struct RowsWriter<'a> {
    out: csv::Writer<&'a mut dyn Write>,
    counts: [u64; Outcome::ALL.len()],
}

impl<'a> RowsWriter<'a> {
    /// Begins the file with its header.
    pub fn new(out: &'a mut dyn Write) -> io::Result<Self> {
        let mut out = csv::WriterBuilder::new().buffer_capacity(1 << 18).from_writer(out);
        out.write_record(HEADER)?;
        Ok(Self { out, counts: [0; Outcome::ALL.len()] })
    }

    /// Writes a line.
    pub fn write(&mut self, line: &RowLine<'_>) -> io::Result<()> {
        for text in [line.source_file, line.sheet] {
            self.out.write_field(guarded(text).as_bytes())?;
        }
        let mut digits = Digits::default();
        self.out.write_field(digits.write(line.row))?;
        self.out.write_field(guarded(line.external_id).as_bytes())?;
        self.out.write_field(digits.write(line.person))?;
        self.out.write_field(line.subject_id)?;
        self.out.write_field(line.outcome.word())?;
        self.out.write_field(guarded(line.reason).as_bytes())?;
        self.out.write_field(digits.write(u32::from(line.completeness)))?;
        self.out.write_field(line.findings)?;
        match line.scores {
            Some(scores) => {
                self.out.write_field(digits.write(u32::from(scores.fast_weight)))?;
                for text in [&scores.fast_level, &scores.predicted_grade, &scores.cms_rules] {
                    self.out.write_field(guarded(text).as_bytes())?;
                }
            }
            None => (0..4).try_for_each(|_| self.out.write_field(""))?,
        }
        self.out.write_record(None::<&[u8]>)?;
        if let Some(count) = self.counts.get_mut(line.outcome as usize) {
            *count += 1;
        }
        Ok(())
    }

    /// Ends the file; returns the rows per outcome in the order of [`Outcome::ALL`].
    pub fn finish(mut self) -> io::Result<[u64; Outcome::ALL.len()]> {
        self.out.flush()?;
        Ok(self.counts)
    }
}

/// A number as text without an allocation.
#[derive(Default)]
struct Digits([u8; 10]);

impl Digits {
    fn write(&mut self, number: u32) -> &[u8] {
        let mut rest = number;
        let mut start = self.0.len();
        for (place, byte) in self.0.iter_mut().enumerate().rev() {
            *byte = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
            start = place;
            if rest == 0 {
                break;
            }
        }
        self.0.get(start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::unguarded;

    fn written(line: &RowLine<'_>) -> Vec<String> {
        let mut bytes = Vec::new();
        let mut writer = RowsWriter::new(&mut bytes).unwrap();
        writer.write(line).unwrap();
        assert_eq!(writer.finish().unwrap().iter().sum::<u64>(), 1);
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        reader.records().next().unwrap().unwrap().iter().map(|cell| unguarded(cell).to_owned()).collect()
    }

    #[test]
    fn rows_find_their_scores_again_by_their_place() {
        let lines = (0..300).map(|presence| ScoreLine { presence: presence * 3, ..ScoreLine::default() });
        let lines = ScoreLines::new(lines.collect());
        let presences = [0, 897, 3, 1, 192];
        let places = lines.places(presences.into_iter());
        let found: Vec<Option<u32>> =
            (0..6).map(|ordinal| lines.for_row(&places, ordinal).map(|line| line.presence)).collect();
        assert_eq!(found, [Some(0), Some(897), Some(3), None, Some(192), None]);
    }

    proptest! {
        #[test]
        fn any_text_comes_back_the_same(file in ".{0,12}", id in ".{0,12}", reason in ".{0,20}", row: u32) {
            let scores = ScoreLine {
                presence: 0,
                fast_weight: 10,
                fast_level: "L1 weight".to_owned(),
                predicted_grade: "very good".to_owned(),
                cms_rules: "02;11".to_owned(),
            };
            let line = RowLine {
                source_file: &file, sheet: "", row, external_id: &id, person: 7, subject_id: "",
                outcome: Outcome::Held, reason: &reason, completeness: 88, scores: Some(&scores),
                findings: "D103:birth_date",
            };
            let row_text = row.to_string();
            let expected = [file.as_str(), "", &row_text, &id, "7", "", "held", &reason, "88", "D103:birth_date",
                            "10", "L1 weight", "very good", "02;11"];
            prop_assert_eq!(written(&line), expected);
        }
    }
}
