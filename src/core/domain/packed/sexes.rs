//! The letters of a column of sexes, settled once the whole column shows their language. Until then the letter
//! itself stands where the text of the row has its sex, in lower case: an m counts as male, the others as none.

use super::super::packed_text::place_of_sex;
use super::super::{Field, Finding, FindingCode, Presence, Sex, SexLetters};
use super::{PackedBatch, offset, severity_flag};

impl PackedBatch {
    fn put_sex(&mut self, start: usize, letter: &str) {
        let place = start + self.text.get(start..).map(place_of_sex).unwrap_or_default();
        if self.text.get(place..=place).is_some() {
            self.text.replace_range(place..=place, letter);
        }
    }

    /// Settles the letters of this batch once those of the whole column are known: a finding each where one is read in
    /// another language or is not sent, and the row is scored again.
    pub fn settle_sexes(&mut self, letters: &SexLetters, score: impl Fn(Presence) -> u8) {
        let mut changed = Vec::new();
        for index in 0..self.rows.len() {
            let start =
                if index == 0 { 0 } else { self.text_ends.get(index - 1).copied().unwrap_or_default() as usize };
            let place = start + self.text.get(start..).map(place_of_sex).unwrap_or_default();
            let settled = match self.text.get(place..=place) {
                Some("m") if letters.m != Some(Sex::Male) => {
                    changed.push(offset(index));
                    letters.m
                }
                Some("h") => letters.h,
                Some("w") => letters.w,
                _ => continue,
            };
            self.put_sex(start, settled.map_or("-", Sex::letter));
            let code = if settled.is_some() { FindingCode::SexForeign } else { FindingCode::SexNotSent };
            if let Some(flags) = self.flags.get_mut(index) {
                *flags |= severity_flag(Some(code.severity()));
            }
            self.late_findings.push((offset(index), Finding::in_field(code, Field::Sex)));
            if let (Some(presence), Some(completeness)) =
                (self.presences.get_mut(index), self.completeness.get_mut(index))
            {
                let (others, has_sex) = (presence.without_all(only_sex()), settled.is_some());
                *presence = if has_sex { others.with(Field::Sex) } else { others };
                *completeness = score(*presence);
            }
        }
        self.late_findings.sort_unstable();
        if !changed.is_empty() {
            self.befores.insert(&changed, Field::Sex, "M");
        }
    }
}

fn only_sex() -> Presence {
    Presence::default().with(Field::Sex)
}

#[cfg(test)]
mod tests {
    use super::super::super::{AssessedPatient, Patient, SexLetter, SourceId};
    use super::super::{PackedRow, PatientStore};
    use super::*;

    #[test]
    fn letters_of_another_language_are_settled_and_what_nobody_can_read_is_not_sent() {
        let row = |sex, sex_letter| AssessedPatient {
            patient: Patient { sex, ..Patient::default() },
            presence: if sex.is_some() { only_sex() } else { Presence::default() },
            sex_letter,
            ..AssessedPatient::default()
        };
        let rows = [
            row(Some(Sex::Male), Some(SexLetter::M)),
            row(None, Some(SexLetter::H)),
            row(Some(Sex::Female), None),
            row(None, Some(SexLetter::W)),
            row(None, None),
            row(Some(Sex::Male), None),
        ];
        let settled = |letters: &SexLetters| {
            let mut batch = PackedBatch::default();
            for row in &rows {
                batch.push(row);
            }
            batch.settle_sexes(letters, |presence| u8::from(presence.has(Field::Sex)));
            let mut store = PatientStore::default();
            store.push(SourceId(0), batch);
            let told = |(_, row): (u32, PackedRow<'_>)| {
                let codes: Vec<&str> = row.findings().map(|finding| finding.code.code()).collect();
                let sex = row.patient().sex.map_or("-", Sex::letter);
                format!("{sex}{} {}", row.completeness(), codes.join(" ")).trim_end().to_owned()
            };
            store.rows().map(told).collect::<Vec<_>>()
        };
        let spanish = SexLetters { m: Some(Sex::Female), h: Some(Sex::Male), w: None };
        assert_eq!(settled(&spanish), ["F1 S103", "M1 S103", "F0", "-0 S102", "-0", "M0"]);
        let unclear = SexLetters { m: None, h: None, w: None };
        assert_eq!(settled(&unclear), ["-0 S102", "-0 S102", "F0", "-0 S102", "-0", "M0"]);
    }
}
