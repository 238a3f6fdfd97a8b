//! Checked form of `rules/matching.toml`: comparison levels with their shares, the prior and the bands.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{RuleFiles, RulesError};
use crate::domain::Field;

const FILE: &str = "matching.toml";

/// How often pairs reach a comparison level, by kind of pair.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LevelShares {
    /// Share of the pairs of one person, above 0 and below 1.
    pub m: f64,
    /// Share of the pairs of two people of one household, above 0 and below 1.
    pub household: f64,
    /// Share of the pairs of strangers, above 0 and below 1.
    pub u: f64,
}

/// What two rows are compared in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comparison {
    /// First name.
    FirstName,
    /// Middle name.
    MiddleName,
    /// Last name.
    LastName,
    /// Generational suffix.
    Suffix,
    /// Birth date.
    BirthDate,
    /// Sex.
    Sex,
    /// Street, ZIP and city.
    Address,
    /// The second line of the address: flat, suite, or the name of the place.
    Unit,
    /// Telephone.
    Phone,
    /// E-mail address.
    Email,
    /// Identifiers of one system.
    ExternalId,
}

impl Comparison {
    /// Number of comparisons.
    pub const COUNT: usize = 11;

    /// Every comparison, in field order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::FirstName,
        Self::MiddleName,
        Self::LastName,
        Self::Suffix,
        Self::BirthDate,
        Self::Sex,
        Self::Address,
        Self::Unit,
        Self::Phone,
        Self::Email,
        Self::ExternalId,
    ];

    /// The table in the rules, and the key in a model file.
    pub const fn name(self) -> &'static str {
        self.field_and_levels().1
    }

    /// The field that stands for it in reports.
    pub const fn field(self) -> Field {
        self.field_and_levels().0
    }

    /// The names of its levels, the strongest first. Level 0 is a missing value, level 1 the first of these.
    pub const fn levels(self) -> &'static [&'static str] {
        self.field_and_levels().2
    }

    const fn field_and_levels(self) -> (Field, &'static str, &'static [&'static str]) {
        match self {
            Self::FirstName => (
                Field::FirstName,
                "first_name",
                &[
                    "same",
                    "nickname",
                    "part",
                    "close",
                    "near",
                    "sound",
                    "initial",
                    "middle_name",
                    "exchanged",
                    "different",
                ],
            ),
            Self::MiddleName => (Field::MiddleName, "middle_name", &["same", "initial", "close", "different"]),
            Self::LastName => {
                (Field::LastName, "last_name", &["same", "carried", "close", "near", "sound", "different"])
            }
            Self::Suffix => (Field::Suffix, "suffix", &["same", "different"]),
            Self::BirthDate => (
                Field::BirthDate,
                "birth_date",
                &["same", "exchanged", "typing_error", "one_part", "near", "different", "far"],
            ),
            Self::Sex => (Field::Sex, "sex", &["same", "different"]),
            Self::Address => (
                Field::AddressLine1,
                "address",
                &[
                    "street",
                    "similar_street",
                    "road",
                    "place",
                    "postal_code",
                    "similar_place",
                    "city",
                    "similar_postal_code",
                    "different",
                ],
            ),
            Self::Unit => (Field::AddressLine2, "unit", &["line", "same", "similar", "different"]),
            Self::Phone => (Field::Phone, "phone", &["same", "typing_error", "different"]),
            Self::Email => (Field::Email, "email", &["same", "similar", "different"]),
            Self::ExternalId => (Field::ExternalId, "external_id", &["same", "different"]),
        }
    }
}

/// The shares of every level of every comparison, both in the order of [`Comparison`].
#[derive(Clone, Debug, PartialEq)]
pub struct Shares([Vec<LevelShares>; Comparison::COUNT]);

/// Shares by the names of comparison and level, as files have them.
pub type NamedShares = BTreeMap<String, BTreeMap<String, LevelShares>>;

impl Shares {
    /// From names: every comparison with every level, and nothing else.
    ///
    /// # Errors
    /// Table, key and reason of the first entry that is missing, unknown or no share.
    pub fn from_names(named: &NamedShares) -> Result<Self, (String, String, &'static str)> {
        let mut shares: [Vec<LevelShares>; Comparison::COUNT] = Default::default();
        for (comparison, levels) in Comparison::ALL.into_iter().zip(&mut shares) {
            let complaint = |key: &str, reason| (comparison.name().to_owned(), key.to_owned(), reason);
            let table = named.get(comparison.name()).ok_or_else(|| complaint("", "is missing"))?;
            for name in comparison.levels() {
                let level = table.get(*name).ok_or_else(|| complaint(name, "is missing"))?;
                if [level.m, level.household, level.u].iter().any(|share| !(*share > 0.0 && *share < 1.0)) {
                    return Err(complaint(name, "has shares that are not between 0 and 1"));
                }
                levels.push(*level);
            }
            if let Some(unknown) = table.keys().find(|key| !comparison.levels().contains(&key.as_str())) {
                return Err(complaint(unknown, "is not a level of this comparison"));
            }
        }
        match named.keys().find(|key| Comparison::ALL.iter().all(|comparison| comparison.name() != key.as_str())) {
            Some(unknown) => Err((unknown.clone(), String::new(), "is not a comparison")),
            None => Ok(Self(shares)),
        }
    }

