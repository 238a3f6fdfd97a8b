//! Whole names in one cell: taken apart where the parts are sure, and left alone where they would be a guess.

use unicode_normalization::char::is_combining_mark;

use super::kind::NameKind;
use crate::domain::fold;
use crate::rules::names::Affix;
use crate::rules::{CombinedRules, NameFrequencies, NameRules, Rules};
use crate::values::words::Words;

/// Words that the family name before a comma may have: `de la Cruz Santos`.
const LONGEST_LAST_NAME: usize = 4;
/// Words that the given names behind a comma may have: a first name and two middle names.
const MOST_GIVEN_NAMES: usize = 3;

/// The tables by which whole names are taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameTables<'r> {
    names: &'r NameRules,
    combined: &'r CombinedRules,
    name_frequencies: &'r NameFrequencies,
}

impl<'r> From<&'r Rules> for NameTables<'r> {
    fn from(rules: &'r Rules) -> Self {
        Self { names: &rules.names, combined: &rules.combined, name_frequencies: &rules.name_frequencies }
    }
}

/// The order of the words in whole names without a comma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameOrder {
    /// `Ann Marie Ng`.
    FirstLast,
    /// `Ng Ann Marie`.
    LastFirst,
}

impl NameOrder {
    /// The name in mapping files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstLast => "first_last",
            Self::LastFirst => "last_first",
        }
    }

    /// Whether the name shows the other order: `Johnson Jennifer` among names with the first name in front.
    pub(crate) fn is_contradicted_by(self, text: &str, rules: NameTables<'_>) -> bool {
        let shown = order_shown(text, rules);
        match self {
            Self::FirstLast => shown < 0,
            Self::LastFirst => shown > 0,
        }
    }
}

/// A name in parts, each a part of the cell's text and empty where there is none.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct NameParts<'a> {
    pub(crate) first: &'a str,
    pub(crate) middle: &'a str,
    pub(crate) last: &'a str,
    pub(crate) suffix: &'a str,
}

/// Takes a name apart; `None` when that would be a guess. A comma sets the family name apart in any column; without one
/// the order has to be known.
pub(crate) fn split_name<'a>(text: &'a str, order: Option<NameOrder>, rules: NameTables<'_>) -> Option<NameParts<'a>> {
    let text = text.trim().trim_end_matches(',');
    split_plain_name(text, order, rules).or_else(|| with_birth_name_or_note(text, order, rules))
}

/// Whether a text is a whole name that can be taken apart where the order of its words is known.
pub(crate) fn is_whole_name(text: &str, rules: NameTables<'_>) -> bool {
    [NameOrder::FirstLast, NameOrder::LastFirst].into_iter().any(|order| split_name(text, Some(order), rules).is_some())
}

fn split_plain_name<'a>(text: &'a str, order: Option<NameOrder>, rules: NameTables<'_>) -> Option<NameParts<'a>> {
    if text.contains('^') {
        return in_components(text, rules);
    }
    if text.ends_with(')') {
        return with_second_name(text, order, rules);
    }
    if !has_name_letters(text) {
        return None;
    }
    split_words(text, order, rules).filter(|name| name.is_one_name(rules))
}

impl NameParts<'_> {
    /// Whether each word is one of a person's name, where titles stand in front and degrees behind.
    fn is_one_name(&self, rules: NameTables<'_>) -> bool {
        let is_name =
            |text: &str| Words::from_text(text).is_none_or(|words| words.iter().all(|word| is_name_word(word, rules)));
        let first = Words::from_text(self.first).map(|words| words.span(titles_in_front(&words, rules), words.len()));
        let last = Words::from_text(self.last)
            .and_then(|words| part_suffix(words, rules).0)
            .map(|words| words.span(0, words.len()));
        let is_newborn = rules.names.newborn.names(self.first, self.last);
        (is_newborn || first.is_some_and(|first| !first.is_empty() && is_name(first)))
            && is_name(self.middle)
            && last.is_some_and(is_name)
    }
}

