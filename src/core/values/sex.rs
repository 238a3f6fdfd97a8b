//! The sex: a word for male or female, or a letter of another language, which its whole column settles.

use crate::domain::{Sex, SexLetter};
use crate::rules::SexRules;

/// What a cell says about the sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadSex {
    /// Male or female.
    Known(Sex),
    /// A letter that the other cells of the column settle.
    OfColumn(SexLetter),
    /// A sex that the vendor does not take.
    NotSent,
}

impl ReadSex {
    /// Male or female, where the cell alone says which.
    pub(crate) fn sex(self) -> Option<Sex> {
        match self {
            Self::Known(sex) => Some(sex),
            Self::OfColumn(_) | Self::NotSent => None,
        }
    }
}

/// What a cleaned cell in lower case says; `None` when it says nothing about a sex.
pub(crate) fn read_sex(text: &str, words: &SexRules) -> Option<ReadSex> {
    if let Some(sex) = words.sex(text).or_else(|| repeated_sex(text, words)) {
        return Some(ReadSex::Known(sex));
    }
    match text.trim_end_matches('.') {
        "h" => Some(ReadSex::OfColumn(SexLetter::H)),
        "w" => Some(ReadSex::OfColumn(SexLetter::W)),
        _ => words.is_not_sent(text).then_some(ReadSex::NotSent),
    }
}

/// The sex of a text whose words all mean the same one: `m - male`, `female (f)`, `m.`. A letter with which another of
/// its words begins says no more than that: `h - hombre`, `m - mujer`.
fn repeated_sex(text: &str, words_for_sexes: &SexRules) -> Option<Sex> {
    let words = || text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_short_for = |word: &str| word.len() == 1 && words().any(|other| other.len() > 1 && other.starts_with(word));
    let mut telling = words().filter(|word| !is_short_for(word));
    let sex = words_for_sexes.sex(telling.next()?)?;
    telling.all(|word| words_for_sexes.sex(word) == Some(sex)).then_some(sex)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleFiles;

    #[test]
    fn words_say_a_sex_and_some_letters_wait_for_their_column() {
        let words = SexRules::parse(&RuleFiles::embedded()).expect("sound");
        for (text, read) in [
            ("m - male", Some(ReadSex::Known(Sex::Male))),
            ("m - mujer", Some(ReadSex::Known(Sex::Female))),
            ("f.", Some(ReadSex::Known(Sex::Female))),
            ("h", Some(ReadSex::OfColumn(SexLetter::H))),
            ("w.", Some(ReadSex::OfColumn(SexLetter::W))),
            ("x", Some(ReadSex::NotSent)),
            ("1", None),
            ("ann", None),
            ("", None),
        ] {
            assert_eq!(read_sex(text, &words), read, "{text}");
        }
    }
}
