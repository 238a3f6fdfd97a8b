//! How well the exchange networks can be expected to find a row's patient: the FAST guide's input weights and match
//! grades, and the CMS draft's rules, by `rules/matchability.toml`.

use crate::domain::Presence;
use crate::rules::MatchabilityRules;
use crate::rules::matchability::CombinationRule;

/// Places in the tables of [`MatchabilityRules`]; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Matchability {
    /// The guide's weight of the row, 0 to 10 with the built-in table.
    pub weight: u8,
    /// The level that the weight reaches.
    pub level: usize,
    /// The best grade that a responder can give.
    pub grade: usize,
    /// A bit for each rule that the row satisfies, in the order of the table.
    rules: u64,
}

impl Matchability {
    /// What a row of this presence comes to.
    pub fn from_presence(presence: Presence, rules: &MatchabilityRules) -> Self {
        let identity = &rules.identity;
        let elements: u8 =
            identity.elements.iter().filter(|(met, _)| met.is_met_by(presence)).map(|(_, weight)| *weight).sum();
        let contacts = match identity.contacts.iter().filter(|met| met.is_met_by(presence)).count() {
            0 => 0,
            1 => identity.contact_weights.0,
            _ => identity.contact_weights.1,
        };
        let weight = elements.saturating_add(contacts);
        let level = identity.levels.iter().position(|level| weight >= level.at_least);
        let grade = rules.grades.iter().position(|grade| grade.combinations.is_met_by(presence));
        let met = rules.cms.rules.iter().enumerate().filter(|(_, rule)| presence.has_all(rule.needs));
        Self {
            weight,
            // The last level begins at 0 and the last grade asks for nothing: the tables are checked for it.
            level: level.unwrap_or(identity.levels.len() - 1),
            grade: grade.unwrap_or(rules.grades.len() - 1),
            rules: met.fold(0, |bits, (place, _)| bits | 1 << place),
        }
    }

    /// Whether the row satisfies the rule at this place of the table.
    pub const fn satisfies(self, rule: usize) -> bool {
        self.rules & 1 << rule != 0
    }

    /// The rules that the row satisfies.
    pub fn satisfied(self, rules: &MatchabilityRules) -> impl Iterator<Item = &CombinationRule> {
        let rules = rules.cms.rules.iter().enumerate();
        rules.filter(move |(place, _)| self.satisfies(*place)).map(|(_, rule)| rule)
    }

    /// Whether the row satisfies a published rule that counts: one that does not rest on an identifier alone.
    pub fn is_eligible(self, rules: &MatchabilityRules) -> bool {
        self.satisfied(rules).any(|rule| rule.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Field;
    use crate::domain::Field::{
        AddressLine1, BirthDate, City, Email, ExternalId, ExternalSystem, FirstName, LastName, MiddleName, Phone,
        PostalCode, Sex, State,
    };
    use crate::rules::RuleFiles;

    /// The document's own examples, and those at the edges of its tables: fields, weight, level, grade, rules.
    const CASES: &[(&[Field], u8, &str, &str, &str)] = &[
        (&[FirstName, LastName], 3, "none", "none", ""),
        (&[FirstName, LastName, BirthDate], 5, "none", "good", ""),
        (&[FirstName, LastName, BirthDate, Sex, MiddleName], 5, "none", "good", ""),
        (&[FirstName, LastName, BirthDate, Sex, PostalCode], 5, "none", "very good", ""),
        (&[FirstName, LastName, BirthDate, Sex, City, State, PostalCode], 5, "none", "very good", ""),
        (&[FirstName, LastName, BirthDate, Phone], 9, "L0", "very good", "02 11 36"),
        (&[FirstName, LastName, BirthDate, Email], 9, "L0", "superior", "03 12"),
        (&[FirstName, LastName, BirthDate, AddressLine1], 5, "none", "good", "01"),
        (&[FirstName, LastName, BirthDate, AddressLine1, PostalCode], 9, "L0", "superior", "01 T3.4"),
        (&[FirstName, LastName, BirthDate, AddressLine1, City, State], 9, "L0", "superior", "01"),
        (&[FirstName, LastName, BirthDate, Phone, Email], 10, "L1 weight", "superior", "02 03 11 12 36 T3.3"),
        (&[FirstName, LastName, Phone, PostalCode], 7, "none", "none", "33 34"),
        (&[FirstName, LastName, ExternalId], 3, "none", "none", ""),
        (&[FirstName, LastName, ExternalId, ExternalSystem], 7, "none", "best", "26"),
        (&[BirthDate, ExternalId, ExternalSystem], 6, "none", "best", "26"),
        (&[FirstName, LastName, AddressLine1, PostalCode], 7, "none", "none", ""),
        (&[BirthDate, AddressLine1, PostalCode], 6, "none", "none", ""),
    ];

    #[test]
    fn rows_come_to_what_the_documents_say() {
        let rules = MatchabilityRules::parse(&RuleFiles::embedded()).expect("sound");
        for (fields, weight, level, grade, ids) in CASES {
            let found = Matchability::from_presence(Presence::from_fields(fields.iter().copied()), &rules);
            let satisfied: Vec<&str> = found.satisfied(&rules).map(|rule| rule.id.as_str()).collect();
            let names = (rules.identity.levels[found.level].name.as_str(), rules.grades[found.grade].name.as_str());
            assert_eq!(
                (found.weight, names, satisfied.join(" ").as_str()),
                (*weight, (*level, *grade), *ids),
                "{fields:?}"
            );
            let counts = ids.split(' ').any(|id| !id.is_empty() && id != "26" && !id.starts_with("T3"));
            assert_eq!(found.is_eligible(&rules), counts, "{fields:?}");
        }
    }

    #[test]
    fn a_middle_name_in_full_helps_where_an_initial_does_not() {
        let rules = MatchabilityRules::parse(&RuleFiles::embedded()).expect("sound");
        let bare = Presence::from_fields([FirstName, LastName, BirthDate, Sex]);
        let grade = |presence| rules.grades[Matchability::from_presence(presence, &rules).grade].name.as_str();
        assert_eq!(
            (grade(bare.with(MiddleName)), grade(bare.with_all(Presence::full_middle_name()))),
            ("good", "very good")
        );
    }
}
