//! Two rows side by side: the comparison level of each field, and the patterns that speak of two people. What a level weighs
//! is the model's business.

use strsim::jaro_winkler;

use crate::rules::matching::{Comparison, MatchingRules};
use crate::rules::nicknames::Nicknames;

use super::edits::{are_within, is_one_slip, may_be_similar};
use super::profile::{Profiles, RowProfile};
use super::row_text::{RowNumbers, RowText, RowTexts};

/// Level of a value that is missing on either side, in every comparison.
pub(super) const MISSING: u8 = 0;
/// Level of equal values, in every comparison.
pub(super) const SAME: u8 = 1;

const FIRST_DIFFERENT: u8 = 9;
const FIRST_EXCHANGED: u8 = 8;
const LAST_DIFFERENT: u8 = 5;
const BIRTH_DIFFERENT: u8 = 5;

/// What two rows come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Levels {
    /// By comparison, numbered as in [`Comparison::levels`] from 1.
    pub(super) by_comparison: [u8; Comparison::COUNT],
    /// Share of rows that have the value that both have, for first name, last name and place; 0 where the level does not
    /// weigh by it.
    pub(super) terms: [f32; 3],
    /// Patterns.
    pub(super) patterns: Patterns,
}

impl Levels {
    /// The level of one comparison.
    pub(super) fn of(&self, comparison: Comparison) -> u8 {
        self.by_comparison.get(comparison as usize).copied().unwrap_or(MISSING)
    }
}

/// What a pair of rows may be beside one person.
#[allow(clippy::struct_excessive_bools, reason = "independent observations, not states")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Patterns {
    /// Different generational suffixes, or one died before the other was born: two people for certain.
    pub(super) impossible: bool,
    /// One last name and birth date, and first names that cannot be one name.
    pub(super) twins: bool,
    /// Twins who may be children.
    pub(super) young: bool,
    /// One name, and birth dates a generation apart.
    pub(super) generations: bool,
    /// A newborn without a name beside one that has a name.
    pub(super) unnamed: bool,
    /// One side has a suffix, and no birth date tells a father from a son.
    pub(super) suffix_in_doubt: bool,
    /// First and last name stand in each other's column.
    pub(super) exchanged: bool,
}

/// Compares rows of one run.
pub(super) struct Comparer<'a> {
    rules: &'a MatchingRules,
    nicknames: &'a Nicknames,
    profiles: &'a Profiles,
    texts: &'a RowTexts,
}

/// One of the two rows.
struct Side<'a> {
    row: u32,
    profile: &'a RowProfile,
    numbers: RowNumbers,
    text: RowText<'a>,
    ids: &'a [(u64, u64)],
}

impl<'a> Comparer<'a> {
    pub(super) const fn new(
        rules: &'a MatchingRules,
        nicknames: &'a Nicknames,
        profiles: &'a Profiles,
        texts: &'a RowTexts,
    ) -> Self {
        Self { rules, nicknames, profiles, texts }
    }

    /// The levels of two rows.
    pub(super) fn compare(&self, left: u32, right: u32) -> Levels {
        let (left, right) = (self.side(left), self.side(right));
        let exchanged = self.are_exchanged(&left, &right);
        let (first, last) = if exchanged {
            (FIRST_EXCHANGED, MISSING)
        } else {
            (self.first_name(&left, &right), self.last_name(&left, &right))
        };
        let birth = birth_date(left.profile.birth, right.profile.birth);
        let (address, place) = self.address(&left, &right);
        let by_comparison = [
            first,
            middle_name(left.text.middle, right.text.middle),
            last,
            // Agreement in a date that too many people share is no evidence; that dates differ still is.
            if birth == SAME && left.profile.birth_shared { MISSING } else { birth },
            equal(left.profile.sex.into(), right.profile.sex.into()),
            address,
            phone(left.numbers.phone, right.numbers.phone),
            email(left.text.email, right.text.email),
            external_id(left.ids, right.ids),
        ];
        let usual = &self.rules.term_frequency;
        let first_term = if first == SAME {
            self.frequency(self.profiles.first_name_count(left.row), usual.first_name)
        } else {
            0.0
        };
        let last_term =
            if last == SAME { self.frequency(self.profiles.last_name_count(left.row), usual.last_name) } else { 0.0 };
        let patterns = self.patterns(&left, &right, (first, last, birth), exchanged);
        Levels { by_comparison, terms: [first_term, last_term, place], patterns }
    }

