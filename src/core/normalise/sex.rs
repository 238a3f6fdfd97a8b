//! The sex: a word for male or female, or a letter of another language, which its whole column settles.

use crate::domain::{Field, Finding, FindingCode, MappedRow, Sex, SexEvidence, SexLetter};
use crate::rules::Rules;
use crate::rules::placeholders::PlaceholderFamily;

use crate::values::text::cleaned;

/// The sex of a row, and the letter in its cell that the column may settle. Counts what the cell shows about the column.
pub(super) fn sex(
    row: &MappedRow<'_, '_>,
    rules: &Rules,
    evidence: &mut SexEvidence,
    findings: &mut Vec<Finding>,
) -> (Option<Sex>, Option<SexLetter>) {
    let Some(cell) = row.first(Field::Sex) else { return (None, None) };
    let text = cleaned(cell.text).to_lowercase();
    let sex = rules.sexes.sex(&text).or_else(|| repeated_sex(&text, rules));
    let (count, letter) = match (sex, text.trim_end_matches('.')) {
        (Some(Sex::Male), "m") => (&mut evidence.m, Some(SexLetter::M)),
        (Some(Sex::Female), "f") => (&mut evidence.f, None),
        (Some(Sex::Male), _) => (&mut evidence.male_words, None),
        (Some(Sex::Female), _) => (&mut evidence.female_words, None),
        (None, "h") => (&mut evidence.h, Some(SexLetter::H)),
        (None, "w") => (&mut evidence.w, Some(SexLetter::W)),
        (None, _) => {
            if !rules.placeholders.is_missing(PlaceholderFamily::Other, &text) {
                findings.push(Finding::in_field(FindingCode::SexNotSent, Field::Sex));
            }
            return (None, None);
        }
    };
    *count += 1;
    (sex, letter)
}

/// The sex of a text whose words all mean the same one: `m - male`, `female (f)`, `m.`. A letter with which another of its words
/// begins says no more than that: `h - hombre`, `m - mujer`.
fn repeated_sex(text: &str, rules: &Rules) -> Option<Sex> {
    let words = || text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_short_for = |word: &str| word.len() == 1 && words().any(|other| other.len() > 1 && other.starts_with(word));
    let mut telling = words().filter(|word| !is_short_for(word));
    let sex = rules.sexes.sex(telling.next()?)?;
    telling.all(|word| rules.sexes.sex(word) == Some(sex)).then_some(sex)
}
