//! Checked form of `rules/matching.toml`: match weights, the prior and the bands.

use serde::Deserialize;

use super::{RuleFiles, RulesError};

const FILE: &str = "matching.toml";

/// A comparison level: how often pairs of one person reach it, and pairs of two people.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Share of the pairs of one person, above 0 and below 1.
    pub m: f64,
    /// Share of the pairs of two people, above 0 and below 1.
    pub u: f64,
}

impl Level {
    /// The match weight in bits: positive speaks for one person.
    pub fn weight(self) -> f64 {
        (self.m / self.u).log2()
    }
}

/// Jaro-Winkler similarities from which two names are spellings of one.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Similarity {
    /// The level `close`, 0 to 1.
    pub close: f64,
    /// The level `near`, 0 to 1, below `close`.
    pub near: f64,
}

/// What is expected before two rows are looked at.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// Share of rows that repeat another, above 0 and below 1.
    pub repeats_per_row: f64,
}

/// Probabilities at which the bands begin.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// From here on a pair is merged.
    pub same: f64,
    /// From here on a pair is held for a decision.
    pub review: f64,
}

/// How frequent a value is taken to be.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermFrequency {
    /// Rows that the frequencies below count for.
    pub seen_rows: f64,
    /// Frequency of a first name that the rosters do not repeat.
    pub first_name: f64,
    /// The same of a last name.
    pub last_name: f64,
    /// The same of a city.
    pub city: f64,
}

/// Levels of the first name.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstNameLevels {
    /// m of equal names; their u is the name's frequency.
    pub same_m: f64,
    /// Forms of one given name.
    pub nickname: Level,
    /// One typing error, or a similarity of at least `close`.
    pub close: Level,
    /// A similarity of at least `near`.
    pub near: Level,
    /// One is the initial of the other.
    pub initial: Level,
    /// The middle name of the one stands as the first name of the other.
    pub middle_name: Level,
    /// None of these.
    pub different: Level,
}

/// Levels of the last name.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastNameLevels {
    /// m of equal names; their u is the name's frequency.
    pub same_m: f64,
    /// A part of a double name, or a further name of the other row.
    pub carried: Level,
    /// One typing error, or a similarity of at least `close`.
    pub close: Level,
    /// A similarity of at least `near`.
    pub near: Level,
    /// None of these.
    pub different: Level,
}

/// Levels of a value that may have been typed wrong.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedLevels {
    /// Equal.
    pub same: Level,
    /// One digit wrong, two neighbours exchanged, or day and month exchanged.
    pub typing_error: Level,
    /// Neither.
    pub different: Level,
}

/// Levels of a value that is equal or not.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EqualLevels {
    /// Equal.
    pub same: Level,
    /// Not equal.
    pub different: Level,
}

/// Levels of the middle name.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MiddleNameLevels {
    /// Equal, and more than an initial.
    pub same: Level,
    /// Equal initials, at least one of them no more than that.
    pub initial: Level,
    /// Not equal.
    pub different: Level,
}

/// Levels of the address as a whole.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressLevels {
    /// The same street line.
    pub street: Level,
    /// The same house number and a similar street line.
    pub similar_street: Level,
    /// Another street in the same ZIP.
    pub postal_code: Level,
    /// m of the same city alone; its u is the city's frequency.
    pub city_m: f64,
    /// Nothing in common.
    pub different: Level,
}

/// Levels of an external id.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalIdLevels {
    /// Different ids in one system. Equal ids are a rule of their own.
    pub different: Level,
}

/// What a household shares.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Household {
    /// Share of their weight for which all but the strongest count, 0 to 1.
    pub further_share: f64,
}

/// Newborns that have no first name yet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Newborn {
    /// Folded values that stand for the name to come.
    pub first_names: std::collections::BTreeSet<String>,
}

/// Parents and children of one name.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generations {
    /// Years between birth dates.
    pub years: u32,
}

