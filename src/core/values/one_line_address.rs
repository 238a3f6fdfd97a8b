//! Addresses in one cell, and their last line: taken apart where the parts are sure, and left alone where they are not.

use super::postal::{is_postal_code, is_shortened};
use super::words::Words;
use crate::rules::{CombinedRules, NameRules, Rules, StateRules};

/// Words of the longest names of states and territories: `Northern Mariana Islands`, `U S Virgin Islands`.
const LONGEST_STATE: usize = 4;
/// Words that the name of a city may have.
const LONGEST_CITY: usize = 5;
/// Segments between commas that an address may have: street, unit, city, state, ZIP, country.
const MOST_SEGMENTS: usize = 6;

/// The tables by which addresses in one cell are taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlaceTables<'r> {
    combined: &'r CombinedRules,
    names: &'r NameRules,
    states: &'r StateRules,
}

impl<'r> From<&'r Rules> for PlaceTables<'r> {
    fn from(rules: &'r Rules) -> Self {
        Self { combined: &rules.combined, names: &rules.names, states: &rules.states }
    }
}

/// An address in parts, each a part of the cell's text and empty where there is none.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AddressParts<'a> {
    pub(crate) line1: &'a str,
    pub(crate) line2: &'a str,
    pub(crate) city: &'a str,
    pub(crate) state: &'a str,
    pub(crate) postal_code: &'a str,
}

impl<'a> AddressParts<'a> {
    /// All five, in the order of the fields.
    pub(crate) fn lines_and_place(self) -> [&'a str; 5] {
        [self.line1, self.line2, self.city, self.state, self.postal_code]
    }

    /// City, state and ZIP, in the order of the fields.
    pub(crate) fn place(self) -> [&'a str; 5] {
        [self.city, self.state, self.postal_code, "", ""]
    }
}

/// Takes `City, ST ZIP` apart, and `City, ST`, `ST ZIP` and `ZIP`; `None` when that would be a guess.
pub(crate) fn split_place<'a>(text: &'a str, rules: PlaceTables<'_>) -> Option<AddressParts<'a>> {
    let text = without_country(text, rules.combined);
    let mut words = Words::from_text(text)?;
    let mut parts = AddressParts::default();
    if is_postal_code(words.last()) || (words.len() > 1 && is_shortened(words.last())) {
        parts.postal_code = words.last();
        match words.without_last(1) {
            Some(rest) => words = rest,
            None => return Some(parts),
        }
    }
    let state_from = state_at_end(&words, !parts.postal_code.is_empty(), rules)?;
    parts.state = words.span(state_from, words.len());
    // Four digits lost their zero somewhere; with the state's code before them they are still a ZIP.
    if is_shortened(parts.postal_code) && parts.state.len() != 2 {
        return None;
    }
    if parts.postal_code.len() == 3 && !is_zip_of_islands(text, &parts, rules) {
        return None;
    }
    let city = words.span(0, state_from);
    if state_from > LONGEST_CITY || city.contains(',') || (state_from > 0 && !is_city(city)) {
        return None;
    }
    parts.city = city;
    Some(parts)
}

/// Takes `12 Oak St Apt 4, Springfield, IL 62704` apart; `None` when that would be a guess. Line breaks and semicolons
/// part like commas.
pub(crate) fn split_address<'a>(text: &'a str, rules: PlaceTables<'_>) -> Option<AddressParts<'a>> {
    if text.contains('^') {
        return in_components(text, rules);
    }
    let text = without_country(text, rules.combined);
    let mut segments = [""; MOST_SEGMENTS];
    let mut count = 0;
    for segment in text.split([',', ';', '\n', '\r', '|']).map(str::trim).filter(|segment| !segment.is_empty()) {
        *segments.get_mut(count)? = segment;
        count += 1;
    }
    let segments = segments.get(..count)?;
    let (head, place) = place_at_end(segments, rules)?;
    if place.city.is_empty() || place.state.is_empty() {
        return None;
    }
    let (line1, line2) = match head {
        [street] if is_street(street, rules.combined) => part_unit(street, rules.combined),
        [street, unit] | [unit, street] if is_street(street, rules.combined) && is_unit(unit, rules.combined) => {
            (*street, *unit)
        }
        _ => return None,
    };
    Some(AddressParts { line1, line2, ..place })
}

