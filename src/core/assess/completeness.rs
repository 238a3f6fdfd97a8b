//! The completeness score: 0 to 100, by the weights in `rules/completeness.toml`.

use crate::domain::{Field, Presence};
use crate::rules::CompletenessRules;
use crate::rules::completeness::Counts;

/// The score of a row, 0 to 100: the share of the expected weights that is present, and the bonuses.
pub fn completeness(presence: Presence, rules: &CompletenessRules) -> u8 {
    let (mut present, mut possible, mut bonus) = (0_u32, 0_u32, 0_u32);
    for field in Field::ALL {
        let rule = rules.rule(*field);
        let weight = u32::from(rule.weight);
        let found = if presence.has(*field) { weight } else { 0 };
        if is_expected(rule.counts, presence) {
            possible += weight;
            present += found;
        } else if rule.counts == Counts::Bonus {
            bonus += found;
        }
    }
    let share = (present * 100 + possible / 2) / possible.max(1);
    u8::try_from((share + bonus).min(100)).unwrap_or(100)
}

/// Whether a field that counts so is expected of the row.
fn is_expected(counts: Counts, presence: Presence) -> bool {
    match counts {
        Counts::Always => true,
        Counts::WhenDeceased => presence.is_deceased(),
        Counts::Bonus | Counts::Never => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleFiles;

    const FULL: [Field; 10] = [
        Field::FirstName,
        Field::LastName,
        Field::BirthDate,
        Field::Sex,
        Field::AddressLine1,
        Field::City,
        Field::State,
        Field::PostalCode,
        Field::Phone,
        Field::Email,
    ];

    fn score(presence: Presence) -> u8 {
        completeness(presence, &CompletenessRules::parse(&RuleFiles::embedded()).expect("sound"))
    }

    #[test]
    fn a_date_of_death_is_expected_of_the_dead_alone() {
        let alive = Presence::from_fields(FULL);
        assert_eq!(score(alive), 100);
        // 100 of 105 points.
        assert_eq!(score(alive.deceased()), 95);
        assert_eq!(score(alive.deceased().with(Field::DeathDate)), 100);
    }

    #[test]
    fn further_names_and_addresses_are_a_bonus_and_their_absence_costs_nothing() {
        let bare = Presence::from_fields([Field::FirstName, Field::LastName]);
        assert_eq!(score(bare), 20);
        assert_eq!(score(bare.with(Field::AdditionalLastName).with(Field::AdditionalAddressLine1)), 24);
        assert_eq!(score(Presence::from_fields(FULL).with(Field::AdditionalLastName)), 100, "never above 100");
    }
}
