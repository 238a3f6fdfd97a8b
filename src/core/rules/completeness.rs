//! Checked form of `rules/completeness.toml`: the vendor's tiers, the weights, and the bands.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{RuleFiles, RulesError};
use crate::domain::Field;

const FILE: &str = "completeness.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCompleteness {
    fields: BTreeMap<String, RawField>,
    bands: Vec<Band>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    tier: Tier,
    weight: u8,
    counts: Counts,
}

/// The vendor's tiers of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// A subject cannot be created without it.
    Required,
    /// Matching suffers without it.
    StronglyRecommended,
    /// Of use where it is known.
    RecommendedWhenAvailable,
    /// Taken.
    Optional,
}

/// How a field enters the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Expected of everybody.
    Always,
    /// Expected of those who are known to have died.
    WhenDeceased,
    /// Adds points where it is present.
    Bonus,
    /// Without influence.
    Never,
}

/// A band of scores.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Its name.
    pub name: String,
    /// The lowest score in it, 0 to 100.
    pub at_least: u8,
}

/// A field's part in the score.
#[derive(Clone, Copy, Debug)]
pub struct FieldRule {
    /// The vendor's tier.
    pub tier: Tier,
    /// 0 to 100.
    pub weight: u8,
    /// How it enters.
    pub counts: Counts,
}

/// Tiers, weights and bands.
#[derive(Debug)]
pub struct CompletenessRules {
    fields: Vec<FieldRule>,
    bands: Vec<Band>,
}

impl CompletenessRules {
    /// Reads and checks `completeness.toml`.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let mut raw: RawCompleteness = files.parse_toml(FILE)?;
        let mut fields = Vec::with_capacity(Field::ALL.len());
        for field in Field::ALL {
            let rule = raw
                .fields
                .remove(field.name())
                .ok_or_else(|| files.entry_error(FILE, "fields", field.name(), "the field is missing"))?;
            if rule.weight > 100 {
                return Err(files.entry_error(FILE, "fields", field.name(), "a weight must be between 0 and 100"));
            }
            fields.push(FieldRule { tier: rule.tier, weight: rule.weight, counts: rule.counts });
        }
        if let Some(unknown) = raw.fields.keys().next() {
            return Err(files.entry_error(FILE, "fields", unknown, "there is no such field"));
        }
        if fields.iter().all(|rule| rule.counts != Counts::Always || rule.weight == 0) {
            return Err(files.entry_error(FILE, "fields", "counts", "at least one field must always count"));
        }
        let falling = raw.bands.windows(2).all(|pair| matches!(pair, [left, right] if left.at_least > right.at_least));
        if !falling
            || raw.bands.last().is_none_or(|band| band.at_least != 0)
            || raw.bands.iter().any(|band| band.at_least > 100)
        {
            return Err(files.entry_error(
                FILE,
                "bands",
                "at_least",
                "bands must fall from at most 100, and the last must begin at 0",
            ));
        }
        Ok(Self { fields, bands: raw.bands })
    }

    /// A field's part in the score.
    pub fn rule(&self, field: Field) -> FieldRule {
        // `parse` made one entry per field, in the order of the enumeration.
        self.fields[field as usize]
    }

    /// Whether the field enters the score at all.
    pub fn counts(&self, field: Field) -> bool {
        let rule = self.rule(field);
        rule.counts != Counts::Never && rule.weight > 0
    }

    /// The tier's words.
    pub fn tier(&self, field: Field) -> &'static str {
        match self.rule(field).tier {
            Tier::Required => "required",
            Tier::StronglyRecommended => "strongly recommended",
            Tier::RecommendedWhenAvailable => "recommended when available",
            Tier::Optional => "optional",
        }
    }

    /// The bands, best first.
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    /// The band of a score.
    pub fn band(&self, score: u8) -> &Band {
        let last = self.bands.len() - 1;
        // `parse` made sure that the last band begins at 0.
        &self.bands[self.bands.iter().position(|band| score >= band.at_least).unwrap_or(last)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_is_sound() {
        let rules = CompletenessRules::parse(&RuleFiles::embedded()).expect("sound");
        assert_eq!(rules.band(100).name, "excellent");
        assert_eq!(rules.band(0).name, "poor");
        assert_eq!(rules.tier(Field::BirthDate), "strongly recommended");
        let always: u32 = Field::ALL
            .iter()
            .map(|field| rules.rule(*field))
            .filter(|rule| rule.counts == Counts::Always)
            .map(|rule| u32::from(rule.weight))
            .sum();
        assert_eq!(always, 100, "weights read as percentages");
    }
}