/// `12 Oak St^Apt 4^Springfield^IL^62704`: the components of HL7 v2 in their order.
fn in_components<'a>(text: &'a str, rules: PlaceTables<'_>) -> Option<AddressParts<'a>> {
    let mut parts = text.split('^').map(str::trim);
    let mut next = || parts.next().unwrap_or_default();
    let parts = AddressParts { line1: next(), line2: next(), city: next(), state: next(), postal_code: next() };
    let is_state = parts.state.is_empty() || rules.states.find(parts.state).is_some();
    let is_zip = parts.postal_code.is_empty() || is_postal_code(parts.postal_code);
    let is_whole = is_street(parts.line1, rules.combined) && is_city(parts.city) && is_state && is_zip;
    (is_whole && !text.contains(['~', '&'])).then_some(parts)
}

/// The segments before the place, and the place: `[.., City ST ZIP]`, `[.., City, ST ZIP]` or `[.., City, ST, ZIP]`.
fn place_at_end<'a, 'b>(segments: &'b [&'a str], rules: PlaceTables<'_>) -> Option<(&'b [&'a str], AddressParts<'a>)> {
    let (last, head) = segments.split_last()?;
    let mut place = split_place(last, rules).or_else(|| state_with_zip(last, rules))?;
    let mut head = head;
    if place.state.is_empty() {
        let (state, rest) = head.split_last()?;
        if rules.states.find(state).is_some() {
            place.state = state;
            head = rest;
        } else {
            let with_city = split_place(state, rules).filter(|split| split.postal_code.is_empty())?;
            return Some((rest, AddressParts { postal_code: place.postal_code, ..with_city }));
        }
    }
    if place.city.is_empty() {
        let (city, rest) = head.split_last()?;
        if !is_city(city) || is_unit(city, rules.combined) || Words::from_text(city)?.len() > LONGEST_CITY {
            return None;
        }
        place.city = city;
        head = rest;
    }
    Some((head, place))
}

/// A state and a ZIP in a segment of their own: `Illinois 62704`. The comma before it has set the state's name apart.
fn state_with_zip<'a>(text: &'a str, rules: PlaceTables<'_>) -> Option<AddressParts<'a>> {
    let words = Words::from_text(text).filter(|words| words.len() >= 2 && is_postal_code(words.last()))?;
    let state = words.span(0, words.len() - 1);
    rules.states.find(state)?;
    Some(AddressParts { state, postal_code: words.last(), ..AddressParts::default() })
}

/// Whether a text holds a whole address, be it one that cannot be taken apart: a street line that ends with the code of
/// a state and a ZIP.
pub(crate) fn is_whole_address(text: &str, rules: PlaceTables<'_>) -> bool {
    if split_address(text, rules).is_some() {
        return true;
    }
    let ends_with_place = || {
        let mut words = text.rsplit([' ', ',', '\t', '\n']).filter(|word| !word.is_empty());
        let zip = words.next().is_some_and(is_postal_code);
        let state = words.next().filter(|word| word.len() == 2).is_some_and(|word| rules.states.find(word).is_some());
        zip && state && words.count() >= 3
    };
    is_street(text, rules.combined) && ends_with_place()
}

/// Where the state begins that the words end with. A name has to be set apart by a comma, because it may be a city's
/// (`Fort Washington 20744`); so has a code in small letters that may be a word (`de la`).
fn state_at_end(words: &Words<'_>, has_zip: bool, rules: PlaceTables<'_>) -> Option<usize> {
    let is_state = |from: usize| rules.states.find(words.span(from, words.len())).is_some();
    let is_unbroken = |from: usize| !words.span(from, words.len()).contains(',');
    let longest = words.len().saturating_sub(LONGEST_STATE);
    let from = (longest..words.len()).find(|from| is_unbroken(*from) && is_state(*from))?;
    let state = words.span(from, words.len());
    let is_code = state.len() == 2;
    let is_plain_code = is_code && state.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_code_before_zip = is_code && has_zip && !rules.names.is_particle(&state.to_lowercase());
    (words.has_comma_before(from) || is_plain_code || is_code_before_zip).then_some(from)
}

/// Letters, and what joins them.
fn is_city(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
        && text.chars().all(|letter| {
            letter.is_alphabetic()
                || unicode_normalization::char::is_combining_mark(letter)
                || letter.is_whitespace()
                || "-'’.".contains(letter)
        })
}

/// Whether three digits are a ZIP of Puerto Rico or the Virgin Islands that lost both zeros: the state's ZIPs begin so,
/// and a comma sets the state apart, because `Carr PR 907` is a road.
fn is_zip_of_islands(text: &str, parts: &AddressParts<'_>, rules: PlaceTables<'_>) -> bool {
    let prefix = parts.postal_code.get(..1).and_then(|digit| digit.parse().ok());
    let state = rules.states.find(parts.state);
    let is_set_apart = match text.rsplit_once(',') {
        Some((_, place)) => place.trim_start().starts_with(parts.state),
        None => text.starts_with(parts.state),
    };
    is_set_apart && state.zip(prefix).is_some_and(|(state, prefix)| rules.states.has_zip3(state, prefix))
}

