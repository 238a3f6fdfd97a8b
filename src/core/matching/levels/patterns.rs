//! What a pair of rows may be beside one person: twins, a parent and a child, siblings of like names, strangers.

use super::super::edits::are_within;
use super::super::row_text::RowText;
use super::super::sound::sound_alike;
use super::{
    BIRTH_FAR, BIRTH_NEAR, CONTACT_DIFFERENT, Comparer, FIRST_CLOSE, FIRST_DIFFERENT, FIRST_NICKNAME, FIRST_PART,
    FIRST_SOUND, IDS_DIFFERENT, LAST_DIFFERENT, Levels, MIDDLE_DIFFERENT, MIDDLE_INITIAL, MISSING, ROAD, SAME, Side,
    external_id, goes_by_middle_name, is_initial,
};
use crate::rules::matching::Comparison;

/// What a pair of rows may be beside one person.
#[allow(clippy::struct_excessive_bools, reason = "independent observations, not states")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::matching) struct Patterns {
    /// Different generational suffixes, or one died before the other was born: two people for certain.
    pub(in crate::matching) impossible: bool,
    /// One last name and birth date, and first names that cannot be one name.
    pub(in crate::matching) twins: bool,
    /// Twins who may be children.
    pub(in crate::matching) young: bool,
    /// One name, and birth dates a generation apart.
    pub(in crate::matching) generations: bool,
    /// What may be one person and is not to be merged by weight alone.
    pub(in crate::matching) doubtful: bool,
    /// The same where different ids of one system tell people apart.
    pub(in crate::matching) doubtful_by_ids: bool,
    /// The same where households are about: two other names at one home, another last name and nothing but it, twins
    /// who live apart, namesakes.
    pub(in crate::matching) other_names: bool,
    /// First and last name stand in each other's column.
    pub(in crate::matching) exchanged: bool,
}

