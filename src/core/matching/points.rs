//! How much two rows have in common, counted in points before they are compared in full: what cannot come to a match is
//! turned down by what the profiles hold.

use super::profile::{RowProfile, are_letters_alike};

/// From this many rows on, a pair needs more in common. A stranger with the same birth date and initial, or the same
/// city, is then so frequent that no further field could make the pair a match.
const MANY_ROWS: usize = 250_000;
/// Above this many rows, agreeing on birth date and one name no longer means one person: the two are worth 24 bits, and
/// the prior is below that.
const VERY_MANY_ROWS: usize = 2_500_000;

/// The size of the roster, as far as it decides which candidates are worth comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RosterSize {
    Few,
    Many,
    VeryMany,
}

impl RosterSize {
    /// Of a roster of so many rows.
    pub(super) const fn from_rows(rows: usize) -> Self {
        match rows {
            VERY_MANY_ROWS.. => Self::VeryMany,
            MANY_ROWS.. => Self::Many,
            _ => Self::Few,
        }
    }
}

/// What agrees beside the names.
struct Agreement {
    /// Two for equal birth dates or day and month exchanged, one for one wrong digit, none where one is missing or two
    /// digits are wrong, and one off beyond.
    birth: i32,
    are_births_known: bool,
    middle: i32,
    /// The house: the same street line, or the same number in one place.
    house: i32,
    /// Phone, e-mail and house.
    contacts: i32,
    place: i32,
    are_sexes_alike: bool,
}

impl Agreement {
    fn between(left: &RowProfile, right: &RowProfile) -> Self {
        let same = |left: u32, right: u32| i32::from(left != 0 && left == right);
        let place = same(left.postal_code, right.postal_code) | same(left.city, right.city);
        let house = same(left.house, right.house) & (same(left.road, right.road) | place);
        Self {
            birth: birth_points(left.birth, right.birth),
            are_births_known: left.birth != 0 && right.birth != 0,
            middle: same(left.middle_initial.into(), right.middle_initial.into()),
            house,
            contacts: same(left.phone, right.phone) + same(left.email, right.email) + house,
            place,
            are_sexes_alike: left.sex == 0 || right.sex == 0 || left.sex == right.sex,
        }
    }

    fn points(&self) -> i32 {
        self.middle + self.birth + 2 * self.contacts + self.place
    }

    /// Nothing agrees but names, and birth dates differ.
    fn is_of_names_alone(&self) -> bool {
        self.birth <= 0 && self.are_births_known && self.contacts == 0 && self.place == 0
    }
}

/// Four for both names, two for each that is the same and one for each that is spelt alike.
fn name_points(first: (u32, u64, u32, u64), last: (u32, u64, u32, u64)) -> i32 {
    let name = |(left, left_letters, right, right_letters): (u32, u64, u32, u64)| {
        if left != 0 && left == right { 2 } else { i32::from(are_letters_alike(left_letters, right_letters)) }
    };
    name(first) + name(last)
}

/// The points of the names as they stand.
fn names(left: &RowProfile, right: &RowProfile) -> i32 {
    name_points(
        (left.first, left.first_letters, right.first, right.first_letters),
        (left.last, left.last_letters, right.last, right.last_letters),
    )
}

/// The points of the names, each in the other's column.
fn exchanged_names(left: &RowProfile, right: &RowProfile) -> i32 {
    name_points(
        (left.first, left.first_letters, right.last, right.last_letters),
        (left.last, left.last_letters, right.first, right.first_letters),
    )
}

/// The most that names can bring.
const MOST_OF_NAMES: i32 = 4;

/// How much agrees, `None` where it is not enough for a weight that matters: a point for each name spelt alike, for the
/// middle initial and for the place, two for each whole value, one off for birth dates that no typing error explains.
pub(super) fn points_in_common(left: &RowProfile, right: &RowProfile, size: RosterSize) -> Option<u8> {
    let agreement = Agreement::between(left, right);
    let points = match size {
        RosterSize::Few => points_among_few(&agreement, left, right)?,
        RosterSize::Many | RosterSize::VeryMany => points_among_many(&agreement, left, right, size)?,
    };
    u8::try_from(points).ok()
}

/// Four points suffice, and three where the birth date, the house, or first name and place are among them.
fn points_among_few(agreement: &Agreement, left: &RowProfile, right: &RowProfile) -> Option<i32> {
    // The same two names and nothing else, with birth dates that differ, are two strangers.
    if agreement.is_of_names_alone() {
        let is_likely = agreement.middle > 0 && agreement.are_sexes_alike && names(left, right) >= 3;
        return is_likely.then_some(3);
    }
    let is_telling = agreement.birth > 0
        || agreement.house > 0
        || (agreement.place > 0 && left.first != 0 && left.first == right.first);
    enough(agreement, left, right, if is_telling { 3 } else { 4 })
}

