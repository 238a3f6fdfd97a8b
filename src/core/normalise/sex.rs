//! The sex of a row, and what its cell shows about the letters of its column.

use crate::domain::{Field, Finding, FindingCode, MappedRow, Sex, SexEvidence, SexLetter};
use crate::rules::Rules;
use crate::rules::placeholders::PlaceholderFamily;
use crate::values::sex::{ReadSex, read_sex};
use crate::values::text::cleaned;

/// The sex of a row, and the letter in its cell that the column may settle. Counts what the cell shows about the
/// column.
pub(super) fn sex(
    row: &MappedRow<'_, '_>,
    rules: &Rules,
    evidence: &mut SexEvidence,
    findings: &mut Vec<Finding>,
) -> (Option<Sex>, Option<SexLetter>) {
    let Some(cell) = row.first(Field::Sex) else { return (None, None) };
    let text = cleaned(cell.text).to_lowercase();
    let read = read_sex(&text, &rules.sexes);
    let (count, letter) = match (read, text.trim_end_matches('.')) {
        (Some(ReadSex::Known(Sex::Male)), "m") => (&mut evidence.m, Some(SexLetter::M)),
        (Some(ReadSex::Known(Sex::Female)), "f") => (&mut evidence.f, None),
        (Some(ReadSex::Known(Sex::Male)), _) => (&mut evidence.male_words, None),
        (Some(ReadSex::Known(Sex::Female)), _) => (&mut evidence.female_words, None),
        (Some(ReadSex::OfColumn(SexLetter::W)), _) => (&mut evidence.w, Some(SexLetter::W)),
        (Some(ReadSex::OfColumn(letter)), _) => (&mut evidence.h, Some(letter)),
        (Some(ReadSex::NotSent) | None, _) => {
            if !rules.placeholders.is_missing(PlaceholderFamily::Other, &text) {
                findings.push(Finding::in_field(FindingCode::SexNotSent, Field::Sex));
            }
            return (None, None);
        }
    };
    *count += 1;
    (read.and_then(ReadSex::sex), letter)
}