/// `Smith, John (Jack)`: the second given name stays with the first, where normalising parts it. A family name in
/// brackets belongs to the last name, and the cell is left alone.
fn with_second_name<'a>(text: &'a str, order: Option<NameOrder>, rules: NameTables<'_>) -> Option<NameParts<'a>> {
    let (name, second) = text.strip_suffix(')')?.split_once('(')?;
    let name = name.trim_end();
    let is_given = Words::from_text(second)?.len() == 1
        && second.chars().all(char::is_alphabetic)
        && !NameKind::from_word(second, rules.name_frequencies).is_clearly_family();
    let parts = split_name(name, order, rules).filter(|_| is_given && !name.ends_with(')'))?;
    let start = name.len().checked_sub(parts.first.len())?;
    let is_at_end = parts.middle.is_empty() && parts.suffix.is_empty() && name.ends_with(parts.first);
    let first = text.get(start..).filter(|_| is_at_end)?;
    Some(NameParts { first, ..parts })
}

/// A name with another one of the same person, or a note, beside it: `Smith, Ann nee Jones`, `Smith (Jones), Ann`,
/// `Smith, Robert aka Bob`, `Smith, John DECEASED`. It stays with the part that it stands behind, where normalising
/// parts it.
fn with_birth_name_or_note<'a>(
    text: &'a str,
    order: Option<NameOrder>,
    rules: NameTables<'_>,
) -> Option<NameParts<'a>> {
    if let Some((last, given)) = text.split_once(',')
        && let Some((name, other)) = parted_last_name(last.trim_end(), rules)
    {
        let parts = with_comma(name, given.trim_start(), "", rules)?;
        let is_sure = is_one_name(other, rules) && has_name_letters(given) && parts.is_one_name(rules);
        return is_sure.then_some(NameParts { last: last.trim_end(), ..parts });
    }
    if let Some((name, _)) = text.rsplit_once(' ').filter(|(_, note)| rules.names.is_note_in_front(note)) {
        let name = name.trim_end();
        return extended(split_plain_name(name, order, rules)?, name, text);
    }
    let (start, marker) = text.match_indices(' ').find_map(|(at, _)| {
        let marker = text.get(at + 1..)?.split(' ').next()?;
        rules.names.alias_marker(marker).map(|_| (at, marker))
    })?;
    let (name, other) = (text.get(..start)?.trim_end(), text.get(start + 1 + marker.len()..)?.trim_start());
    let parts = split_plain_name(name, order, rules).filter(|parts| parts.suffix.is_empty())?;
    let is_birth_name = matches!(fold(marker).as_str(), "nee");
    let is_one_word = !other.contains([' ', ',']);
    if !is_one_name(other, rules) || other.contains(',') {
        return None;
    }
    match (is_birth_name, name.contains(',')) {
        // A last name behind given names: with the middle name, or as one.
        (true, true) if parts.middle.is_empty() => Some(NameParts { middle: text.get(start + 1..)?, ..parts }),
        (true, _) => extended(parts, name, text),
        // `Bob` is another given name where it stands behind the first one and is no family name.
        (false, true) if parts.middle.is_empty() && is_one_word => {
            let is_given = !NameKind::from_word(other, rules.name_frequencies).is_clearly_family();
            extended(parts, name, text).filter(|_| is_given)
        }
        (false, _) => None,
    }
}

/// The last name and the other one: `Smith (Jones)`, `Smith nee Jones`.
fn parted_last_name<'a>(last: &'a str, rules: NameTables<'_>) -> Option<(&'a str, &'a str)> {
    if let Some((name, other)) = last.strip_suffix(')').and_then(|last| last.split_once('(')) {
        return Some((name.trim_end(), other));
    }
    let (name, rest) = last.split_once(' ')?;
    let (marker, other) = rest.split_once(' ')?;
    rules.names.alias_marker(marker).map(|_| (name, other))
}

/// The parts of a name at the beginning of a text, the last of them with all that follows.
fn extended<'a>(parts: NameParts<'a>, name: &str, text: &'a str) -> Option<NameParts<'a>> {
    let to_end = |part: &str| text.get(name.len().checked_sub(part.len())?..);
    if !parts.suffix.is_empty() {
        return None;
    }
    if !parts.middle.is_empty() && name.ends_with(parts.middle) {
        return Some(NameParts { middle: to_end(parts.middle)?, ..parts });
    }
    if name.ends_with(parts.last) {
        return Some(NameParts { last: to_end(parts.last)?, ..parts });
    }
    name.ends_with(parts.first).then(|| to_end(parts.first)).flatten().map(|first| NameParts { first, ..parts })
}

