//! City, state and ZIP that stand in the street line, or in the city, although they have columns of their own.

use crate::rules::Rules;

/// City, state and ZIP as they stand in their own cells; empty where there is none.
#[derive(Clone, Copy)]
pub(super) struct OwnPlace<'a> {
    pub(super) city: &'a str,
    pub(super) state: &'a str,
    pub(super) postal_code: &'a str,
}

/// The marks between the parts of an address.
const MARKS: [char; 2] = [' ', ','];

/// A text whose end was looked at: what is left, and what was there.
#[derive(Clone, Copy)]
struct Peeled<'t> {
    rest: &'t str,
    has_comma: bool,
}

impl<'t> Peeled<'t> {
    fn new(front: &'t str) -> Option<Self> {
        let rest = front.trim_end_matches(MARKS);
        (rest.len() < front.len() && !rest.is_empty())
            .then(|| Self { rest, has_comma: front.trim_end().ends_with(',') })
    }
}

/// A street line without the city, state and ZIP of the row at its end: all three, or two of them behind a comma.
pub(super) fn street_alone<'t>(line: &'t str, place: OwnPlace<'_>, rules: &Rules) -> &'t str {
    let (text, parts) = without_state_and_zip(line, place, rules);
    if parts == 0 {
        return line;
    }
    match without_word(text, place.city) {
        Some(street) if parts == 2 || street.has_comma => street.rest,
        Some(_) | None => line,
    }
}

/// A city without the state and ZIP of the row at its end: both, or one behind a comma.
pub(super) fn city_alone<'t>(city: &'t str, place: OwnPlace<'_>, rules: &Rules) -> &'t str {
    let (text, parts) = without_state_and_zip(city, place, rules);
    let is_parted = city.get(text.len()..).is_some_and(|end| end.trim_start().starts_with(','));
    if parts == 2 || (parts == 1 && is_parted) { text } else { city }
}

/// The text without state and ZIP, and how many of them were there.
fn without_state_and_zip<'t>(text: &'t str, place: OwnPlace<'_>, rules: &Rules) -> (&'t str, u32) {
    let mut found = (text, 0);
    if let Some(front) = without_zip(text, place.postal_code) {
        found = (front.rest, 1);
    }
    if let Some(front) = without_state(found.0, place.state, found.1 > 0, rules) {
        found = (front.rest, found.1 + 1);
    }
    found
}

fn without_zip<'t>(text: &'t str, zip: &str) -> Option<Peeled<'t>> {
    let (front, token) = text.split_at_checked(text.rfind(MARKS)? + 1)?;
    let is_zip = matches!(token.len(), 5 | 10) && token.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let same = token.get(..5).is_some_and(|digits| zip.get(..5) == Some(digits));
    if is_zip && same { Peeled::new(front) } else { None }
}

/// The state in the same words, or behind a comma or before a ZIP in others.
fn without_state<'t>(text: &'t str, state: &str, is_before_zip: bool, rules: &Rules) -> Option<Peeled<'t>> {
    if let Some(front) = without_word(text, state) {
        return Some(front);
    }
    if state.is_empty() || !(is_before_zip || text.contains(',')) {
        return None;
    }
    let (front, token) = text.split_at_checked(text.rfind(MARKS)? + 1)?;
    let known = rules.states.find(token)?;
    if rules.states.find(state) == Some(known) { Peeled::new(front) } else { None }
}

fn without_word<'t>(text: &'t str, word: &str) -> Option<Peeled<'t>> {
    if word.is_empty() {
        return None;
    }
    let (front, end) = text.split_at_checked(text.len().checked_sub(word.len())?)?;
    if end.eq_ignore_ascii_case(word) { Peeled::new(front) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_repeated_is_taken_off_and_a_street_of_its_name_stays() {
        let rules = Rules::load(None).expect("sound");
        let place = OwnPlace { city: "Duluth", state: "MN", postal_code: "55805" };
        for (line, street) in [
            ("123 Main St, Apt 4, Duluth, MN 55805", "123 Main St, Apt 4"),
            ("123 Main St DULUTH MN 55805-1234", "123 Main St"),
            ("123 Main St, Duluth, Minnesota", "123 Main St"),
            ("123 Main St, Duluth", "123 Main St, Duluth"),
            ("12 Old Duluth MN", "12 Old Duluth MN"),
            ("Duluth, MN 55805", "Duluth, MN 55805"),
            ("123 Main St, Chicago, IL 60601", "123 Main St, Chicago, IL 60601"),
            ("123 Main St 55805", "123 Main St 55805"),
        ] {
            assert_eq!(street_alone(line, place, &rules), street, "{line}");
        }
        for (city, alone) in [
            ("Duluth, MN", "Duluth"),
            ("Duluth, MN 55805", "Duluth"),
            ("Duluth MN 55805", "Duluth"),
            ("Duluth", "Duluth"),
            ("Duluth MN", "Duluth MN"),
            ("Chicago, IL", "Chicago, IL"),
        ] {
            assert_eq!(city_alone(city, place, &rules), alone, "{city}");
        }
        let capital = OwnPlace { city: "Washington", state: "DC", postal_code: "20001" };
        assert_eq!(city_alone("Washington DC", capital, &rules), "Washington DC");
    }
}
