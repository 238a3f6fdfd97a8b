//! Names: letter case given back to names that lost it, suffixes parted from last names, further names gathered.

use crate::domain::{AdditionalName, Field, Finding, FindingCode, MappedCell, MappedRow, PersonName, Text, fold};
use crate::rules::placeholders::PlaceholderFamily;
use crate::rules::{NameRules, Rules};

use super::text::cleaned;

/// The name of a row.
pub(super) fn person_name(row: &MappedRow<'_, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> PersonName {
    let first = required_part(row.first(Field::FirstName), Field::FirstName, rules, findings);
    let middle = row.first(Field::MiddleName).map(|cell| optional_part(cell, PlaceholderFamily::MiddleName, rules));
    let middle = middle.unwrap_or_default();
    let last = required_part(row.first(Field::LastName), Field::LastName, rules, findings);
    let (bare_last, parted) = part_suffix(&last, &rules.names);
    if parted.is_some() {
        findings.push(Finding::in_field(FindingCode::SuffixParted, Field::LastName));
    }
    let own = row.first(Field::Suffix).map(|cell| cleaned(cell.text).into_owned()).filter(|text| !text.is_empty());
    let suffix = own.as_deref().and_then(|text| rules.names.suffix(text)).map(str::to_owned).or(parted);
    let mut recase = |text: &str, field| {
        let cased = with_name_case(text, &rules.names);
        if cased != text {
            findings.push(Finding::in_field(FindingCode::NameCaseRepaired, field));
        }
        Text::from_text(&cased)
    };
    PersonName {
        first: recase(&first, Field::FirstName),
        middle: recase(&middle, Field::MiddleName),
        last: recase(&bare_last, Field::LastName),
        suffix: Text::from_text(&suffix.unwrap_or_default()),
    }
}

/// A required name: a placeholder is a finding, and leaves nothing.
fn required_part(cell: Option<&MappedCell<'_>>, field: Field, rules: &Rules, findings: &mut Vec<Finding>) -> String {
    let Some(cell) = cell else { return String::new() };
    let text = cleaned(cell.text);
    if text.is_empty() {
        return String::new();
    }
    if rules.placeholders.is_missing(PlaceholderFamily::Name, &text) {
        findings.push(Finding::in_field(FindingCode::NamePlaceholder, field));
        return String::new();
    }
    text.into_owned()
}

fn optional_part(cell: &MappedCell<'_>, family: PlaceholderFamily, rules: &Rules) -> String {
    let text = cleaned(cell.text);
    if rules.placeholders.is_missing(family, &text) { String::new() } else { text.into_owned() }
}

/// `Smith Jr.` and `Smith, III` to the name and the suffix in the form that is kept.
fn part_suffix(last: &str, rules: &NameRules) -> (String, Option<String>) {
    let after_comma = last.rsplit_once(',').and_then(|(name, word)| Some((name, rules.suffix(word.trim())?)));
    let after_space = || last.rsplit_once(' ').and_then(|(name, word)| Some((name, rules.suffix_after_space(word)?)));
    match after_comma.or_else(after_space) {
        Some((name, suffix)) if !name.trim_matches([' ', ',']).is_empty() => {
            (name.trim_matches([' ', ',']).to_owned(), Some(suffix.to_owned()))
        }
        Some(_) | None => (last.to_owned(), None),
    }
}

/// Name case for a name that is all one case and longer than an initial; any other name stays as it is.
fn with_name_case(name: &str, rules: &NameRules) -> String {
    let letters = || name.chars().filter(|letter| letter.is_alphabetic());
    let all_one_case = letters().all(|letter| !letter.is_lowercase()) || letters().all(|letter| !letter.is_uppercase());
    let has_case = letters().any(|letter| letter.is_lowercase() || letter.is_uppercase());
    if !all_one_case || !has_case || (letters().count() < 2 && letters().all(|letter| !letter.is_lowercase())) {
        return name.to_owned();
    }
    let lower: String = name.chars().map(|letter| only(letter.to_lowercase(), letter)).collect();
    let words: Vec<&str> = lower.split(' ').collect();
    let last = words.len().saturating_sub(1);
    let cased: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(place, word)| {
            let inside = place > 0 && place < last;
            if inside && rules.is_particle(word) { (*word).to_owned() } else { word_case(word) }
        })
        .collect();
    cased.join(" ")
}

