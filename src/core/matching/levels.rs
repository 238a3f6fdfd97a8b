//! Two rows side by side: the comparison level of each field, and the patterns that speak of two people. What a level
//! weighs is the model's business.

mod patterns;

use strsim::jaro_winkler;

use crate::rules::Rules;
use crate::rules::matching::{Comparison, MatchingRules};
use crate::rules::name_frequencies::NameFrequencies;
use crate::rules::nicknames::Nicknames;

use super::edits::{are_within, is_one_slip, may_be_similar};
use super::profile::{Profiles, RowProfile};
use super::row_text::{RowNumbers, RowText, RowTexts};
use super::sound::sound_alike;
pub(super) use patterns::Patterns;

/// Level of a value that is missing on either side, in every comparison.
pub(super) const MISSING: u8 = 0;
/// Level of equal values, in every comparison.
pub(super) const SAME: u8 = 1;

const FIRST_NICKNAME: u8 = 2;
const FIRST_PART: u8 = 3;
const FIRST_CLOSE: u8 = 4;
const FIRST_SOUND: u8 = 6;
const FIRST_EXCHANGED: u8 = 9;
const FIRST_DIFFERENT: u8 = 10;
const MIDDLE_INITIAL: u8 = 2;
const MIDDLE_DIFFERENT: u8 = 4;
const LAST_SOUND: u8 = 5;
const LAST_DIFFERENT: u8 = 6;
const BIRTH_NEAR: u8 = 5;
const BIRTH_DIFFERENT: u8 = 6;
const BIRTH_FAR: u8 = 7;
/// Phone numbers or e-mail addresses that cannot be one mistyped.
const CONTACT_DIFFERENT: u8 = 3;
/// One system gives the two rows different ids only.
pub(super) const IDS_DIFFERENT: u8 = 2;
const SIMILAR_STREET: u8 = 2;
const ROAD: u8 = 3;
const ADDRESS_DIFFERENT: u8 = 9;
/// Years between birth dates that are near, and from which they are far.
const NEAR_YEARS: u32 = 1;
const FAR_YEARS: u32 = 10;
/// Share of the file in the mix of a value's frequency. From this share on, the table of the population is not used.
const FILE_SPEAKS: f64 = 0.95;

/// What two rows come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Levels {
    /// By comparison, numbered as in [`Comparison::levels`] from 1.
    pub(super) by_comparison: [u8; Comparison::COUNT],
    /// Share of rows that have the value that both have, for first name, last name and place; 0 where the level does
    /// not weigh by it.
    pub(super) terms: [f32; 3],
    /// Patterns.
    pub(super) patterns: Patterns,
}

impl Levels {
    /// The level of one comparison.
    pub(super) fn of(&self, comparison: Comparison) -> u8 {
        self.by_comparison.get(comparison as usize).copied().unwrap_or(MISSING)
    }

    /// The share of rows by which the level of one comparison weighs; 0 where it does not.
    pub(super) fn term(&self, comparison: Comparison) -> f32 {
        let [first_name, last_name, place] = self.terms;
        match comparison {
            Comparison::FirstName => first_name,
            Comparison::LastName => last_name,
            Comparison::Address => place,
            _ => 0.0,
        }
    }
}

/// Compares rows of one run.
pub(super) struct Comparer<'a> {
    rules: &'a MatchingRules,
    nicknames: &'a Nicknames,
    population: &'a NameFrequencies,
    profiles: &'a Profiles,
    texts: &'a RowTexts,
    /// Whether the file is so small that the table of the population says more about a name.
    is_small: bool,
}

/// One of the two rows.
struct Side<'a> {
    row: u32,
    profile: &'a RowProfile,
    /// Year, month and day of birth as digits.
    birth: u32,
    numbers: RowNumbers,
    text: RowText<'a>,
    ids: &'a [(u64, u64)],
}

impl<'a> Comparer<'a> {
    pub(super) fn new(rules: &'a Rules, profiles: &'a Profiles, texts: &'a RowTexts) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "rows are far below 2^52")]
        let all = profiles.rows.len() as f64;
        let is_small = all / (all + rules.matching.term_frequency.seen_rows) < FILE_SPEAKS;
        let population = &rules.name_frequencies;
        Self { rules: &rules.matching, nicknames: &rules.nicknames, population, profiles, texts, is_small }
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
        let birth = birth_date(left.birth, right.birth);
        let (address, place) = self.address(&left, &right);
        let middle = middle_name(left.text.middle, right.text.middle);
        let by_comparison = [
            first,
            middle,
            last,
            suffix(left.text.suffix, right.text.suffix),
            // Agreement in a date that too many people share is no evidence; that dates differ still is.
            if birth == SAME && left.profile.birth_shared { MISSING } else { birth },
            equal(left.profile.sex.into(), right.profile.sex.into()),
            address,
            unit(left.text.unit, right.text.unit),
            phone(left.numbers.phone, right.numbers.phone),
            email(left.text.email, right.text.email),
            external_id(left.ids, right.ids),
        ];
        let terms = [self.first_name_term(first, &left), self.last_name_term(last, &left), place];
        let mut levels = Levels { by_comparison, terms, patterns: Patterns::default() };
        levels.patterns = self.patterns(&left, &right, &levels, exchanged);
        levels
    }

