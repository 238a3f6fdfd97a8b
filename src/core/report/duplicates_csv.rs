//! `duplicates.csv`: every pair that matched or goes to review, with its evidence, for the steward to decide on.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};

use super::model::{EvidenceLine, PairLine};
use crate::domain::guarded;

/// Writes `duplicates.csv` as pairs come.
pub struct DuplicatesWriter<'a> {
    out: csv::Writer<&'a mut dyn Write>,
}

impl<'a> DuplicatesWriter<'a> {
    /// Begins the file with its header.
    pub fn new(out: &'a mut dyn Write) -> io::Result<Self> {
        let mut out = csv::WriterBuilder::new().buffer_capacity(1 << 18).from_writer(out);
        out.write_record([
            "left_file",
            "left_sheet",
            "left_row",
            "right_file",
            "right_sheet",
            "right_row",
            "band",
            "rule",
            "weight",
            "household",
            "probability",
            "finding",
            "evidence",
            "decision",
        ])?;
        Ok(Self { out })
    }

    /// Writes a pair; the decision is left open.
    pub fn write(&mut self, pair: &PairLine) -> io::Result<()> {
        self.write_with_evidence(pair, &evidence_text(&pair.evidence))
    }

    /// The same with the evidence in the words of [`evidence_text`].
    pub fn write_with_evidence(&mut self, pair: &PairLine, evidence: &str) -> io::Result<()> {
        let (left_row, right_row) = (pair.left_row.to_string(), pair.right_row.to_string());
        self.out.write_record([
            guarded(&pair.left_file).as_ref(),
            guarded(&pair.left_sheet).as_ref(),
            &left_row,
            guarded(&pair.right_file).as_ref(),
            guarded(&pair.right_sheet).as_ref(),
            &right_row,
            &pair.band,
            &pair.rule,
            &pair.weight,
            &pair.household,
            &pair.probability,
            pair.finding.as_deref().unwrap_or_default(),
            evidence,
            "",
        ])?;
        Ok(())
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The evidence of a pair as the file words it.
pub fn evidence_text(lines: &[EvidenceLine]) -> String {
    let mut text = String::with_capacity(lines.len() * 32);
    for line in lines {
        let weight = (line.level != "missing").then_some(line.weight.as_str());
        let frequency = (!line.term_frequency.is_empty()).then_some(line.term_frequency.as_str());
        push_evidence(&mut text, &line.field, &line.comparison_level, weight, frequency);
    }
    text
}

/// Appends one comparison, such as `last_name=same 9.41 (frequency 1.20)`, and a semicolon before it if it is not the
/// first. `weight` is `None` where a value is missing, `frequency` where how frequent the value is says nothing.
pub fn push_evidence(
    text: &mut String,
    field: &str,
    level: &str,
    weight: Option<impl Display>,
    frequency: Option<impl Display>,
) {
    let separator = if text.is_empty() { "" } else { ";" };
    // Writing to a String cannot fail.
    let _ = write!(text, "{separator}{field}={level}");
    if let Some(weight) = weight {
        let _ = write!(text, " {weight}");
    }
    if let Some(frequency) = frequency {
        let _ = write!(text, " (frequency {frequency})");
    }
}