/// A house number with something behind it, or a box.
pub(crate) fn is_street(text: &str, rules: &CombinedRules) -> bool {
    let mut words = text.split_whitespace();
    let starts_with_number = words.next().is_some_and(|word| word.starts_with(|letter: char| letter.is_ascii_digit()));
    let is_long_enough = words.next().is_some() && text.chars().filter(|letter| letter.is_alphabetic()).count() >= 2;
    (starts_with_number && is_long_enough) || rules.begins_a_street(text)
}

/// `Apt 4`, `Suite 200`, `# 12`, `3rd Floor`.
pub(crate) fn is_unit(text: &str, rules: &CombinedRules) -> bool {
    let Some(words) = Words::from_text(text) else { return false };
    let is_number = |word: &str| word.starts_with(|letter: char| letter.is_ascii_digit());
    let designates = rules.is_unit_designator(words.get(0)) || words.get(0).starts_with('#');
    words.len() <= 4 && (designates || (is_number(words.get(0)) && rules.is_unit_designator(words.last())))
}

/// The street without the unit at its end, and the unit: `12 Oak St Apt 4`, `12 Oak St #4`.
fn part_unit<'a>(street: &'a str, rules: &CombinedRules) -> (&'a str, &'a str) {
    let Some(words) = Words::from_text(street).filter(|words| words.len() >= 3) else { return (street, "") };
    let (last, count) = (words.last(), words.len());
    let is_unit_number = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit()) || word.len() == 1;
    if last.len() > 1 && last.starts_with('#') {
        return (words.span(0, count - 1), last);
    }
    let before = words.get(count - 2);
    if count >= 4 && (before == "#" || rules.is_unit_designator(before)) && is_unit_number(last) {
        return (words.span(0, count - 2), words.span(count - 2, count));
    }
    (street, "")
}