/// The model that two rows are judged by.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchingRules {
    /// Version of the file.
    pub version: u32,
    /// When text is similar.
    pub similarity: Similarity,
    /// What is expected beforehand.
    pub prior: Prior,
    /// Where the bands begin.
    pub bands: Bands,
    /// How frequent values are.
    pub term_frequency: TermFrequency,
    /// First name.
    pub first_name: FirstNameLevels,
    /// Last name.
    pub last_name: LastNameLevels,
    /// Birth date.
    pub birth_date: TypedLevels,
    /// Sex.
    pub sex: EqualLevels,
    /// Middle name.
    pub middle_name: MiddleNameLevels,
    /// Address.
    pub address: AddressLevels,
    /// Phone.
    pub phone: TypedLevels,
    /// E-mail address.
    pub email: EqualLevels,
    /// External id.
    pub external_id: ExternalIdLevels,
    /// Dependence within a household.
    pub household: Household,
    /// Newborns.
    pub newborn: Newborn,
    /// Parents and children.
    pub generations: Generations,
}

impl MatchingRules {
    /// Reads and checks `matching.toml`.
    ///
    /// # Errors
    /// When the file is no such TOML, a share lies outside 0 to 1, or the bands and similarities are out of order.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let rules: Self = files.parse_toml(FILE)?;
        for (table, key, share) in rules.shares() {
            if !(share > 0.0 && share < 1.0) {
                return Err(files.entry_error(FILE, table, key, "has to lie between 0 and 1"));
            }
        }
        if rules.bands.review > rules.bands.same {
            return Err(files.entry_error(FILE, "bands", "review", "has to be at most `same`"));
        }
        if rules.similarity.near > rules.similarity.close {
            return Err(files.entry_error(FILE, "similarity", "near", "has to be at most `close`"));
        }
        if rules.term_frequency.seen_rows.is_nan() || rules.term_frequency.seen_rows < 1.0 {
            return Err(files.entry_error(FILE, "term_frequency", "seen_rows", "has to be at least 1"));
        }
        Ok(rules)
    }

    /// Every share of the file with its place.
    fn shares(&self) -> Vec<(&'static str, &'static str, f64)> {
        let (first, last, address) = (&self.first_name, &self.last_name, &self.address);
        let mut shares = vec![
            ("similarity", "close", self.similarity.close),
            ("similarity", "near", self.similarity.near),
            ("prior", "repeats_per_row", self.prior.repeats_per_row),
            ("bands", "same", self.bands.same),
            ("bands", "review", self.bands.review),
            ("term_frequency", "first_name", self.term_frequency.first_name),
            ("term_frequency", "last_name", self.term_frequency.last_name),
            ("term_frequency", "city", self.term_frequency.city),
            ("first_name", "same_m", first.same_m),
            ("last_name", "same_m", last.same_m),
            ("address", "city_m", address.city_m),
            ("household", "further_share", self.household.further_share),
        ];
        let levels = [
            ("first_name", "nickname", first.nickname),
            ("first_name", "close", first.close),
            ("first_name", "near", first.near),
            ("first_name", "initial", first.initial),
            ("first_name", "middle_name", first.middle_name),
            ("first_name", "different", first.different),
            ("last_name", "carried", last.carried),
            ("last_name", "close", last.close),
            ("last_name", "near", last.near),
            ("last_name", "different", last.different),
            ("birth_date", "same", self.birth_date.same),
            ("birth_date", "typing_error", self.birth_date.typing_error),
            ("birth_date", "different", self.birth_date.different),
            ("sex", "same", self.sex.same),
            ("sex", "different", self.sex.different),
            ("middle_name", "same", self.middle_name.same),
            ("middle_name", "initial", self.middle_name.initial),
            ("middle_name", "different", self.middle_name.different),
            ("address", "street", address.street),
            ("address", "similar_street", address.similar_street),
            ("address", "postal_code", address.postal_code),
            ("address", "different", address.different),
            ("phone", "same", self.phone.same),
            ("phone", "typing_error", self.phone.typing_error),
            ("phone", "different", self.phone.different),
            ("email", "same", self.email.same),
            ("email", "different", self.email.different),
            ("external_id", "different", self.external_id.different),
        ];
        shares.extend(levels.iter().flat_map(|(table, key, level)| [(*table, *key, level.m), (*table, *key, level.u)]));
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_weights_are_sound_and_agreement_weighs_more_than_disagreement() {
        let rules = MatchingRules::parse(&RuleFiles::embedded()).expect("sound");
        assert!(rules.birth_date.same.weight() > rules.birth_date.typing_error.weight());
        assert!(rules.birth_date.typing_error.weight() > 0.0 && rules.birth_date.different.weight() < 0.0);
        assert!((rules.sex.same.weight() - (0.985_f64 / 0.5).log2()).abs() < 1e-12);
    }
}
