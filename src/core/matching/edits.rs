//! Whether two texts are a typing error or two apart: strsim's optimal string alignment distance, asked only for
//! whether it stays within a small bound, which most pairs of names answer without computing it. Equal to strsim's, by
//! proptest below.

use strsim::osa_distance;

/// Whether the optimal string alignment distance of two texts is at most `bound`.
pub(super) fn are_within(left: &str, right: &str, bound: usize) -> bool {
    let (left, right) = without_common_ends(left, right);
    if left.is_empty() || right.is_empty() {
        return left.chars().count().max(right.chars().count()) <= bound;
    }
    // What is left of one edit is two letters at most, of four bytes each.
    if bound <= 1 && left.len().max(right.len()) > 8 {
        return false;
    }
    // Of the two ends each edit leaves at most one letter longer.
    if left.len().abs_diff(right.len()) > 4 * bound {
        return false;
    }
    let (left_letters, right_letters) = (left.chars().count(), right.chars().count());
    if left_letters.abs_diff(right_letters) > bound {
        return false;
    }
    match (bound, left_letters, right_letters) {
        (1, 1, 1) => true,
        (1, 2, 2) => left.chars().eq(right.chars().rev()),
        (0 | 1, ..) => false,
        // No edit takes away more than one of the letters that the other text has not at all.
        _ if !are_ascii(left, right) => osa_distance(left, right) <= bound,
        _ => {
            left_letters.max(right_letters) <= bound + common_letters(left, right) && osa_distance(left, right) <= bound
        }
    }
}

/// Whether the Jaro-Winkler similarity of two texts can be as high as `similarity`: `false` is certain, and what most
/// pairs of different names get without computing it.
pub(super) fn may_be_similar(left: &str, right: &str, similarity: f64) -> bool {
    if !are_ascii(left, right) || left.is_empty() || right.is_empty() {
        return true;
    }
    let real = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    // Jaro's measure where all letters that both have are matched in order.
    let matched = real(common_letters(left, right));
    let jaro = (matched / real(left.len()) + matched / real(right.len()) + 1.0) / 3.0;
    let beginning = left.bytes().zip(right.bytes()).take(4).take_while(|(left, right)| left == right).count();
    jaro + 0.1 * real(beginning) * (1.0 - jaro) + 1e-9 >= similarity
}

fn are_ascii(left: &str, right: &str) -> bool {
    left.is_ascii() && right.is_ascii()
}

/// At most how many letters of two texts of ASCII can be matched with each other: the smaller number of those that the
/// other text has, wherever they stand.
fn common_letters(left: &str, right: &str) -> usize {
    let letters = |text: &str| text.bytes().fold(0_u64, |set, letter| set | 1 << (letter & 63));
    let among = |text: &str, set: u64| text.bytes().filter(|letter| set >> (letter & 63) & 1 == 1).count();
    among(left, letters(right)).min(among(right, letters(left)))
}

/// The texts without the beginning and then the end that they share.
fn without_common_ends<'a>(left: &'a str, right: &'a str) -> (&'a str, &'a str) {
    let same = |(left, right): &(char, char)| left == right;
    let beginning: usize = left.chars().zip(right.chars()).take_while(same).map(|(letter, _)| letter.len_utf8()).sum();
    let left = left.get(beginning..).unwrap_or_default();
    let right = right.get(beginning..).unwrap_or_default();
    let end: usize =
        left.chars().rev().zip(right.chars().rev()).take_while(same).map(|(letter, _)| letter.len_utf8()).sum();
    (left.get(..left.len() - end).unwrap_or_default(), right.get(..right.len() - end).unwrap_or_default())
}

/// Whether two different numbers of equally many digits are one digit or one exchange of neighbours apart.
pub(super) fn is_one_slip(left: u64, right: u64) -> bool {
    // A changed digit moves a number by one to nine times a power of ten, an exchange by nine to eighty-one times one:
    // two numbers that lie otherwise apart are answered without looking at their digits.
    let mut apart = left.abs_diff(right);
    while apart != 0 && apart.is_multiple_of(10) {
        apart /= 10;
    }
    if apart > 81 {
        return false;
    }
    let digit = |number: u64, place: u32| number / 10_u64.pow(place) % 10;
    let mut wrong = (0..19).filter(|place| digit(left, *place) != digit(right, *place));
    match (wrong.next(), wrong.next(), wrong.next()) {
        (Some(_), None, _) => true,
        (Some(low), Some(high), None) => {
            high == low + 1 && digit(left, low) == digit(right, high) && digit(left, high) == digit(right, low)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_bounded_distance_is_that_of_strsim(left in "[abcé]{0,7}", right in "[abcé]{0,7}", bound in 0_usize..4) {
            prop_assert_eq!(are_within(&left, &right, bound), osa_distance(&left, &right) <= bound);
        }

        #[test]
        fn names_that_cannot_be_similar_are_not(left in "[abcdé]{0,9}", right in "[abcdé]{0,9}", similarity in 0.3_f64..1.0) {
            if !may_be_similar(&left, &right, similarity) {
                prop_assert!(strsim::jaro_winkler(&left, &right) < similarity);
            }
        }

        #[test]
        fn a_slip_of_digits_is_a_distance_of_one(left in 10_000_u64..100_000, right in 10_000_u64..100_000) {
            let distance = osa_distance(&left.to_string(), &right.to_string());
            prop_assert_eq!(is_one_slip(left, right), distance == 1);
        }

        #[test]
        fn a_changed_digit_and_exchanged_neighbours_are_slips(number in 1_000_000_000_u64..10_000_000_000, place in 0_u32..8) {
            let low = number / 10_u64.pow(place) % 10;
            let high = number / 10_u64.pow(place + 1) % 10;
            let exchanged = number - low * 10_u64.pow(place) - high * 10_u64.pow(place + 1)
                + high * 10_u64.pow(place) + low * 10_u64.pow(place + 1);
            prop_assert_eq!(is_one_slip(number, exchanged), low != high);
            let changed = if low == 9 { number - 10_u64.pow(place) } else { number + 10_u64.pow(place) };
            prop_assert!(is_one_slip(number, changed));
        }
    }
}