    fn side(&self, row: u32) -> Side<'a> {
        Side {
            row,
            profile: self.profiles.row(row),
            numbers: self.texts.numbers(row),
            text: self.texts.row(row),
            ids: self.texts.ids(row),
        }
    }

    fn patterns(&self, left: &Side<'_>, right: &Side<'_>, levels: (u8, u8, u8), exchanged: bool) -> Patterns {
        let (first, last, birth) = levels;
        let (a, b) = (&left.text, &right.text);
        let years = (left.profile.birth / 10_000).abs_diff(right.profile.birth / 10_000);
        let before = |died: u32, born: u32| died != 0 && born != 0 && died < born;
        let agrees = |level: u8, different: u8| level != MISSING && level != different;
        let two_people = &self.rules.two_people;
        let twins = !exchanged
            && agrees(birth, BIRTH_DIFFERENT)
            && agrees(last, LAST_DIFFERENT)
            && !self.may_be_one_name(left, right);
        Patterns {
            impossible: (!a.suffix.is_empty() && !b.suffix.is_empty() && a.suffix != b.suffix)
                || before(left.numbers.death, right.profile.birth)
                || before(right.numbers.death, left.profile.birth),
            twins,
            young: twins && left.profile.birth.max(right.profile.birth) / 10_000 >= two_people.adult_before,
            generations: birth == BIRTH_DIFFERENT && agrees(first, FIRST_DIFFERENT) && years >= two_people.years,
            unnamed: left.profile.unnamed != right.profile.unnamed,
            suffix_in_doubt: birth == MISSING && a.suffix.is_empty() != b.suffix.is_empty(),
            exchanged,
        }
    }

    /// Whether the two rows have their names in each other's column, spelt alike, and neither agrees as it stands.
    fn are_exchanged(&self, left: &Side<'_>, right: &Side<'_>) -> bool {
        let (a, b) = (&left.text, &right.text);
        let complete = [a.first, a.last, b.first, b.last].iter().all(|name| !name.is_empty());
        complete
            && a.first != b.first
            && a.last != b.last
            && self.are_alike(a.first, b.last)
            && self.are_alike(a.last, b.first)
    }

    /// Whether two first names could be one name, written twice: an initial, one typing error, two in a long name that
    /// begins alike, or forms of one name. Twins are often given names that belong together, Anna and Hannah: forms of one
    /// name do not count where one system gives the two different ids.
    fn may_be_one_name(&self, left: &Side<'_>, right: &Side<'_>) -> bool {
        let (a, b) = (left.text.first, right.text.first);
        let shorter = || a.chars().count().min(b.chars().count());
        let long_and_alike = a.chars().next() == b.chars().next() && are_within(a, b, 2) && shorter() >= 6;
        a.is_empty()
            || b.is_empty()
            || are_within(a, b, 1)
            || long_and_alike
            || is_initial(a, b)
            || left.profile.unnamed
            || right.profile.unnamed
            || goes_by_middle_name(&left.text, &right.text)
            || left.text.has_first_part(b)
            || right.text.has_first_part(a)
            || (self.is_nickname(left, right) && external_id(left.ids, right.ids) != 2)
    }

    fn first_name(&self, left: &Side<'_>, right: &Side<'_>) -> u8 {
        let (a, b) = (left.text.first, right.text.first);
        if a.is_empty() || b.is_empty() {
            return MISSING;
        }
        if a == b {
            return SAME;
        }
        if left.profile.unnamed || right.profile.unnamed {
            return MISSING;
        }
        if self.are_forms_of_one(left, right) {
            return 2;
        }
        if left.text.has_first_part(b) || right.text.has_first_part(a) {
            return 3;
        }
        if is_initial(a, b) {
            return 6;
        }
        match self.spelling(a, b) {
            Spelling::Close => 4,
            Spelling::Near => 5,
            Spelling::Different if goes_by_middle_name(&left.text, &right.text) => 7,
            Spelling::Different if self.is_nickname(left, right) => 2,
            Spelling::Different => FIRST_DIFFERENT,
        }
    }

    /// Whether two first names are forms of one, or one is a form of the other with one typing error.
    fn is_nickname(&self, left: &Side<'_>, right: &Side<'_>) -> bool {
        let misspelt = |known: &Side<'_>, other: &str| {
            let number = known.numbers.given_name.checked_sub(1).filter(|_| other.len() >= 4);
            number.is_some_and(|number| {
                self.nicknames
                    .forms_by_number(number)
                    .any(|form| form.len().abs_diff(other.len()) <= 1 && form.len() >= 4 && are_within(form, other, 1))
            })
        };
        self.are_forms_of_one(left, right) || misspelt(left, right.text.first) || misspelt(right, left.text.first)
    }

    fn are_forms_of_one(&self, left: &Side<'_>, right: &Side<'_>) -> bool {
        let numbers = (left.numbers.given_name.checked_sub(1), right.numbers.given_name.checked_sub(1));
        matches!(numbers, (Some(left), Some(right)) if self.nicknames.are_forms_by_number(left, right))
    }

    fn last_name(&self, left: &Side<'_>, right: &Side<'_>) -> u8 {
        let (a, b) = (left.text.last, right.text.last);
        if a.is_empty() || b.is_empty() {
            return MISSING;
        }
        if a == b {
            return SAME;
        }
        if left.text.carries_last(b) || right.text.carries_last(a) {
            return 2;
        }
        match self.spelling(a, b) {
            Spelling::Close => 3,
            Spelling::Near => 4,
            Spelling::Different => LAST_DIFFERENT,
        }
    }

    fn spelling(&self, a: &str, b: &str) -> Spelling {
        let limits = &self.rules.similarity;
        let similarity = if may_be_similar(a, b, limits.near) { jaro_winkler(a, b) } else { 0.0 };
        let shorter = || a.chars().count().min(b.chars().count());
        if similarity >= limits.close || (are_within(a, b, 1) && shorter() >= 4) {
            Spelling::Close
        } else if similarity >= limits.near || (a.len().min(b.len()) >= 6 && are_within(a, b, 2) && shorter() >= 6) {
            Spelling::Near
        } else {
            Spelling::Different
        }
    }

    fn are_alike(&self, a: &str, b: &str) -> bool {
        a == b || self.spelling(a, b) != Spelling::Different
    }

    /// The level of the address, and the frequency of the place where the place is what agrees.
    fn address(&self, left: &Side<'_>, right: &Side<'_>) -> (u8, f32) {
        let (a, b) = (&left.text, &right.text);
        let zips = (left.profile.postal_code, right.profile.postal_code);
        let (known_zips, known_cities) = (zips.0 != 0 && zips.1 != 0, !a.city.is_empty() && !b.city.is_empty());
        let same_zip = known_zips && zips.0 == zips.1;
        let like_zip = known_zips && wrong_digits(zips.0, zips.1) <= 1;
        let same_city = known_cities && self.are_alike(a.city, b.city);
        let elsewhere = (known_zips || known_cities) && !same_city && !like_zip;
        let streets = !a.street.is_empty() && !b.street.is_empty();
        if streets && !elsewhere {
            if a.street == b.street {
                return (SAME, 0.0);
            }
            let ((number, road), (other_number, other_road)) = (parted(a.street), parted(b.street));
            let close = self.rules.similarity.close;
            let similar = may_be_similar(road, other_road, close) && jaro_winkler(road, other_road) >= close;
            let alike = similar || are_within(road, other_road, 1);
            if alike && number == other_number {
                return (2, 0.0);
            }
            if alike && road.chars().count() >= 4 {
                return (3, 0.0);
            }
        }
        if !elsewhere
            && (are_lines_of_one(a.unit, b.unit)
                || are_lines_of_one(a.street, b.unit)
                || are_lines_of_one(a.unit, b.street))
        {
            return (3, 0.0);
        }
        let usual = self.rules.term_frequency.city;
        if same_zip || same_city {
            let level = match (same_zip, same_city) {
                (true, true) => 4,
                (true, false) => 5,
                _ => 6,
            };
            let count = self.profiles.city_count(left.row).max(self.profiles.city_count(right.row));
            return (level, self.frequency(count, usual));
        }
        if streets || known_zips || known_cities { (7, 0.0) } else { (MISSING, 0.0) }
    }

    /// The frequency of a value that two rows share: how often others have it, mixed with what is usual elsewhere.
    fn frequency(&self, count: u32, usual: f64) -> f32 {
        let others = f64::from(count.saturating_sub(2));
        let seen = self.rules.term_frequency.seen_rows;
        #[allow(clippy::cast_precision_loss, reason = "rows are far below 2^52")]
        let all = self.profiles.rows.len() as f64;
        #[allow(clippy::cast_possible_truncation, reason = "a weight needs three digits of it")]
        let share = ((others + usual * seen) / (all + seen)).clamp(1e-9, 0.5) as f32;
        share
    }
}