    /// With their names.
    pub fn to_names(&self) -> NamedShares {
        let table = |comparison: Comparison| {
            let levels = comparison.levels().iter().map(|name| (*name).to_owned());
            (comparison.name().to_owned(), levels.zip(self.levels(comparison).iter().copied()).collect())
        };
        Comparison::ALL.into_iter().map(table).collect()
    }

    /// The levels of a comparison, the first at index 0.
    pub fn levels(&self, comparison: Comparison) -> &[LevelShares] {
        self.0.get(comparison as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// The levels of a comparison, to be changed.
    pub fn levels_mut(&mut self, comparison: Comparison) -> &mut [LevelShares] {
        self.0.get_mut(comparison as usize).map(Vec::as_mut_slice).unwrap_or_default()
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

/// What is expected before the pairs of a file are looked at.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// Pairs of one person per row.
    pub repeats_per_row: f64,
    /// Pairs of two people of one household per row.
    pub households_per_row: f64,
    /// For how many rows this counts beside the file's own.
    pub rows: f64,
}

/// For how many pairs the shares of the rules count beside the file's own.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// m.
    pub one_person: f64,
    /// household.
    pub household: f64,
    /// u.
    pub strangers: f64,
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
    /// The same of a street line.
    pub street: f64,
    /// Rows of one street line that one household explains, and that do not make the street a frequent one.
    pub household_rows: f64,
}

/// Words that stand where a name should: they tell nothing of who it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandIn {
    /// Folded values that are no first name.
    pub first_names: BTreeSet<String>,
    /// Folded values that are no last name.
    pub last_names: BTreeSet<String>,
}

/// Patterns that speak of two people.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoPeople {
    /// Years between the birth dates of a parent and a child of one name.
    pub years: u32,
    /// Household pairs per row from which the patterns are held to be two people.
    pub households_per_row: f64,
    /// Year of birth from which twins are never merged.
    pub adult_before: u32,
    /// Whether two different ids in one system make two people.
    #[serde(default)]
    pub by_two_ids: bool,
    /// Share of the pairs of one person with different ids in one system, as estimated from the file, from which such
    /// ids are numbers of registrations and cause no doubt: 0 to 1.
    #[serde(default = "usual_new_ids")]
    pub new_ids: f64,
}

/// What an edited copy of the rules from before there was such a key comes to.
const fn usual_new_ids() -> f64 {
    0.8
}

/// The file as it is written.
#[derive(Deserialize)]
struct MatchingFile {
    version: u32,
    similarity: Similarity,
    prior: Prior,
    training: Training,
    bands: Bands,
    term_frequency: TermFrequency,
    stand_in: StandIn,
    two_people: TwoPeople,
    /// The comparisons, by name: read one by one, so that an error names its place.
    #[serde(flatten)]
    comparisons: toml::Table,
}

/// The model that two rows are judged by, and how it is estimated.
#[derive(Clone, Debug)]
pub struct MatchingRules {
    /// Version of the file.
    pub version: u32,
    /// When text is similar.
    pub similarity: Similarity,
    /// What is expected beforehand.
    pub prior: Prior,
    /// How much the rules count beside the file's own pairs.
    pub training: Training,
    /// Where the bands begin.
    pub bands: Bands,
    /// How frequent values are.
    pub term_frequency: TermFrequency,
    /// Words in place of a name.
    pub stand_in: StandIn,
    /// Twins, parents and children.
    pub two_people: TwoPeople,
    /// The comparison levels.
    pub shares: Shares,
}

