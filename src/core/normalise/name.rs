//! Names: separates what is not a name, restores lost letter case, and gathers further names.

use std::borrow::Cow;

use crate::domain::{AdditionalName, Field, Finding, FindingCode, MappedCell, MappedRow, PersonName, Text, fold};
use crate::rules::placeholders::PlaceholderFamily;
use crate::rules::{NameRules, Rules};

use crate::values::mend::{has_lost_letters, mended};
use crate::values::name::case::with_name_case;
use crate::values::name::doubtful::holds_more;
use crate::values::name::parts::{NameCell, Position, take_apart, tidied};
use crate::values::text::cleaned;

/// The name of a row, and the further names that stood in its cells.
pub(super) struct RowName {
    pub(super) name: PersonName,
    pub(super) aliases: Vec<AdditionalName>,
}

/// The name of a row.
pub(super) fn person_name(row: &MappedRow<'_, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> RowName {
    let mut reader = NameReader { rules, findings, suffix: None, contradicts: false };
    let first = reader.cell(row.first(Field::FirstName), Field::FirstName);
    let middle = reader.cell(row.first(Field::MiddleName), Field::MiddleName);
    let mut last = reader.cell(row.first(Field::LastName), Field::LastName);
    if last.text.contains(',') {
        reader.part_whole_name(&mut last, &first.text);
    }
    let suffix = reader.suffix_of_row(row.first(Field::Suffix));
    if rules.placeholders.is_nobody(&first.text, &last.text) {
        for field in [Field::FirstName, Field::LastName] {
            findings.push(Finding::in_field(FindingCode::NamePlaceholder, field));
        }
        return RowName { name: PersonName::default(), aliases: Vec::new() };
    }
    for (cell, field, position) in
        [(&first, Field::FirstName, Position::First), (&last, Field::LastName, Position::Last)]
    {
        if holds_more(&cell.text, position, &rules.names) {
            findings.push(Finding::in_field(FindingCode::NameDoubtful, field));
        }
    }
    if rules.names.newborn.names(&first.text, &last.text) {
        findings.push(Finding::in_field(FindingCode::TemporaryName, Field::FirstName));
    }
    let mut recase = |text: &str, field| {
        let cased = with_name_case(text, &rules.names);
        if cased != text {
            findings.push(Finding::in_field(FindingCode::NameCaseRepaired, field));
        }
        Text::from_text(&cased)
    };
    let name = PersonName {
        first: recase(&first.text, Field::FirstName),
        middle: recase(&middle.text, Field::MiddleName),
        last: recase(&last.text, Field::LastName),
        suffix: Text::from_text(suffix.unwrap_or_default()),
    };
    let cased = |text: &str| Text::from_text(&with_name_case(text, &rules.names));
    let mut aliases = Vec::new();
    for alias in &first.aliases {
        aliases.push(AdditionalName { first: cased(alias), ..AdditionalName::default() });
    }
    for alias in middle.aliases.iter().chain(&last.aliases) {
        aliases.push(AdditionalName { last: cased(alias), ..AdditionalName::default() });
    }
    RowName { name, aliases }
}

/// Reads the cells of one name, with what they are found to hold beside it.
struct NameReader<'a, 'f> {
    rules: &'a Rules,
    findings: &'f mut Vec<Finding>,
    /// The first suffix that stood in a cell of the name.
    suffix: Option<&'a str>,
    /// Whether another cell had another one.
    contradicts: bool,
}