    /// Share of people with the first name that both rows have.
    fn first_name_term(&self, level: u8, side: &Side<'_>) -> f32 {
        if level != SAME {
            return 0.0;
        }
        let usual = self.rules.term_frequency.first_name;
        let listed = if self.is_small { self.population.listed_given_name_share(side.text.first) } else { None };
        self.frequency(self.profiles.first_name_count(side.row), listed.map_or(usual, f64::from))
    }

    /// The same of the last name.
    fn last_name_term(&self, level: u8, side: &Side<'_>) -> f32 {
        if level != SAME {
            return 0.0;
        }
        let usual = self.rules.term_frequency.last_name;
        let listed = if self.is_small { self.population.listed_surname_share(side.text.last) } else { None };
        self.frequency(self.profiles.last_name_count(side.row), listed.map_or(usual, f64::from))
    }

    fn side(&self, row: u32) -> Side<'a> {
        let profile = self.profiles.row(row);
        Side {
            row,
            profile,
            birth: profile.birth_digits(),
            numbers: self.texts.numbers(row),
            text: self.texts.row(row),
            ids: self.texts.ids(row),
        }
    }

    /// Whether the two rows have their names in each other's column, one of them the same and the other spelt alike or
    /// both with one slip each, or the same words parted into first and last name at another place (Van Anh, Nguyen and
    /// Nguyen Van, Anh), and neither name agrees as it stands.
    fn are_exchanged(&self, left: &Side<'_>, right: &Side<'_>) -> bool {
        let (a, b) = (&left.text, &right.text);
        let complete = [a.first, a.last, b.first, b.last].iter().all(|name| !name.is_empty());
        complete
            && a.first != b.first
            && a.last != b.last
            && ((self.are_alike(a.first, b.last)
                && self.are_alike(a.last, b.first)
                && (a.first == b.last
                    || a.last == b.first
                    || (are_within(a.first, b.last, 1) && are_within(a.last, b.first, 1))))
                || are_parted_otherwise(a, b))
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
            return FIRST_NICKNAME;
        }
        if left.text.has_first_part(b) || right.text.has_first_part(a) {
            return FIRST_PART;
        }
        if is_initial(a, b) {
            return 7;
        }
        match self.spelling(a, b) {
            Spelling::Close => FIRST_CLOSE,
            Spelling::Near => 5,
            Spelling::Different if goes_by_middle_name(&left.text, &right.text) => 8,
            Spelling::Different if self.is_nickname(left, right) => FIRST_NICKNAME,
            Spelling::Different if sound_alike(a, b) => FIRST_SOUND,
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
            Spelling::Different if sound_alike(a, b) => LAST_SOUND,
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
        let like_zip = known_zips && (same_zip || is_one_slip(zips.0.into(), zips.1.into()));
        let same_city = known_cities && self.are_alike(a.city, b.city);
        let elsewhere = (known_zips || known_cities) && !same_city && !like_zip;
        let streets = !a.street.is_empty() && !b.street.is_empty();
        if streets && !elsewhere {
            if a.street == b.street {
                return (SAME, self.street_term(left));
            }
            if let Some(level) = self.similar_street((a.street, a.unit), (b.street, b.unit)) {
                return (level, if level == SIMILAR_STREET { self.street_term(left) } else { 0.0 });
            }
        }
        let usual = self.rules.term_frequency.city;
        let level = match (same_zip, same_city, like_zip) {
            (true, true, _) => 4,
            (true, false, _) => 5,
            (false, true, true) => 6,
            (false, true, false) => 7,
            (false, false, true) => 8,
            _ if streets || known_zips || known_cities => ADDRESS_DIFFERENT,
            _ => MISSING,
        };
        if same_zip || same_city {
            let count = self.profiles.city_count(left.row).max(self.profiles.city_count(right.row));
            return (level, self.frequency(count, usual));
        }
        (level, 0.0)
    }

    /// The level of two street lines that are not the same, each with its second line; `None` where they are unlike.
    fn similar_street(&self, left: (&str, &str), right: (&str, &str)) -> Option<u8> {
        let ((number, road), (other_number, other_road)) = (parted(left.0), parted(right.0));
        let numbers = number == other_number;
        if self.are_roads_alike(road, other_road) {
            return if numbers { Some(SIMILAR_STREET) } else { (road.chars().count() >= 4).then_some(ROAD) };
        }
        // The two lines exchanged; the house number may have stayed where it was.
        let crossed =
            |road: &str, unit: &str| road.len().min(unit.len()) >= 6 && self.are_roads_alike(road, parted(unit).1);
        let (one, other) = (crossed(road, right.1), crossed(other_road, left.1));
        match (one && other, one || other) {
            (true, _) if numbers => Some(SIMILAR_STREET),
            (_, true) => Some(ROAD),
            _ => None,
        }
    }

    fn are_roads_alike(&self, left: &str, right: &str) -> bool {
        let close = self.rules.similarity.close;
        left == right
            || are_within(left, right, 1)
            || (may_be_similar(left, right, close) && jaro_winkler(left, right) >= close)
    }

    /// Share of rows that have the street of a row: far more than a household in a hospital, a prison or a shelter.
    fn street_term(&self, side: &Side<'_>) -> f32 {
        let terms = &self.rules.term_frequency;
        let count = f64::from(self.profiles.street_count(side.row));
        self.share((count - terms.household_rows).max(0.0), terms.street)
    }

    /// The frequency of a value that two rows share: how often others have it, mixed with what is usual elsewhere.
    fn frequency(&self, count: u32, usual: f64) -> f32 {
        self.share(f64::from(count.saturating_sub(2)), usual)
    }

    fn share(&self, others: f64, usual: f64) -> f32 {
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
    let months = |year: u32, month: u32| 12 * year + month;
    match months(year, month).abs_diff(months(other_year, other_month)) {
        _ if agreeing == 2 => 4,
        apart if apart <= 12 * NEAR_YEARS => BIRTH_NEAR,
        apart if apart < 12 * FAR_YEARS => BIRTH_DIFFERENT,
        _ => BIRTH_FAR,
    }
}