fn split_words<'a>(text: &'a str, order: Option<NameOrder>, rules: NameTables<'_>) -> Option<NameParts<'a>> {
    let mut segments = text.split(',').map(str::trim);
    let (first, second) = (segments.next()?, segments.next());
    let (third, fourth) = (segments.next(), segments.next());
    if segments.next().is_some() || first.is_empty() {
        return None;
    }
    let is_suffix = |segment: &str| rules.names.after_comma(segment).is_some();
    // `Ng, Do`: some degrees are given names too.
    let is_sure_suffix = |segment: &str| {
        rules.names.suffix(segment).is_some() || rules.names.after_space(segment) == Some(Affix::Credential)
    };
    match (second, third, fourth) {
        (None, ..) => without_comma(first, "", order?, rules),
        (Some(suffix), None, _) if is_sure_suffix(suffix) => {
            // `Ann Ng, Jr` where names stand in that order; else the given names may be what is missing.
            (order? == NameOrder::FirstLast && first.contains(char::is_whitespace))
                .then(|| without_comma(first, suffix, NameOrder::FirstLast, rules))?
        }
        (Some(given), None, _) => with_comma(first, given, "", rules),
        (Some(given), Some(suffix), None) if is_suffix(suffix) => with_comma(first, given, suffix, rules),
        (Some(suffix), Some(given), None) if is_suffix(suffix) => with_comma(first, given, suffix, rules),
        (Some(given), Some(middle), None) => in_commas(first, given, middle, "", rules),
        (Some(given), Some(middle), Some(suffix)) if is_suffix(suffix) => {
            in_commas(first, given, middle, suffix, rules)
        }
        _ => None,
    }
}

/// Letters and what joins them.
fn has_name_letters(text: &str) -> bool {
    let is_name_letter = |letter: char| {
        letter.is_alphabetic() || is_combining_mark(letter) || letter.is_whitespace() || " -'’ʼ`.,".contains(letter)
    };
    text.chars().all(is_name_letter)
}

/// Letters and what joins them, in words that are each one of a person's name.
fn is_one_name(text: &str, rules: NameTables<'_>) -> bool {
    has_name_letters(text)
        && Words::from_text(text).is_some_and(|words| words.iter().all(|word| is_name_word(word, rules)))
}

/// `Ng^Ann^Marie^Jr`: the components of HL7 v2 in their order. One with subcomponents or repetitions is left alone.
fn in_components<'a>(text: &'a str, rules: NameTables<'_>) -> Option<NameParts<'a>> {
    let mut parts = text.split('^').map(str::trim);
    let mut next = || parts.next().unwrap_or_default();
    let (last, first, middle, suffix) = (next(), next(), next(), next());
    let is_sound = |part: &str| part.is_empty() || (!part.contains(',') && is_one_name(part, rules));
    let is_whole = !last.is_empty() && !first.is_empty() && [last, first, middle, suffix].into_iter().all(is_sound);
    (is_whole && !text.contains(['~', '&'])).then_some(NameParts { first, middle, last, suffix })
}

/// A word with a letter that does not make the text something else than one person's name.
fn is_name_word(word: &str, rules: NameTables<'_>) -> bool {
    word.chars().any(char::is_alphabetic) && !rules.combined.is_not_in_a_name(word)
}

/// `Last, First Middle Suffix`.
fn with_comma<'a>(last: &'a str, given: &'a str, suffix: &'a str, rules: NameTables<'_>) -> Option<NameParts<'a>> {
    let last_words = Words::from_text(last)?;
    let is_only_suffix = last_words.len() == 1 && rules.names.suffix(last).is_some();
    if last_words.len() > LONGEST_LAST_NAME || is_only_suffix {
        return None;
    }
    // A suffix behind the last name stays with it: normalising parts it. Two of them are one too many.
    let suffix_of_last = part_suffix(last_words, rules).1;
    let (words, parted) = part_suffix(Words::from_text(given)?, rules);
    let words = words?;
    let has_suffix = |text: &str| text.split([' ', ',']).any(|word| rules.names.suffix(word).is_some());
    let count = [suffix_of_last, suffix, parted].into_iter().filter(|text| has_suffix(text)).count();
    let suffix = if suffix.is_empty() || has_suffix(parted) { parted } else { suffix };
    if rules.names.newborn.names(given, last) && count == 0 {
        return Some(NameParts { first: given, middle: "", last, suffix: "" });
    }
    let titles = titles_in_front(&words, rules);
    // `Maria de los Ángeles` is two names.
    let particles = words.iter().filter(|word| is_particle(word, rules)).count();
    let is_short = words.len() - titles - particles.min(words.len() - titles) <= MOST_GIVEN_NAMES;
    (is_short && count <= 1).then(|| NameParts {
        first: words.span(0, titles + 1),
        middle: words.span(titles + 1, words.len()),
        last,
        suffix,
    })
}