impl Comparer<'_> {
    pub(super) fn patterns(&self, left: &Side<'_>, right: &Side<'_>, levels: &Levels, exchanged: bool) -> Patterns {
        let of = |comparison| levels.of(comparison);
        let (first, last, birth) = (of(Comparison::FirstName), of(Comparison::LastName), of(Comparison::BirthDate));
        let middle = of(Comparison::MiddleName);
        let (a, b) = (&left.text, &right.text);
        let years = (left.birth / 10_000).abs_diff(right.birth / 10_000);
        let before = |died: u32, born: u32| died != 0 && born != 0 && died < born;
        let agrees = |level: u8, different: u8| level != MISSING && level != different;
        let two_people = &self.rules.two_people;
        let may_be_young = left.birth.max(right.birth) / 10_000 >= two_people.adult_before;
        let may_be_twins = !exchanged
            && birth < BIRTH_NEAR
            && birth != MISSING
            && agrees(last, LAST_DIFFERENT)
            && (!agrees(middle, MIDDLE_DIFFERENT) || (middle == MIDDLE_INITIAL && may_be_young))
            && !self.may_be_one_name(left, right);
        // Mohammed and Mohammad Ali: one name in two spellings, or two brothers. Daniel W. and William D. Of
        // children Ethan Jacob and Evan J.: one initial in common is chance once in a dozen times.
        let may_be_either = may_be_twins
            && (middle == MIDDLE_INITIAL || is_contained(&left.text, &right.text) || have_crossed_initials(a, b));
        let twins = may_be_twins && !may_be_either;
        let address = of(Comparison::Address);
        Patterns {
            impossible: (!a.suffix.is_empty() && !b.suffix.is_empty() && a.suffix != b.suffix)
                || before(left.numbers.death, right.birth)
                || before(right.numbers.death, left.birth)
                || (two_people.by_two_ids && of(Comparison::ExternalId) == IDS_DIFFERENT),
            twins: twins && !live_apart(left, right, address),
            young: twins && may_be_young,
            generations: birth == BIRTH_FAR && agrees(first, FIRST_DIFFERENT) && years >= two_people.years,
            doubtful: may_be_either || self.is_doubtful(left, right, levels),
            doubtful_by_ids: self.may_be_siblings_by_ids(left, right, levels),
            other_names: (twins && live_apart(left, right, address))
                || have_other_names(levels)
                || are_namesakes(levels),
            exchanged,
        }
    }

    /// Whether a person has to look, however much else agrees:
    /// - a newborn without a name, because a twin is called the same;
    /// - a suffix on one side, and no birth date that distinguishes a father from a son;
    /// - the first of January, which stands for an unknown day, and neither home nor contact nor middle name in common;
    /// - at one home, two given names that differ in their first letter, or two middle names: Jayden and Kayden, Maria Elena
    ///   and Maria Isabel.
    fn is_doubtful(&self, left: &Side<'_>, right: &Side<'_>, levels: &Levels) -> bool {
        let of = |comparison| levels.of(comparison);
        let (first, middle, birth) = (of(Comparison::FirstName), of(Comparison::MiddleName), of(Comparison::BirthDate));
        let in_touch = are_in_touch(levels);
        let (a, b) = (&left.text, &right.text);
        let is_first_of_january = birth == SAME && left.birth % 10_000 == 101;
        left.profile.unnamed
            || right.profile.unnamed
            || (birth == MISSING && a.suffix.is_empty() != b.suffix.is_empty())
            || (is_first_of_january && !in_touch && !have_one_middle_name(levels))
            || (in_touch && birth != MISSING && birth < BIRTH_NEAR && self.may_be_siblings(left, right, first, middle))
    }

    /// Forms of one name and like names, as of twins, to which one system gives two ids: Robert and Bob, Jose and
    /// Josue.
    fn may_be_siblings_by_ids(&self, left: &Side<'_>, right: &Side<'_>, levels: &Levels) -> bool {
        let (first, birth) = (levels.of(Comparison::FirstName), levels.of(Comparison::BirthDate));
        if levels.of(Comparison::ExternalId) != IDS_DIFFERENT || birth == MISSING || birth >= BIRTH_NEAR {
            return false;
        }
        let (a, b) = (&left.text, &right.text);
        let have_several = a.has_first_parts() && b.has_first_parts();
        let is_slip = || are_within(a.first, b.first, 1) && !have_several;
        let are_two =
            first == FIRST_NICKNAME || (is_spelt_alike(first) && (!is_slip() || self.are_given_names(left, right)));
        are_two && are_in_touch(levels)
    }

    /// Whether both first names are names of their own and not one of them mistyped. Names of children change faster
    /// than tables of names: there, any name may be one.
    fn are_given_names(&self, left: &Side<'_>, right: &Side<'_>) -> bool {
        let may_be_young = left.birth.max(right.birth) / 10_000 >= self.rules.two_people.adult_before;
        may_be_young || [left, right].iter().all(|side| self.population.is_listed_given_name(side.text.first))
    }

    /// Whether the names of two rows are those of twins as well as spellings of one name.
    fn may_be_siblings(&self, left: &Side<'_>, right: &Side<'_>, first: u8, middle: u8) -> bool {
        let (a, b) = (&left.text, &right.text);
        let are_full = a.middle.chars().count() > 2 && b.middle.chars().count() > 2;
        let two_names = is_spelt_alike(first)
            && a.first.chars().next() != b.first.chars().next()
            && self.are_given_names(left, right);
        let ids = external_id(left.ids, right.ids);
        ids != SAME
            && (two_names
                || (middle == MIDDLE_DIFFERENT
                    && (first == FIRST_PART || (are_full && first <= FIRST_NICKNAME && first != MISSING))))
    }

    /// Whether two first names could be one name, written twice: an initial, one typing error, two in a long name that
    /// begins alike, or forms of one name. Twins are often given names that rhyme, Anna and Hannah: such forms of one
    /// name do not count where one system gives the two different ids.
    fn may_be_one_name(&self, left: &Side<'_>, right: &Side<'_>) -> bool {
        let (a, b) = (left.text.first, right.text.first);
        let have_several = left.text.has_first_parts() && right.text.has_first_parts();
        let shorter = || a.chars().count().min(b.chars().count());
        let rhyme = || a.chars().next() != b.chars().next() && are_within(a, b, 2);
        // Van Anh and Van Minh begin alike because they share a word.
        let share_no_word = || !have_several || is_contained(&left.text, &right.text);
        let long_and_alike =
            a.chars().next() == b.chars().next() && are_within(a, b, 2) && shorter() >= 6 && share_no_word();
        a.is_empty()
            || b.is_empty()
            || are_within(a, b, 1)
            || long_and_alike
            || is_initial(a, b)
            || left.profile.unnamed
            || right.profile.unnamed
            || sound_alike(a, b) && shorter() >= 4
            || goes_by_middle_name(&left.text, &right.text)
            || left.text.has_first_part(b)
            || right.text.has_first_part(a)
            || (self.is_nickname(left, right) && !(rhyme() && external_id(left.ids, right.ids) == IDS_DIFFERENT))
    }
}