/// Both suffixes given: a missing one is often left out.
fn suffix(a: &str, b: &str) -> u8 {
    match (a.is_empty() || b.is_empty(), a == b) {
        (true, _) => MISSING,
        (false, true) => SAME,
        (false, false) => 2,
    }
}

/// Second lines of an address.
fn unit(a: &str, b: &str) -> u8 {
    let is_line = |text: &str| text.chars().filter(|letter| letter.is_alphabetic()).count() >= 6;
    if a.is_empty() || b.is_empty() {
        MISSING
    } else if a == b {
        if is_line(a) { 1 } else { 2 }
    } else if a.len().min(b.len()) >= 4 && is_line(a) && are_within(a, b, 2) {
        3
    } else {
        4
    }
}

fn middle_name(a: &str, b: &str) -> u8 {
    if a.is_empty() || b.is_empty() {
        MISSING
    } else if a == b && a.chars().count() > 1 {
        SAME
    } else if a == b || is_initial(a, b) {
        2
    } else if a.len().min(b.len()) >= 4 && are_within(a, b, 1) {
        3
    } else {
        MIDDLE_DIFFERENT
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
        IDS_DIFFERENT
    } else {
        MISSING
    }
}

/// The house number of a folded street line, and the rest.
fn parted(street: &str) -> (&str, &str) {
    let road = street.trim_start_matches(|letter: char| letter.is_ascii_digit());
    (street.strip_suffix(road).unwrap_or_default(), road)
}

/// Letters of both names together from which on the same letters in the same order are no accident.
const LONG_NAMES: usize = 8;

/// Whether first and last name of two rows are the same letters, read on from another place.
fn are_parted_otherwise(left: &RowText<'_>, right: &RowText<'_>) -> bool {
    let length = left.first.len() + left.last.len();
    if length < LONG_NAMES || length != right.first.len() + right.last.len() {
        return false;
    }
    let letters = || right.first.bytes().chain(right.last.bytes());
    let is_read_from = |place: usize| {
        left.first.bytes().chain(left.last.bytes()).eq(letters().skip(place).chain(letters().take(place)))
    };
    // What is read on from there is the last name of the one, and begins within the other.
    (1..length).any(is_read_from)
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
            (19_800_304, 19_801_125, BIRTH_NEAR),
            (19_800_304, 19_861_125, BIRTH_DIFFERENT),
            (19_800_304, 19_911_125, BIRTH_FAR),
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