/// The letter in its other case; one that is written with several letters there (ß as SS) stays as it is.
fn only(mut cased: impl ExactSizeIterator<Item = char>, letter: char) -> char {
    if cased.len() == 1 { cased.next().unwrap_or(letter) } else { letter }
}

/// Capitals at the start, after a hyphen, after O' and D', and after Mc.
fn word_case(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut part = 0;
    let mut start = true;
    for letter in word.chars() {
        if start && letter.is_alphabetic() {
            out.push(only(letter.to_uppercase(), letter));
            start = false;
            part = 1;
            continue;
        }
        out.push(letter);
        match letter {
            '-' | '(' | '/' => start = true,
            '\'' | '’' if part == 1 => start = true,
            _ => part += 1,
        }
        if part == 2 && out.ends_with("Mc") && word.chars().count() > out.chars().count() {
            start = true;
        }
    }
    out
}

/// Further names of a row: aliases and maiden names, group by group, without those that say nothing new.
pub(super) fn additional_names(row: &MappedRow<'_, '_>, name: &PersonName, rules: &Rules) -> Vec<AdditionalName> {
    let fields = [Field::AdditionalFirstName, Field::AdditionalMiddleName, Field::AdditionalLastName];
    let mut groups: Vec<u8> = fields.iter().flat_map(|field| row.all(*field)).map(|cell| cell.slot.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut names: Vec<AdditionalName> = Vec::new();
    for group in groups {
        let part = |field| {
            let text = row.in_group(field, group).map(|cell| optional_part(cell, PlaceholderFamily::Name, rules));
            Text::from_text(&with_name_case(&text.unwrap_or_default(), &rules.names))
        };
        let [first, middle, last] = fields.map(part);
        let says_nothing =
            |text: &Text, known: &Text| text.as_text().is_empty() || fold(text.as_text()) == fold(known.as_text());
        let is_new = !says_nothing(&first, &name.first) || !says_nothing(&last, &name.last);
        let further = AdditionalName { first, middle, last };
        if is_new && !names.contains(&further) {
            names.push(further);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleFiles;

    fn rules() -> NameRules {
        NameRules::parse(&RuleFiles::embedded()).expect("sound")
    }

    #[test]
    fn names_that_lost_their_case_are_given_it_back() {
        for (raw, cased) in [
            ("O'BRIEN", "O'Brien"),
            ("MCDONALD", "McDonald"),
            ("mcdonald", "McDonald"),
            ("VAN DER BERG", "Van der Berg"),
            ("DE LA CRUZ", "De la Cruz"),
            ("JOSÉ-MARÍA", "José-María"),
            ("NGUYỄN", "Nguyễn"),
            ("NG", "Ng"),
            ("D'ANGELO", "D'Angelo"),
            ("ST. JOHN", "St. John"),
            ("mary ann", "Mary Ann"),
            ("MC", "Mc"),
            ("weiß", "Weiß"),
            // A letter whose small form has no single capital.
            ("ẞⶰ", "ßⶰ"),
        ] {
            assert_eq!(with_name_case(raw, &rules()), cased);
        }
    }

    #[test]
    fn names_with_a_case_of_their_own_stay() {
        for name in
            ["van der Berg", "DeShawn", "McDonald", "O", "d'Aulaire", "李", "LaToya", "Infante", "Babyak", "De La Cruz"]
        {
            assert_eq!(with_name_case(name, &rules()), name);
        }
    }

    #[test]
    fn suffixes_are_parted_and_names_that_look_like_one_are_not() {
        for (raw, name, suffix) in [
            ("Smith Jr", "Smith", Some("Jr")),
            ("Smith, III", "Smith", Some("III")),
            ("SMITH JR.", "SMITH", Some("Jr")),
            ("Smith,Sr", "Smith", Some("Sr")),
            ("De La Cruz", "De La Cruz", None),
            ("Louis V", "Louis V", None),
            ("Louis, V", "Louis", Some("V")),
            ("Junior", "Junior", None),
            ("Jr", "Jr", None),
        ] {
            assert_eq!(part_suffix(raw, &rules()), (name.to_owned(), suffix.map(str::to_owned)), "{raw}");
        }
    }
}