/// How many forms of address stand in front of a name; one word is always left.
fn titles_in_front(words: &Words<'_>, rules: NameTables<'_>) -> usize {
    words.iter().take(words.len() - 1).take_while(|word| rules.names.is_title(word)).count()
}

/// `Last,First,Middle`: parts of one word each, so that the commas can only mean this.
fn in_commas<'a>(
    last: &'a str,
    first: &'a str,
    middle: &'a str,
    suffix: &'a str,
    rules: NameTables<'_>,
) -> Option<NameParts<'a>> {
    let is_one = |text: &str| Words::from_text(text).is_some_and(|words| words.len() == 1);
    let is_whole = is_one(first) && is_one(middle) && Words::from_text(last)?.len() <= LONGEST_LAST_NAME;
    let has_suffix = [last, first, middle].into_iter().any(|part| rules.names.suffix_after_space(part).is_some());
    (is_whole && !has_suffix).then_some(NameParts { first, middle, last, suffix })
}

fn without_comma<'a>(text: &'a str, suffix: &'a str, order: NameOrder, rules: NameTables<'_>) -> Option<NameParts<'a>> {
    let (words, parted) = part_suffix(Words::from_text(text)?, rules);
    let words = words?;
    if !parted.is_empty() && !suffix.is_empty() {
        return None;
    }
    let suffix = if suffix.is_empty() { parted } else { suffix };
    let mut first_to = 1;
    let (given_from, given_to, last_from, last_to) = match order {
        NameOrder::FirstLast => {
            let titles = titles_in_front(&words, rules);
            first_to += titles;
            let last = titles + last_name_at_end(&words.without_first(titles), rules)?;
            (0, last, last, words.len())
        }
        NameOrder::LastFirst => {
            let given = given_names_at_end(&words, rules)?;
            first_to += given;
            (given, words.len(), 0, given)
        }
    };
    let first = words.get(first_to - 1);
    // A particle or a suffix is nobody's first name.
    if rules.names.is_particle(&first.to_lowercase()) || rules.names.suffix_after_space(first).is_some() {
        return None;
    }
    let (middle, last) = (words.span(first_to, given_to), words.span(last_from, last_to));
    Some(NameParts { first: words.span(given_from, first_to), middle, last, suffix })
}

/// Where the last name begins in `First Middle Last`: behind a middle name that is surely one, with its particles.
fn last_name_at_end(words: &Words<'_>, rules: NameTables<'_>) -> Option<usize> {
    let is_middle = words.len() >= 3 && is_sure_middle(words.get(1), rules);
    let start = if is_middle { 2 } else { 1 };
    let particles = (start..words.len() - 1).take_while(|index| is_particle(words.get(*index), rules)).count();
    (words.len() >= 2 && start + particles + 1 == words.len()).then_some(start)
}

/// Where the given names begin in `Last First Middle`.
fn given_names_at_end(words: &Words<'_>, rules: NameTables<'_>) -> Option<usize> {
    let particles = (0..words.len()).take_while(|index| is_particle(words.get(*index), rules)).count();
    let start = particles + 1;
    match words.len().checked_sub(start)? {
        1 => Some(start),
        2 if is_initial(words.last()) => Some(start),
        2 if is_given(words.get(start), rules) && is_sure_middle(words.last(), rules) => Some(start),
        _ => None,
    }
}

fn is_particle(word: &str, rules: NameTables<'_>) -> bool {
    word.len() <= 5 && rules.names.is_particle(&word.to_lowercase())
}

fn is_sure_middle(word: &str, rules: NameTables<'_>) -> bool {
    is_initial(word) || is_given(word, rules)
}

fn is_given(word: &str, rules: NameTables<'_>) -> bool {
    NameKind::from_word(word, rules.name_frequencies).is_clearly_given()
}

/// One letter, with or without a dot.
pub(crate) fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_alphabetic) && matches!(letters.as_str(), "" | ".")
}