/// How two different names are spelt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Close,
    Near,
    Different,
}

/// Birth dates as packed digits, 0 for missing.
fn birth_date(left: u32, right: u32) -> u8 {
    if left == 0 || right == 0 {
        return MISSING;
    }
    if left == right {
        return SAME;
    }
    let parts = |date: u32| (date / 10_000, date / 100 % 100, date % 100);
    let ((year, month, day), (other_year, other_month, other_day)) = (parts(left), parts(right));
    if year == other_year && month == other_day && day == other_month {
        return 2;
    }
    if is_one_slip(left.into(), right.into()) {
        return 3;
    }
    let agreeing = u8::from(year == other_year) + u8::from(month == other_month) + u8::from(day == other_day);
    if agreeing == 2 { 4 } else { BIRTH_DIFFERENT }
}

fn middle_name(a: &str, b: &str) -> u8 {
    if a.is_empty() || b.is_empty() {
        MISSING
    } else if a == b && a.chars().count() > 1 {
        SAME
    } else if a == b || is_initial(a, b) {
        2
    } else {
        3
    }
}

fn equal(left: u64, right: u64) -> u8 {
    match (left, right) {
        (0, _) | (_, 0) => MISSING,
        _ if left == right => SAME,
        _ => 2,
    }
}

fn phone(left: u64, right: u64) -> u8 {
    match equal(left, right) {
        2 if !is_one_slip(left, right) => 3,
        level => level,
    }
}