impl<'a> NameReader<'a, '_> {
    fn cell(&mut self, cell: Option<&MappedCell<'_>>, field: Field) -> NameCell<'a> {
        let Some(cell) = cell else { return NameCell::default() };
        // Before anything else: cleaning takes out what cannot be seen, which may be half of a broken letter.
        let whole = mended(cell.text);
        let clean = cleaned(&whole);
        if clean.is_empty() {
            return NameCell::default();
        }
        let text = mended(&clean);
        if matches!(whole, Cow::Owned(_)) || (text.len() < clean.len()) {
            self.find(FindingCode::NameMended, field);
        }
        if has_lost_letters(&text) {
            self.find(FindingCode::NameLettersLost, field);
        }
        let (family, position) = match field {
            Field::FirstName => (PlaceholderFamily::FirstName, Position::First),
            Field::MiddleName => (PlaceholderFamily::MiddleName, Position::Middle),
            _ => (PlaceholderFamily::LastName, Position::Last),
        };
        let is_missing = |text: &str| self.rules.placeholders.is_missing(family, text);
        let found =
            if is_missing(&text) { NameCell::default() } else { take_apart(text.clone(), position, &self.rules.names) };
        if is_missing(&found.text) && field != Field::MiddleName {
            if found.suffix.is_none() || !found.text.is_empty() {
                self.find(FindingCode::NamePlaceholder, field);
            }
            return NameCell { text: String::new(), ..found };
        }
        if is_missing(&found.text) && field == Field::MiddleName && text.contains(char::is_alphanumeric) {
            let says_nothing = found == NameCell::default();
            if says_nothing {
                self.find(FindingCode::Placeholder, field);
            }
        }
        if let Some(suffix) = found.suffix {
            self.find(FindingCode::SuffixParted, field);
            self.contradicts |= *self.suffix.get_or_insert(suffix) != suffix;
        }
        for (happened, code) in [
            (found.title_parted, FindingCode::TitleParted),
            (!found.aliases.is_empty(), FindingCode::AliasParted),
            (found.tidied, FindingCode::NameMarksTidied),
        ] {
            if happened {
                self.find(code, field);
            }
        }
        found
    }

    /// `Smith, Jr., John` in the column of last names: the last name alone where the rest is the first name of the row.
    /// With another one nobody can tell who is meant, and the row waits.
    fn part_whole_name(&mut self, last: &mut NameCell<'a>, first: &str) {
        let names: &'a NameRules = &self.rules.names;
        let mut parts = last.text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let Some(name) = parts.next() else { return };
        let (suffixes, given): (Vec<&str>, Vec<&str>) = parts.partition(|part| names.suffix(part).is_some());
        let behind = name.rsplit_once(' ').and_then(|(name, word)| Some((name, names.suffix_after_space(word)?)));
        let (name, behind) = behind.map_or((name, None), |(name, suffix)| (name.trim_end(), Some(suffix)));
        let suffix = suffixes.first().and_then(|part| names.suffix(part));
        self.contradicts |= suffix.is_some() && behind.is_some_and(|behind| suffix != Some(behind));
        let suffix = suffix.or(behind);
        let given = fold(given.join(" ").split(' ').next().unwrap_or_default());
        if suffixes.len() > 1 || given.is_empty() || given != fold(first.split(' ').next().unwrap_or_default()) {
            self.find(FindingCode::NameNotSplit, Field::LastName);
            last.text.clear();
            return;
        }
        last.text = name.to_owned();
        self.find(FindingCode::NameMarksTidied, Field::LastName);
        if let Some(suffix) = suffix {
            self.find(FindingCode::SuffixParted, Field::LastName);
            self.contradicts |= *self.suffix.get_or_insert(suffix) != suffix;
            last.suffix = Some(suffix);
        }
    }

    fn find(&mut self, code: FindingCode, field: Field) {
        self.findings.push(Finding::in_field(code, field));
    }

    /// The suffix of the row. Where two contradict each other, nobody can tell which is right, and none is used.
    fn suffix_of_row(&mut self, cell: Option<&MappedCell<'_>>) -> Option<&'a str> {
        let of_column = self.suffix_cell(cell);
        if let (Some(of_name), Some(of_column)) = (self.suffix, of_column) {
            self.contradicts |= of_name != of_column;
        }
        if self.contradicts {
            self.find(FindingCode::SuffixUnknown, Field::Suffix);
            return None;
        }
        of_column.or(self.suffix)
    }

    /// The suffix of a column of its own, which may hold degrees too ("Jr MD").
    fn suffix_cell(&mut self, cell: Option<&MappedCell<'_>>) -> Option<&'a str> {
        let text = cleaned(cell?.text);
        if self.rules.placeholders.is_missing(PlaceholderFamily::Other, &text) {
            return None;
        }
        let names: &'a NameRules = &self.rules.names;
        let words = || text.split([' ', ',']).filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("the"));
        let suffix = words().find_map(|word| names.suffix(word));
        if words().filter_map(|word| names.suffix(word)).any(|other| Some(other) != suffix) {
            self.contradicts = true;
        } else if words().any(|word| names.after_comma(word).is_none()) {
            self.find(FindingCode::SuffixUnknown, Field::Suffix);
        }
        suffix
    }
}

/// Further names of a row: those that stood in its cells, aliases and maiden names, without those that say nothing new.
pub(super) fn additional_names(row: &MappedRow<'_, '_>, found: &RowName, rules: &Rules) -> Vec<AdditionalName> {
    let fields = [Field::AdditionalFirstName, Field::AdditionalMiddleName, Field::AdditionalLastName];
    let mut names: Vec<AdditionalName> = Vec::new();
    for alias in &found.aliases {
        add(alias.clone(), &found.name, &mut names);
    }
    if fields.iter().all(|field| row.all(*field).is_empty()) {
        return names;
    }
    let mut groups: Vec<u8> = fields.iter().flat_map(|field| row.all(*field)).map(|cell| cell.slot.group).collect();
    groups.sort_unstable();
    groups.dedup();
    for group in groups {
        let [first, middle, last] = fields.map(|field| {
            let text = row.in_group(field, group).map(|cell| further_part(cell, rules)).unwrap_or_default();
            Text::from_text(&with_name_case(&text, &rules.names))
        });
        add(AdditionalName { first, middle, last }, &found.name, &mut names);
    }
    names
}

/// A part of a further name: a placeholder is left out, marks are tidied, and what is no name stays where it is.
fn further_part(cell: &MappedCell<'_>, rules: &Rules) -> String {
    let whole = mended(cell.text);
    let text = cleaned(&whole);
    let is_missing = |text: &str| rules.placeholders.is_missing(PlaceholderFamily::Name, text);
    if is_missing(&text) {
        return String::new();
    }
    let tidy = tidied(text).0;
    if is_missing(&tidy) { String::new() } else { tidy }
}

fn add(further: AdditionalName, name: &PersonName, names: &mut Vec<AdditionalName>) {
    let says_nothing =
        |text: &Text, known: &Text| text.as_text().is_empty() || fold(text.as_text()) == fold(known.as_text());
    let is_new = !says_nothing(&further.first, &name.first) || !says_nothing(&further.last, &name.last);
    if is_new && !names.contains(&further) {
        names.push(further);
    }
}