/// Among many rows the same two names in the same city are two strangers where birth dates differ; so are rows that
/// share a birth date and nothing but one name, and those that share it and nothing but a name and the place and differ
/// in sex.
fn points_among_many(agreement: &Agreement, left: &RowProfile, right: &RowProfile, size: RosterSize) -> Option<i32> {
    if agreement.contacts > 0 {
        return enough(agreement, left, right, 4);
    }
    if agreement.birth < 0 {
        return None;
    }
    if agreement.is_of_names_alone() {
        let is_likely = agreement.middle > 0 && agreement.are_sexes_alike && names(left, right) == MOST_OF_NAMES;
        return is_likely.then_some(3);
    }
    let is_date_alone = agreement.place == 0 && (agreement.birth == 1 || size == RosterSize::VeryMany);
    let needed = 4 + i32::from(is_date_alone || !agreement.are_sexes_alike);
    // Of these, two points at least come of the names.
    enough(agreement, left, right, needed.max(agreement.points() + 2))
}

/// The points, where they are as many as needed. Names are looked at last, and exchanged ones only if it makes a
/// difference.
fn enough(agreement: &Agreement, left: &RowProfile, right: &RowProfile, needed: i32) -> Option<i32> {
    let points = agreement.points();
    if points + MOST_OF_NAMES < needed {
        return None;
    }
    let mut of_names = names(left, right);
    if of_names < MOST_OF_NAMES - 1 {
        of_names = of_names.max(exchanged_names(left, right));
    }
    (points + of_names >= needed).then_some(points + of_names)
}

/// The points of two birth dates given digit by digit.
fn birth_points(left: u32, right: u32) -> i32 {
    if left == 0 || right == 0 {
        return 0;
    }
    let differing = left ^ right;
    let is_exchanged = differing >> 16 == 0 && left >> 8 & 255 == right & 255 && left & 255 == right >> 8 & 255;
    if differing == 0 || is_exchanged {
        return 2;
    }
    // The lowest bit of each digit that differs.
    let digits = (differing | differing >> 1 | differing >> 2 | differing >> 3) & 0x1111_1111;
    let further = digits & (digits - 1);
    match (further, further & further.wrapping_sub(1)) {
        (0, _) => 1,
        (_, 0) => 0,
        _ => -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birth_dates_bring_points_by_their_wrong_digits() {
        for (left, right, points) in [
            (0x1980_0304, 0x1980_0304, 2),
            (0x1980_0304, 0x1980_0403, 2),
            (0x1980_0304, 0x1980_0305, 1),
            (0x1980_0304, 0x1970_0304, 1),
            (0x1980_0304, 0x1971_0304, 0),
            (0x1980_0304, 0x1971_1304, -1),
            (0x1980_0304, 0x2006_1121, -1),
            (0, 0x1980_0304, 0),
        ] {
            assert_eq!(birth_points(left, right), points, "{left:x} {right:x}");
            assert_eq!(birth_points(right, left), points, "{right:x} {left:x}");
        }
    }

    #[test]
    fn what_is_worth_a_look_among_few_rows_is_not_among_many() {
        let one = RowProfile {
            first: 1,
            last: 2,
            city: 3,
            birth: 0x1980_0304,
            middle_initial: 4,
            sex: 1,
            ..RowProfile::default()
        };
        let born_later = RowProfile { birth: 0x1991_1121, ..one };
        assert_eq!(points_in_common(&one, &born_later, RosterSize::Few), Some(5));
        assert_eq!(points_in_common(&one, &born_later, RosterSize::Many), None);
        let of_one_phone = |row| RowProfile { phone: 5, ..row };
        assert_eq!(points_in_common(&of_one_phone(one), &of_one_phone(born_later), RosterSize::Many), Some(7));
        let namesake = RowProfile { last: 9, city: 10, middle_initial: 0, sex: 2, ..one };
        assert_eq!(points_in_common(&one, &namesake, RosterSize::Few), Some(4));
        assert_eq!(points_in_common(&one, &namesake, RosterSize::Many), None);
        let of_one_date = RowProfile { last: 9, city: 10, middle_initial: 0, ..one };
        assert_eq!(points_in_common(&one, &of_one_date, RosterSize::Many), Some(4));
        assert_eq!(points_in_common(&one, &of_one_date, RosterSize::VeryMany), None);
        assert_eq!(points_in_common(&one, &RowProfile { city: 3, ..of_one_date }, RosterSize::VeryMany), Some(5));
    }
}