fn without_country<'a>(text: &'a str, words: &CombinedRules) -> &'a str {
    let text = text.trim().trim_end_matches([',', ';']).trim_end();
    match text.rsplit_once([',', ';', '\n']) {
        Some((rest, country)) if words.is_country(country.trim()) => rest.trim_end(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

    fn place(text: &str) -> Option<[&str; 3]> {
        split_place(text, PlaceTables::from(&*RULES)).map(|place| [place.city, place.state, place.postal_code])
    }

    fn address(text: &str) -> Option<[&str; 5]> {
        split_address(text, PlaceTables::from(&*RULES))
            .map(|parts| [parts.line1, parts.line2, parts.city, parts.state, parts.postal_code])
    }

    #[test]
    fn the_last_line_of_an_address_is_taken_apart() {
        for (text, parts) in [
            ("Springfield, IL 62704", ["Springfield", "IL", "62704"]),
            ("Springfield IL 62704-1234", ["Springfield", "IL", "62704-1234"]),
            ("Springfield, IL, 62704", ["Springfield", "IL", "62704"]),
            ("St. Paul, Minn. 55101", ["St. Paul", "Minn.", "55101"]),
            ("New York, New York 10001", ["New York", "New York", "10001"]),
            ("Charleston, West Virginia 25301", ["Charleston", "West Virginia", "25301"]),
            ("duluth mn 55805", ["duluth", "mn", "55805"]),
            ("Boston, MA 2134", ["Boston", "MA", "2134"]),
            ("San Juan, PR 907", ["San Juan", "PR", "907"]),
            ("St Thomas, VI 802", ["St Thomas", "VI", "802"]),
            ("Coeur d'Alene, ID", ["Coeur d'Alene", "ID", ""]),
            ("Duluth MN", ["Duluth", "MN", ""]),
            ("IL 62704", ["", "IL", "62704"]),
            ("62704", ["", "", "62704"]),
            ("Springfield, IL 62704, USA", ["Springfield", "IL", "62704"]),
        ] {
            assert_eq!(place(text), Some(parts), "{text}");
        }
    }

    #[test]
    fn a_place_that_is_not_sure_is_not_taken_apart() {
        for text in [
            "Springfield",
            "Springfield 62704",
            "Lake Washington",
            "Fort Washington 20744",
            "Washington 98101",
            "San Jose de la",
            "12 Oak St, Springfield, IL 62704",
            "Springfield, ZZ 62704",
            "Springfield, IL 627",
            "A, B, IL 62704",
            "2134",
            "",
        ] {
            assert_eq!(place(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_on_one_line_are_taken_apart() {
        for (text, parts) in [
            ("12 Oak St Apt 4, Springfield, IL 62704", ["12 Oak St", "Apt 4", "Springfield", "IL", "62704"]),
            ("12 Oak St, Apt 4, Springfield, IL 62704", ["12 Oak St", "Apt 4", "Springfield", "IL", "62704"]),
            ("Apt 4, 12 Oak St, Springfield, IL 62704", ["12 Oak St", "Apt 4", "Springfield", "IL", "62704"]),
            ("12 Oak St #4, Springfield IL 62704", ["12 Oak St", "#4", "Springfield", "IL", "62704"]),
            ("12 Oak St\nSpringfield, IL 62704", ["12 Oak St", "", "Springfield", "IL", "62704"]),
            ("PO Box 12, Springfield, IL, 62704", ["PO Box 12", "", "Springfield", "IL", "62704"]),
            ("12 Oak St, Springfield, IL, 62704, USA", ["12 Oak St", "", "Springfield", "IL", "62704"]),
            ("12 Oak St, Springfield IL, 62704", ["12 Oak St", "", "Springfield", "IL", "62704"]),
            ("12 Oak St, Springfield, Illinois 62704", ["12 Oak St", "", "Springfield", "Illinois", "62704"]),
            ("12 Oak St, Seattle, Washington, 98101", ["12 Oak St", "", "Seattle", "Washington", "98101"]),
            ("12 Oak St, Springfield, IL", ["12 Oak St", "", "Springfield", "IL", ""]),
            ("12 Oak St^Apt 4^Springfield^IL^62704^USA", ["12 Oak St", "Apt 4", "Springfield", "IL", "62704"]),
            ("12 Lot Ln, Springfield, IL 62704", ["12 Lot Ln", "", "Springfield", "IL", "62704"]),
        ] {
            assert_eq!(address(text), Some(parts), "{text}");
        }
    }

    #[test]
    fn three_digits_are_a_zip_only_where_the_state_agrees_and_stands_alone() {
        for text in ["Duluth, MN 558", "Carr PR 907", "San Juan, PR 107", "Boston, MA 213"] {
            assert_eq!(place(text), None, "{text}");
        }
        let parts = ["12 Calle Luna", "", "San Juan", "PR", "907"];
        assert_eq!(address("12 Calle Luna, San Juan, PR 907"), Some(parts));
    }

    #[test]
    fn a_whole_address_is_known_as_one_even_where_it_cannot_be_taken_apart() {
        for text in ["12 Park Ave West Springfield IL 62704", "12 OAK ST DULUTH MN 55805", "1 Elm St, Erie, PA 16501"] {
            assert!(is_whole_address(text, PlaceTables::from(&*RULES)), "{text}");
        }
        for text in ["12 Oak St", "12 MN 55805", "Duluth, MN 55805", "4512 County Road 12", "12 Oak St NE 5580"] {
            assert!(!is_whole_address(text, PlaceTables::from(&*RULES)), "{text}");
        }
    }

    #[test]
    fn an_address_that_is_not_sure_is_not_taken_apart() {
        for text in [
            "12 Park Ave West Springfield IL 62704",
            "12 Park Ave West Springfield, IL 62704",
            "12 Oak St, Suite 5 Springfield, IL 62704",
            "12 Oak St, Springfield",
            "12 Oak St, Apt B, MN 55805",
            "12 Oak St, Unit C, Washington 98101",
            "Attn Ann, 12 Oak St, Springfield, IL 62704",
            "Oak Street, Springfield, IL 62704",
            "12 Oak St, Building C, Apt 4, Springfield, IL 62704",
            "12 Oak St",
            "Springfield, IL 62704",
            "12 Oak St^Apt 4^62704^IL^Springfield",
            "12 Oak St^^Springfield^IL^62704~9 Elm St^^Duluth^MN^55805",
            "",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_word_of_an_address_is_lost_or_used_twice(
            text in "(12|Oak|St|Apt|4|#4|Springfield|IL|New York|62704|PO Box|, |,|;|\n| ){1,12}",
        ) {
            let words = |text: &str| -> Vec<String> {
                let mut words: Vec<String> = text
                    .split([' ', ',', ';', '\n'])
                    .filter(|word| !word.is_empty())
                    .map(str::to_owned)
                    .collect();
                words.sort();
                words
            };
            let place = place(&text).map(|[city, state, zip]| ["", "", city, state, zip]);
            for parts in [address(&text), place].into_iter().flatten() {
                proptest::prop_assert_eq!(words(&text), words(&parts.join(" ")), "{:?}", text);
            }
        }
    }
}
