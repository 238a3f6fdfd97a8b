//! How many people may share a value by chance: the bound beyond which it says nothing about who somebody is.

use crate::rules::shared_values::{SharedContact, SharedDate};

/// Days of a year, leap years counted in.
const DAYS: f64 = 365.25;

/// The fewest people of different last names that are too many at one contact of a kind, where `rows` rows of the file
/// give `values` different ones of it.
pub fn too_many_at_contact(rule: SharedContact, expected_at_most: f64, rows: u64, values: u64) -> u32 {
    let further = ratio(rows, values) - 1.0;
    let usual = further.clamp(0.0, rule.usual_people);
    // One person is at every value: chance is about the further ones.
    bound(usual, expected_at_most, values).saturating_add(1).max(rule.least_people)
}

/// The fewest people of different names that are too many on one day, where `people` were born in the time that the day
/// is one of `days` of.
pub fn too_many_on_day(rule: SharedDate, expected_at_most: f64, people: u64, days: u64) -> u32 {
    let usual = ratio(people, 1) / DAYS;
    let times = (usual * rule.times_expected).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of rows fit, and are positive")]
    let times = times.min(f64::from(u32::MAX)) as u32;
    bound(usual, expected_at_most, days).max(times).max(rule.least_people)
}

/// The smallest count whose tail under a Poisson distribution, over so many values, is expected at most so often.
fn bound(usual: f64, expected_at_most: f64, values: u64) -> u32 {
    let allowed = expected_at_most / ratio(values.max(1), 1);
    // The logarithm of the probability of exactly `count`, from one count to the next.
    let mut logarithm = -usual;
    let mut count = 0_u32;
    loop {
        count += 1;
        logarithm += (usual.max(f64::MIN_POSITIVE) / f64::from(count)).ln();
        let next = usual / f64::from(count + 1);
        // Beyond the mean the tail is below a geometric series that begins with this term.
        if next < 1.0 && logarithm - (1.0 - next).ln() <= allowed.ln() {
            return count;
        }
        if count == u32::MAX - 1 {
            return u32::MAX;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{RuleFiles, SharedValueRules};

    fn rules() -> SharedValueRules {
        SharedValueRules::parse(&RuleFiles::embedded()).expect("sound")
    }

    /// The tail of a Poisson distribution by plain summing.
    fn tail(usual: f64, count: u32) -> f64 {
        let mut term = (-usual).exp();
        let mut below = 0.0;
        for value in 0..count {
            below += term;
            term *= usual / f64::from(value + 1);
        }
        let mut sum = 0.0;
        for value in count..count + 2_000 {
            sum += term;
            term *= usual / f64::from(value + 1);
        }
        assert!((below + sum - 1.0).abs() < 1e-9);
        sum
    }

    #[test]
    fn the_bound_is_the_first_count_whose_tail_is_small_enough() {
        for (usual, values) in [(0.1, 50), (0.5, 1_000), (2.0, 1_000_000), (45.0, 22_000)] {
            let count = bound(usual, 0.001, values);
            #[allow(clippy::cast_precision_loss, reason = "small numbers")]
            let expected = |count| tail(usual, count) * values as f64;
            assert!(expected(count) <= 0.001 && expected(count - 2) > 0.001, "{usual} {values}: {count}");
        }
    }

    #[test]
    fn households_are_never_too_many_and_a_front_desk_is() {
        let rules = rules();
        for (rows, values) in [(20, 18), (1_000, 700), (1_000_000, 400_000)] {
            let limit = too_many_at_contact(rules.phone, rules.expected_at_most, rows, values);
            assert!((8..=20).contains(&limit), "{rows} {values}: {limit}");
        }
        // Every telephone of the file is one of twenty of clinics: the file itself must not make that usual.
        assert!(too_many_at_contact(rules.phone, rules.expected_at_most, 2_000, 20) < 40);
    }

    #[test]
    fn a_day_may_have_its_share_and_no_more_than_four_times_that() {
        let rules = rules();
        assert_eq!(too_many_on_day(rules.day_of_year, rules.expected_at_most, 100, 366), 8);
        let million = too_many_on_day(rules.day_of_year, rules.expected_at_most, 1_000_000, 366);
        assert!((10_900..11_000).contains(&million), "{million}");
    }
}
