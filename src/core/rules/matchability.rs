//! Checked form of `rules/matchability.toml`: what two published documents make of the fields that a row has.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{RuleFiles, RulesError};
use crate::domain::{Field, Presence};

const FILE: &str = "matchability.toml";
/// Rules that fit into the bits that a row has for them.
const MOST_RULES: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMatchability {
    version: String,
    identity: RawIdentity,
    grades: Vec<RawGrade>,
    cms: RawCms,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIdentity {
    version: String,
    elements: Vec<RawElement>,
    contacts: RawContacts,
    levels: Vec<Level>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawElement {
    name: String,
    weight: u8,
    any_of: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawContacts {
    one: u8,
    several: u8,
    elements: Vec<RawContact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawContact {
    name: String,
    any_of: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGrade {
    name: String,
    score: f64,
    any_of: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCms {
    version: String,
    threshold: f64,
    agreement_by_chance: BTreeMap<String, f64>,
    rules: Vec<RawRule>,
    derived: RawDerived,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    fields: Vec<String>,
    #[serde(default = "counts_if_nothing_is_said")]
    counts: bool,
}

const fn counts_if_nothing_is_said() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDerived {
    prefix: String,
    with: Vec<String>,
    from: Vec<String>,
    rejected: Vec<Vec<String>>,
}

/// Combinations of fields, one of which is enough.
#[derive(Debug)]
pub struct AnyOf(Vec<Presence>);

impl AnyOf {
    /// Whether a row has one of the combinations.
    pub fn is_met_by(&self, presence: Presence) -> bool {
        self.0.iter().any(|combination| presence.has_all(*combination))
    }
}

/// What a row weighs by the guide's input weights.
#[derive(Debug)]
pub struct IdentityRules {
    /// The document.
    pub version: String,
    /// Elements that count by themselves, with their weight.
    pub elements: Vec<(AnyOf, u8)>,
    /// Elements of the category in which the second adds little and the third nothing.
    pub contacts: Vec<AnyOf>,
    /// The weight of one contact, and of several.
    pub contact_weights: (u8, u8),
    /// Levels, best first; the last begins at 0.
    pub levels: Vec<Level>,
}

/// A level of the guide.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Its name.
    pub name: String,
    /// The lowest weight in it.
    pub at_least: u8,
}

/// A match grade of the guide.
#[derive(Debug)]
pub struct Grade {
    /// Its name.
    pub name: String,
    /// Its score, 0 to 1.
    pub score: f64,
    /// What a row has to have.
    pub combinations: AnyOf,
}

/// Where a combination of fields comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleOrigin {
    /// It stands in the draft, under this number.
    Published,
    /// It passes the draft's threshold by the draft's own table, and nobody has reviewed it.
    Derived,
}

impl RuleOrigin {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Derived => "derived",
        }
    }
}

/// A combination of fields by which two records may be taken for one person's.
#[derive(Debug)]
pub struct CombinationRule {
    /// The draft's number, or the prefix of derived rules and a number.
    pub id: String,
    /// Its elements by name.
    pub elements: Vec<String>,
    /// What a row has to have.
    pub needs: Presence,
    /// How often two people agree in all of it by chance.
    pub by_chance: f64,
    /// Where it comes from.
    pub origin: RuleOrigin,
    /// Whether a row that satisfies it is called eligible.
    pub counts: bool,
}

/// The draft's rules.
#[derive(Debug)]
pub struct CmsRules {
    /// The document.
    pub version: String,
    /// What chance agreement may be at most.
    pub threshold: f64,
    /// Published rules, then derived ones.
    pub rules: Vec<CombinationRule>,
}

/// Everything in `matchability.toml`.
#[derive(Debug)]
pub struct MatchabilityRules {
    /// The version of the file.
    pub version: String,
    /// Input weights and levels.
    pub identity: IdentityRules,
    /// Match grades, best first.
    pub grades: Vec<Grade>,
    /// The draft's rules.
    pub cms: CmsRules,
}

impl MatchabilityRules {
    /// Reads and checks `matchability.toml`.
    ///
    /// # Errors
    /// An element that does not exist; levels or grades that do not fall; a published rule that its own table refuses.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawMatchability = files.parse_toml(FILE)?;
        Ok(Self {
            version: raw.version,
            identity: identity(files, raw.identity)?,
            grades: grades(files, raw.grades)?,
            cms: cms(files, raw.cms)?,
        })
    }
}

/// What an element asks of a row: itself, or an identifier with its system, or a middle name in full.
fn element(name: &str) -> Option<Presence> {
    match name {
        "identifier" => Some(Presence::from_fields([Field::ExternalId, Field::ExternalSystem])),
        "full_middle_name" => Some(Presence::full_middle_name()),
        _ => name.parse().ok().map(|field: Field| Presence::default().with(field)),
    }
}

fn combination(files: &RuleFiles, table: &str, names: &[String]) -> Result<Presence, RulesError> {
    names.iter().try_fold(Presence::default(), |sum, name| {
        let needed = element(name).ok_or_else(|| files.entry_error(FILE, table, name, "there is no such element"))?;
        Ok(sum.with_all(needed))
    })
}

fn any_of(files: &RuleFiles, table: &str, name: &str, lists: &[Vec<String>]) -> Result<AnyOf, RulesError> {
    if lists.is_empty() {
        return Err(files.entry_error(FILE, table, name, "at least one combination is needed"));
    }
    lists.iter().map(|list| combination(files, table, list)).collect::<Result<_, _>>().map(AnyOf)
}

fn identity(files: &RuleFiles, raw: RawIdentity) -> Result<IdentityRules, RulesError> {
    let falls = raw.levels.windows(2).all(|pair| matches!(pair, [left, right] if left.at_least > right.at_least));
    if !falls || raw.levels.last().is_none_or(|level| level.at_least != 0) {
        return Err(files.entry_error(
            FILE,
            "identity.levels",
            "at_least",
            "levels must fall, and the last must begin at 0",
        ));
    }
    if raw.contacts.one > raw.contacts.several {
        return Err(files.entry_error(
            FILE,
            "identity.contacts",
            "several",
            "several must weigh at least as much as one",
        ));
    }
    let elements = raw.elements.iter().map(|element| {
        any_of(files, "identity.elements", &element.name, &element.any_of).map(|met| (met, element.weight))
    });
    let contacts =
        raw.contacts.elements.iter().map(|contact| any_of(files, "identity.contacts", &contact.name, &contact.any_of));
    Ok(IdentityRules {
        version: raw.version,
        elements: elements.collect::<Result<_, _>>()?,
        contacts: contacts.collect::<Result<_, _>>()?,
        contact_weights: (raw.contacts.one, raw.contacts.several),
        levels: raw.levels,
    })
}

fn grades(files: &RuleFiles, raw: Vec<RawGrade>) -> Result<Vec<Grade>, RulesError> {
    let falls = raw.windows(2).all(|pair| matches!(pair, [left, right] if left.score > right.score));
    let ends = raw.last().is_some_and(|last| last.any_of.iter().any(Vec::is_empty));
    if !falls || !ends || raw.iter().any(|grade| !(0.0..=1.0).contains(&grade.score)) {
        let reason = "scores must fall from at most 1, and the last grade must need nothing";
        return Err(files.entry_error(FILE, "grades", "score", reason));
    }
    raw.into_iter()
        .map(|grade| {
            let combinations = any_of(files, "grades", &grade.name, &grade.any_of)?;
            Ok(Grade { name: grade.name, score: grade.score, combinations })
        })
        .collect()
}

fn cms(files: &RuleFiles, raw: RawCms) -> Result<CmsRules, RulesError> {
    let table = &raw.agreement_by_chance;
    for (name, chance) in table {
        if element(name).is_none() || !(0.0..=1.0).contains(chance) {
            let reason = "it must be an existing element with a share from 0 to 1";
            return Err(files.entry_error(FILE, "cms.agreement_by_chance", name, reason));
        }
    }
    let mut rules = Vec::new();
    for rule in &raw.rules {
        let by_chance = by_chance(table, &rule.fields).ok_or_else(|| {
            files.entry_error(FILE, "cms.rules", &rule.id, "every field must be in agreement_by_chance")
        })?;
        if by_chance > raw.threshold * ROUNDING {
            return Err(files.entry_error(FILE, "cms.rules", &rule.id, "its fields do not reach the threshold"));
        }
        let needs = combination(files, "cms.rules", &rule.fields)?;
        rules.push(CombinationRule {
            id: rule.id.clone(),
            elements: rule.fields.clone(),
            needs,
            by_chance,
            origin: RuleOrigin::Published,
            counts: rule.counts,
        });
    }
    let derived = derived(files, &raw, &rules)?;
    rules.extend(derived);
    let mut ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    ids.sort_unstable();
    if let Some([twice, _]) = ids.windows(2).find(|pair| matches!(pair, [left, right] if left == right)) {
        return Err(files.entry_error(FILE, "cms.rules", twice, "the number is there twice"));
    }
    if rules.len() > MOST_RULES {
        return Err(files.entry_error(FILE, "cms.rules", "id", format!("there are more than {MOST_RULES} rules")));
    }
    Ok(CmsRules { version: raw.version, threshold: raw.threshold, rules })
}

/// Products of decimal fractions miss the decimal threshold by a rounding error: 0.02 x 0.0001 x 0.000001 is the
/// draft's own limit case.
const ROUNDING: f64 = 1.000_001;

/// How often two people agree in all of it by chance; `None` for an element that the table does not have.
fn by_chance(table: &BTreeMap<String, f64>, names: &[String]) -> Option<f64> {
    names.iter().try_fold(1.0, |product, name| table.get(name).map(|chance| product * chance))
}

/// The smallest combinations that pass the threshold and hold neither a published rule nor a smaller derived one.
fn derived(files: &RuleFiles, raw: &RawCms, published: &[CombinationRule]) -> Result<Vec<CombinationRule>, RulesError> {
    let from = &raw.derived.from;
    if from.len() > 16 {
        return Err(files.entry_error(FILE, "cms.derived", "from", "there can be at most 16 elements"));
    }
    let with = combination(files, "cms.derived", &raw.derived.with)?;
    let rejected: Vec<Presence> =
        raw.derived.rejected.iter().map(|list| combination(files, "cms.derived", list)).collect::<Result<_, _>>()?;
    let mut subsets: Vec<u32> = (1..1_u32 << from.len()).collect();
    // Smaller ones first, so that every larger one can be held against them.
    subsets.sort_by_key(|subset| subset.count_ones());
    let mut found: Vec<CombinationRule> = Vec::new();
    for subset in subsets {
        let elements: Vec<String> = from
            .iter()
            .enumerate()
            .filter(|(place, _)| subset & 1 << place != 0)
            .map(|(_, name)| name.clone())
            .collect();
        let needs = combination(files, "cms.derived", &elements)?;
        let by_chance = by_chance(&raw.agreement_by_chance, &elements).ok_or_else(|| {
            files.entry_error(FILE, "cms.derived", "from", "every field must be in agreement_by_chance")
        })?;
        let is_new = !published.iter().chain(&found).any(|rule| needs.has_all(rule.needs));
        if is_new && needs.has_all(with) && by_chance <= raw.threshold * ROUNDING && !rejected.contains(&needs) {
            let id = format!("{}.{}", raw.derived.prefix, found.len() + 1);
            let origin = RuleOrigin::Derived;
            found.push(CombinationRule { id, elements, needs, by_chance, origin, counts: false });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> MatchabilityRules {
        MatchabilityRules::parse(&RuleFiles::embedded()).expect("sound")
    }

    #[test]
    fn published_rules_have_the_chance_that_the_draft_prints() {
        let printed = [
            ("01", 3e-13),
            ("02", 1e-14),
            ("03", 1e-14),
            ("11", 2e-12),
            ("12", 2e-12),
            ("26", 0.0),
            ("33", 3e-14),
            ("34", 1.5e-12),
            ("35", 1.5e-12),
            ("36", 5e-13),
            ("37", 1.5e-13),
        ];
        let rules = rules();
        let published: Vec<_> = rules.cms.rules.iter().filter(|rule| rule.origin == RuleOrigin::Published).collect();
        assert_eq!(published.len(), printed.len());
        for (rule, (id, chance)) in published.iter().zip(printed) {
            assert_eq!(rule.id, id);
            assert!((rule.by_chance - chance).abs() <= chance * 1e-9, "{id}: {}", rule.by_chance);
        }
    }

    #[test]
    fn derived_rules_are_the_smallest_new_combinations_with_a_first_name() {
        let rules = rules();
        let derived: Vec<String> = rules
            .cms
            .rules
            .iter()
            .filter(|rule| rule.origin == RuleOrigin::Derived)
            .map(|rule| format!("{} {}", rule.id, rule.elements.join("+")))
            .collect();
        assert_eq!(
            derived,
            [
                "T3.1 first_name+address_line1+phone",
                "T3.2 first_name+address_line1+email",
                "T3.3 first_name+phone+email",
                "T3.4 first_name+birth_date+postal_code+address_line1",
            ]
        );
    }

    /// Every set of elements, by trying them all: it satisfies a rule of the file exactly when it passes the threshold
    /// with a first name, is no rejected one, and so on upwards.
    #[test]
    fn derived_rules_leave_out_nothing_that_the_table_allows() {
        let rules = rules();
        let names = ["first_name", "last_name", "birth_date", "postal_code", "address_line1", "phone", "email"];
        let chances = [0.02, 0.005, 1e-4, 3e-4, 3e-5, 1e-6, 1e-6];
        let jr_and_sr = 0b001_1011;
        for subset in 1_u32..1 << names.len() {
            let of = |place: &usize| subset & 1 << *place != 0;
            let presence = (0..names.len()).filter(of).filter_map(|place| element(names[place]));
            let presence = presence.fold(Presence::default(), Presence::with_all);
            let product: f64 = (0..names.len()).filter(of).map(|place| chances[place]).product();
            let is_met = rules.cms.rules.iter().any(|rule| presence.has_all(rule.needs));
            if subset & 1 == 1 && product <= 2.000_001e-12 && subset != jr_and_sr {
                assert!(is_met, "{subset:b}");
            }
            if product > 2.000_001e-12 || subset == jr_and_sr {
                assert!(!is_met, "{subset:b}");
            }
        }
    }

    #[test]
    fn what_the_file_cannot_mean_is_refused_with_table_and_key() {
        for (from, to, words) in [
            ("[[\"birth_date\"]]", "[[\"birthday\"]]", ["identity.elements", "birthday"]),
            ("at_least = 0", "at_least = 1", ["identity.levels", "at_least"]),
            ("fields = [\"last_name\", \"address_line1\", \"phone\"]", "fields = [\"phone\"]", ["cms.rules", "37"]),
            ("id = \"02\"", "id = \"01\"", ["cms.rules", "01"]),
            ("score = 0.80", "score = 0.99", ["grades", "score"]),
        ] {
            let text = RuleFiles::embedded().text(FILE).replacen(from, to, 1);
            let error = MatchabilityRules::parse(&RuleFiles::embedded().with(FILE, text)).expect_err(from).to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
    }
}