/// The words without suffix and degrees at their end, and these.
fn part_suffix<'a>(words: Words<'a>, rules: NameTables<'_>) -> (Option<Words<'a>>, &'a str) {
    let behind =
        (0..words.len()).rev().take_while(|index| rules.names.after_space(words.get(*index)).is_some()).count();
    if behind == 0 {
        return (Some(words), "");
    }
    (words.without_last(behind), words.span(words.len() - behind, words.len()))
}

/// What a cell shows about the order in its column: positive for the first name in front, negative for the last name, 0
/// for nothing. From how often its outer words are given and family names.
pub(crate) fn order_shown(text: &str, rules: NameTables<'_>) -> i32 {
    if text.contains(',') {
        return 0;
    }
    let Some((Some(words), _)) = Words::from_text(text).map(|words| part_suffix(words, rules)) else { return 0 };
    // `Ng Ann M`: an initial at the end is a middle name. One at the front shows nothing.
    let is_last_first = words.len() == 3 && is_initial(words.last());
    let (front, back) = (words.get(0), if is_last_first { words.get(1) } else { words.last() });
    if words.len() < 2 || words.len() > 4 || is_initial(front) || is_initial(back) {
        return 0;
    }
    let kind = |word: &str| NameKind::from_word(word, rules.name_frequencies);
    kind(front).order_with(kind(back))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

    fn split(text: &str, order: Option<NameOrder>) -> Option<[&str; 4]> {
        split_name(text, order, NameTables::from(&*RULES)).map(|name| [name.first, name.middle, name.last, name.suffix])
    }

    #[test]
    fn a_comma_sets_the_last_name_apart_in_any_column() {
        for (text, parts) in [
            ("Ng, Ann", ["Ann", "", "Ng", ""]),
            ("NG,ANN MARIE", ["ANN", "MARIE", "NG", ""]),
            ("Smith, John Q. Jr.", ["John", "Q.", "Smith", "Jr."]),
            ("Smith Jr, John", ["John", "", "Smith Jr", ""]),
            ("Smith, Jr, John", ["John", "", "Smith", "Jr"]),
            ("Smith, John, III", ["John", "", "Smith", "III"]),
            ("Smith,John,Quincy", ["John", "Quincy", "Smith", ""]),
            ("de la Cruz Santos, Ana María", ["Ana", "María", "de la Cruz Santos", ""]),
            ("O'Brien-Núñez, Zoë", ["Zoë", "", "O'Brien-Núñez", ""]),
            ("NG^ANN^MARIE^^MS", ["ANN", "MARIE", "NG", ""]),
            ("Smith^John^Q^Jr", ["John", "Q", "Smith", "Jr"]),
            ("Smith, John (Jack)", ["John (Jack)", "", "Smith", ""]),
            ("Smith, John MD", ["John", "", "Smith", "MD"]),
            ("Smith, John Q. Jr, MD", ["John", "Q.", "Smith", "Jr"]),
            ("Smith MD, John", ["John", "", "Smith MD", ""]),
            ("Smith, Dr. John", ["Dr. John", "", "Smith", ""]),
            ("SMITH, BABY BOY", ["BABY BOY", "", "SMITH", ""]),
            ("SMITH, MARIA DE LOS ANGELES", ["MARIA", "DE LOS ANGELES", "SMITH", ""]),
            ("Ng, Do", ["Do", "", "Ng", ""]),
            ("Smith, Ann NEE JONES", ["Ann", "NEE JONES", "Smith", ""]),
            ("Smith, Ann Marie née Jones", ["Ann", "Marie née Jones", "Smith", ""]),
            ("SMITH (JONES), ANN", ["ANN", "", "SMITH (JONES)", ""]),
            ("Smith nee Jones, Ann", ["Ann", "", "Smith nee Jones", ""]),
            ("Smith, Robert AKA Bob", ["Robert AKA Bob", "", "Smith", ""]),
            ("SMITH, DI DECEASED", ["DI DECEASED", "", "SMITH", ""]),
            ("SMITH, DI ANN DECEASED", ["DI", "ANN DECEASED", "SMITH", ""]),
        ] {
            for order in [None, Some(NameOrder::FirstLast), Some(NameOrder::LastFirst)] {
                assert_eq!(split(text, order), Some(parts), "{text}");
            }
        }
    }

    #[test]
    fn without_a_comma_the_order_of_the_column_has_to_be_known() {
        let (first_last, last_first) = (Some(NameOrder::FirstLast), Some(NameOrder::LastFirst));
        assert_eq!(split("Ann Ng", None), None);
        assert_eq!(split("Ann Smith nee Jones", first_last), Some(["Ann", "", "Smith nee Jones", ""]));
        for text in [
            "Smith, Ann (Jones)",
            "Robert Smith aka Bob",
            "Smith, Robert aka Jones",
            "Smith, Ann nee",
            "nee Jones, Ann",
        ] {
            assert_eq!(split(text, first_last), None, "{text}");
        }
        for (text, order, parts) in [
            ("Ann Ng", first_last, ["Ann", "", "Ng", ""]),
            ("John Q Smith Jr", first_last, ["John", "Q", "Smith", "Jr"]),
            ("Mary Jennifer Johnson", first_last, ["Mary", "Jennifer", "Johnson", ""]),
            ("Vincent van Gogh", first_last, ["Vincent", "", "van Gogh", ""]),
            ("Ana M. de la Cruz", first_last, ["Ana", "M.", "de la Cruz", ""]),
            ("John Smith, Jr", first_last, ["John", "", "Smith", "Jr"]),
            ("Dr. John Smith", first_last, ["Dr. John", "", "Smith", ""]),
            ("Mr John Smith", first_last, ["Mr John", "", "Smith", ""]),
            ("John Q Smith MD", first_last, ["John", "Q", "Smith", "MD"]),
            ("John Smith, MD", first_last, ["John", "", "Smith", "MD"]),
            ("SMITH JOHN", last_first, ["JOHN", "", "SMITH", ""]),
            ("SMITH JOHN Q", last_first, ["JOHN", "Q", "SMITH", ""]),
            ("VAN HORN JOHN", last_first, ["JOHN", "", "VAN HORN", ""]),
        ] {
            assert_eq!(split(text, order), Some(parts), "{text}");
        }
    }

    #[test]
    fn what_could_be_split_in_two_ways_is_not_split() {
        let (first_last, last_first) = (Some(NameOrder::FirstLast), Some(NameOrder::LastFirst));
        for (text, order) in [
            ("Maria Garcia Lopez", first_last),
            ("Maria del Carmen Lopez", first_last),
            ("GARCIA LOPEZ ANA", last_first),
            ("Kate", first_last),
            ("Smith, Jr", None),
            ("Smith, Jr", first_last),
            ("Ng, Ann Marie Sue Beth", None),
            ("Jr, Ann", None),
            (", Ann", None),
            ("Ng, Ann, Marie, Sue", None),
            ("Smith Jr, John III", None),
            ("Rahman, Md", None),
            ("MD Smith, John", None),
            ("Mr Smith", first_last),
            ("Smith, John and Mary", None),
            ("SMITH, MARY (JOHNSON)", None),
            ("John Smith (Jack)", first_last),
            ("John and Mary Smith", first_last),
            ("Ng (Ann)", first_last),
            ("Ng, Ann 2", None),
            ("Baby Boy Smith", first_last),
            ("De Luna", first_last),
            ("Smith^John~Smyth^Jon", None),
            ("^John", None),
        ] {
            assert_eq!(split(text, order), None, "{text}");
        }
    }

    #[test]
    fn the_order_shows_in_how_often_words_are_which_name() {
        assert_eq!(order_shown("Jennifer Johnson", NameTables::from(&*RULES)), 1);
        assert_eq!(order_shown("JOHNSON JENNIFER A", NameTables::from(&*RULES)), -1);
        assert_eq!(order_shown("Zyzzyva Quux", NameTables::from(&*RULES)), 0);
        assert_eq!(order_shown("Johnson, Jennifer", NameTables::from(&*RULES)), 0);
    }

    proptest::proptest! {
        #[test]
        fn no_word_of_a_name_is_lost_or_used_twice(
            text in "(Ann|Ng|van|de|la|Jr|III|Q\\.|Mary|Smith|García|, ?|,| ){1,9}",
            order in proptest::option::of(proptest::bool::ANY),
        ) {
            let order = order.map(|first| if first { NameOrder::FirstLast } else { NameOrder::LastFirst });
            if let Some(parts) = split(&text, order) {
                let words = |text: &str| -> Vec<String> {
                    text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
                };
                let mut expected = words(&text);
                let mut found: Vec<String> = parts.iter().flat_map(|part| words(part)).collect();
                expected.sort();
                found.sort();
                proptest::prop_assert_eq!(expected, found);
                proptest::prop_assert!(!parts[0].is_empty() && !parts[2].is_empty());
            }
        }
    }
}