/// The tables of the comparisons; where one is none, or a level holds no shares, its table, key and the reason.
fn named_shares(tables: toml::Table) -> Result<NamedShares, (String, String, String)> {
    let mut named = NamedShares::new();
    for (name, table) in tables {
        let complaint = |key: &str, reason: String| (name.clone(), key.to_owned(), reason);
        if Comparison::ALL.iter().all(|comparison| comparison.name() != name) {
            let known: Vec<&str> = Comparison::ALL.iter().map(|comparison| comparison.name()).collect();
            let first = table.as_table().and_then(|table| table.keys().next()).map(String::as_str).unwrap_or_default();
            return Err(complaint(
                first,
                format!("is not a table of this file; the comparisons are {}", known.join(", ")),
            ));
        }
        let toml::Value::Table(levels) = table else {
            return Err(complaint("", "must be a table of levels".to_owned()));
        };
        let mut shares = BTreeMap::new();
        for (level, value) in levels {
            let read = LevelShares::deserialize(value);
            let read = read.map_err(|error| complaint(&level, error.message().replace('\n', ", ")))?;
            shares.insert(level, read);
        }
        named.insert(name, shares);
    }
    Ok(named)
}

impl MatchingRules {
    /// Reads and checks `matching.toml`.
    ///
    /// # Errors
    /// When the file is no such TOML, a comparison or level is missing or unknown, a share lies outside 0 to 1, or the
    /// bands and similarities are out of order.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let file: MatchingFile = files.parse_toml(FILE)?;
        let named = named_shares(file.comparisons)
            .map_err(|(table, key, reason)| files.entry_error(FILE, &table, &key, reason))?;
        let shares =
            Shares::from_names(&named).map_err(|(table, key, reason)| files.entry_error(FILE, &table, &key, reason))?;
        let rules = Self {
            version: file.version,
            similarity: file.similarity,
            prior: file.prior,
            training: file.training,
            bands: file.bands,
            term_frequency: file.term_frequency,
            stand_in: file.stand_in,
            two_people: file.two_people,
            shares,
        };
        for (table, key, share) in rules.single_shares() {
            if !(share > 0.0 && share < 1.0) {
                return Err(files.entry_error(FILE, table, key, "must be between 0 and 1"));
            }
        }
        for (table, key, count) in rules.counts() {
            if count.is_nan() || count < 1.0 {
                return Err(files.entry_error(FILE, table, key, "must be at least 1"));
            }
        }
        if rules.bands.review > rules.bands.same {
            return Err(files.entry_error(FILE, "bands", "review", "must be at most `same`"));
        }
        if rules.similarity.near > rules.similarity.close {
            return Err(files.entry_error(FILE, "similarity", "near", "must be at most `close`"));
        }
        Ok(rules)
    }

    fn single_shares(&self) -> [(&'static str, &'static str, f64); 12] {
        [
            ("similarity", "close", self.similarity.close),
            ("similarity", "near", self.similarity.near),
            ("prior", "repeats_per_row", self.prior.repeats_per_row),
            ("prior", "households_per_row", self.prior.households_per_row),
            ("bands", "same", self.bands.same),
            ("bands", "review", self.bands.review),
            ("term_frequency", "first_name", self.term_frequency.first_name),
            ("term_frequency", "last_name", self.term_frequency.last_name),
            ("term_frequency", "city", self.term_frequency.city),
            ("term_frequency", "street", self.term_frequency.street),
            ("two_people", "households_per_row", self.two_people.households_per_row),
            ("two_people", "new_ids", self.two_people.new_ids),
        ]
    }

    fn counts(&self) -> [(&'static str, &'static str, f64); 6] {
        [
            ("prior", "rows", self.prior.rows),
            ("training", "one_person", self.training.one_person),
            ("training", "household", self.training.household),
            ("training", "strangers", self.training.strangers),
            ("term_frequency", "seen_rows", self.term_frequency.seen_rows),
            ("term_frequency", "household_rows", self.term_frequency.household_rows),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_shares_are_sound_and_agreement_weighs_more_than_disagreement() {
        let rules = MatchingRules::parse(&RuleFiles::embedded()).expect("sound");
        for comparison in Comparison::ALL {
            let levels = rules.shares.levels(comparison);
            let (first, last) = (levels.first().expect("a level"), levels.last().expect("a level"));
            assert!(first.m / first.u > 1.0 && last.m / last.u < 1.0, "{comparison:?}");
            for (kind, sum) in [
                ("m", levels.iter().map(|level| level.m).sum::<f64>()),
                ("household", levels.iter().map(|level| level.household).sum()),
                ("u", levels.iter().map(|level| level.u).sum()),
            ] {
                assert!((0.98..1.02).contains(&sum), "{comparison:?} {kind} {sum}");
            }
        }
    }

    #[test]
    fn names_go_there_and_back_and_a_missing_level_is_named() {
        let rules = MatchingRules::parse(&RuleFiles::embedded()).expect("sound");
        let mut named = rules.shares.to_names();
        assert_eq!(Shares::from_names(&named), Ok(rules.shares));
        named.get_mut("sex").expect("there").remove("same");
        assert_eq!(Shares::from_names(&named), Err(("sex".to_owned(), "same".to_owned(), "is missing")));
    }
}