fn email(a: &str, b: &str) -> u8 {
    if a.is_empty() || b.is_empty() {
        MISSING
    } else if a == b {
        SAME
    } else if are_within(a, b, 1) {
        2
    } else {
        3
    }
}

/// Whether a system gives both one id, or knows both and gives them different ids only.
fn external_id(left: &[(u64, u64)], right: &[(u64, u64)]) -> u8 {
    if left.iter().any(|id| right.contains(id)) {
        SAME
    } else if left.iter().any(|id| right.iter().any(|other| other.0 == id.0)) {
        2
    } else {
        MISSING
    }
}

/// How many of the digits of two numbers of five digits differ.
fn wrong_digits(left: u32, right: u32) -> usize {
    let digits = |number: u32| (0..10).map(move |place| number / 10_u32.pow(place) % 10);
    digits(left).zip(digits(right)).filter(|(left, right)| left != right).count()
}

/// Whether two lines of an address are the same and say more than a unit's number.
fn are_lines_of_one(a: &str, b: &str) -> bool {
    a == b && a.chars().filter(|letter| letter.is_alphabetic()).count() >= 6
}

/// The house number of a folded street line, and the rest.
fn parted(street: &str) -> (&str, &str) {
    let road = street.trim_start_matches(|letter: char| letter.is_ascii_digit());
    (street.strip_suffix(road).unwrap_or_default(), road)
}

/// Whether the first name of one is the middle name of the other, in full.
fn goes_by_middle_name(left: &RowText<'_>, right: &RowText<'_>) -> bool {
    let is_middle = |first: &str, of: &RowText<'_>| first.chars().count() > 1 && of.middle == first;
    is_middle(left.first, right) || is_middle(right.first, left)
}

/// Whether one of two different names is a single letter with which the other begins.
fn is_initial(a: &str, b: &str) -> bool {
    let one_letter = a.chars().count() == 1 || b.chars().count() == 1;
    one_letter && a.chars().next() == b.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birth_dates_have_a_level_for_each_kind_of_slip() {
        for (left, right, level) in [
            (19_800_304, 19_800_304, SAME),
            (19_800_304, 19_800_403, 2),
            (19_800_304, 19_800_305, 3),
            (19_800_304, 19_910_304, 4),
            (19_800_304, 19_911_125, BIRTH_DIFFERENT),
            (0, 19_911_125, MISSING),
        ] {
            assert_eq!(birth_date(left, right), level, "{left} {right}");
            assert_eq!(birth_date(right, left), level, "{right} {left}");
        }
    }

    #[test]
    fn a_street_line_parts_into_number_and_road() {
        assert_eq!(parted("12mainst"), ("12", "mainst"));
        assert_eq!(parted("mainst"), ("", "mainst"));
        assert_eq!(parted("12"), ("12", ""));
    }
}