/// Whether two first names are alike without being the same, one of several, or forms of one.
const fn is_spelt_alike(first: u8) -> bool {
    matches!(first, FIRST_CLOSE..=FIRST_SOUND)
}

/// Whether a home or a way to reach them is the same, or an identifier.
fn are_in_touch(levels: &Levels) -> bool {
    let address = levels.of(Comparison::Address);
    let contacts = [Comparison::Phone, Comparison::Email, Comparison::ExternalId];
    (address != MISSING && address <= ROAD) || contacts.iter().any(|contact| levels.of(*contact) == SAME)
}

fn have_one_middle_name(levels: &Levels) -> bool {
    let middle = levels.of(Comparison::MiddleName);
    middle != MISSING && middle != MIDDLE_DIFFERENT
}

/// Whether the middle initial of each is the initial of the other's first name: Daniel W. and William D.
fn have_crossed_initials(left: &RowText<'_>, right: &RowText<'_>) -> bool {
    let initial = |name: &str| name.chars().next();
    let crosses = |one: &RowText<'_>, other: &RowText<'_>| {
        !one.middle.is_empty() && !other.first.is_empty() && initial(one.middle) == initial(other.first)
    };
    crosses(left, right) && crosses(right, left)
}

/// Whether two rows may be of two people of like names: a birth date is missing and the first names differ; or a birth
/// date is missing or the middle names differ, neither home nor contact is the same, and phone or e-mail are known to
/// differ.
fn are_namesakes(levels: &Levels) -> bool {
    let has_no_date = levels.of(Comparison::BirthDate) == MISSING;
    let has_other_middle = levels.of(Comparison::MiddleName) == MIDDLE_DIFFERENT;
    let has_other_contact =
        levels.of(Comparison::Phone) == CONTACT_DIFFERENT || levels.of(Comparison::Email) == CONTACT_DIFFERENT;
    (has_no_date && levels.of(Comparison::FirstName) == FIRST_DIFFERENT)
        || ((has_no_date || has_other_middle) && has_other_contact && !are_in_touch(levels))
}

/// Whether both names differ, as of strangers in one shelter (no rule of the CMS draft does without a name), or the
/// last name, and neither home nor contact nor middle name is the same, as after a marriage and as of strangers.
fn have_other_names(levels: &Levels) -> bool {
    levels.of(Comparison::LastName) == LAST_DIFFERENT
        && (levels.of(Comparison::FirstName) == FIRST_DIFFERENT
            || !(are_in_touch(levels) || have_one_middle_name(levels)))
}

/// Whether both rows have an address, and not the same one.
fn live_apart(left: &Side<'_>, right: &Side<'_>, address: u8) -> bool {
    !left.text.street.is_empty() && !right.text.street.is_empty() && address > ROAD
}

/// Whether every word of one first name has its like among the words of the other, in full or with one typing error.
fn is_contained(left: &RowText<'_>, right: &RowText<'_>) -> bool {
    let is_like = |one: &str, other: &str| {
        let shorter = one.len().min(other.len());
        one == other || (are_within(one, other, 1) && (shorter >= 4 || (shorter == 3 && sound_alike(one, other))))
    };
    let holds = |all: &RowText<'_>, of: &RowText<'_>| {
        let mut words = of.first_words().peekable();
        words.peek().is_some() && words.all(|word| all.first_words().any(|other| is_like(word, other)))
    };
    (left.has_first_parts() || right.has_first_parts()) && (holds(left, right) || holds(right, left))
}
