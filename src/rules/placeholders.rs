//! Checked form of `rules/placeholders.toml`: values that stand for "no value". Whole values only, never beginnings.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{RuleFiles, RulesError};
use crate::domain::CivilDate;

const FILE: &str = "placeholders.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlaceholders {
    missing: RawMissing,
    unusable: RawUnusable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMissing {
    any: BTreeSet<String>,
    names: BTreeSet<String>,
    middle_names: BTreeSet<String>,
    dates: BTreeSet<String>,
    addresses: BTreeSet<String>,
    postal_codes: BTreeSet<String>,
    phones: BTreeSet<String>,
    emails: BTreeSet<String>,
    external_ids: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUnusable {
    dates: BTreeSet<String>,
    phone_digits: BTreeSet<String>,
}

/// Which list of placeholders a field goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceholderFamily {
    /// First and last names.
    Name,
    /// Middle names.
    MiddleName,
    /// Dates.
    Date,
    /// Street lines, cities and states.
    Address,
    /// ZIPs.
    PostalCode,
    /// Phones.
    Phone,
    /// E-mail addresses.
    Email,
    /// Identifiers.
    ExternalId,
    /// Everything else.
    Other,
}

/// Values that stand for "no value".
#[derive(Debug)]
pub struct PlaceholderRules {
    missing: RawMissing,
    dates: BTreeSet<u32>,
    phone_digits: BTreeSet<String>,
    longest: usize,
}

impl std::fmt::Debug for RawMissing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RawMissing").field("any", &self.any.len()).finish_non_exhaustive()
    }
}

impl PlaceholderRules {
    /// Reads and checks `placeholders.toml`.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawPlaceholders = files.parse_toml(FILE)?;
        let missing = raw.missing;
        for (key, list) in missing.lists() {
            if let Some(bad) =
                list.iter().find(|value| **value != value.to_ascii_lowercase() || value.trim() != value.as_str())
            {
                return Err(files.entry_error(
                    FILE,
                    "missing",
                    key,
                    format!("\"{bad}\" has to be lower case without spaces around it"),
                ));
            }
        }
        let mut dates = BTreeSet::new();
        for text in &raw.unusable.dates {
            let packed = text.replace('-', "").parse().ok().and_then(CivilDate::from_packed);
            let date = packed.ok_or_else(|| {
                files.entry_error(FILE, "unusable", "dates", format!("\"{text}\" is no date yyyy-mm-dd"))
            })?;
            dates.insert(date.packed());
        }
        let longest = missing.lists().iter().flat_map(|(_, list)| list.iter()).map(String::len).max().unwrap_or(0);
        Ok(Self { missing, dates, phone_digits: raw.unusable.phone_digits, longest })
    }

    /// Whether a trimmed value stands for "no value" in a field of the family.
    pub fn is_missing(&self, family: PlaceholderFamily, value: &str) -> bool {
        if !value.chars().any(char::is_alphanumeric) {
            return true;
        }
        if value.len() > self.longest {
            return false;
        }
        let value = value.to_ascii_lowercase();
        let lists = &self.missing;
        match family {
            PlaceholderFamily::Name => lists.names.contains(&value),
            PlaceholderFamily::MiddleName => lists.names.contains(&value) || lists.middle_names.contains(&value),
            PlaceholderFamily::Date => lists.any.contains(&value) || lists.dates.contains(&value),
            PlaceholderFamily::Address => lists.any.contains(&value) || lists.addresses.contains(&value),
            PlaceholderFamily::PostalCode => lists.any.contains(&value) || lists.postal_codes.contains(&value),
            PlaceholderFamily::Phone => lists.any.contains(&value) || lists.phones.contains(&value),
            PlaceholderFamily::Email => lists.any.contains(&value) || lists.emails.contains(&value),
            PlaceholderFamily::ExternalId => lists.any.contains(&value) || lists.external_ids.contains(&value),
            PlaceholderFamily::Other => lists.any.contains(&value),
        }
    }

    /// Whether nobody was born or died on the date: systems enter it where they know none.
    pub fn is_unusable_date(&self, date: CivilDate) -> bool {
        self.dates.contains(&date.packed())
    }

    /// Whether ten digits are a filler.
    pub fn is_unusable_phone(&self, digits: &str) -> bool {
        self.phone_digits.contains(digits)
    }
}

impl RawMissing {
    fn lists(&self) -> [(&'static str, &BTreeSet<String>); 9] {
        [
            ("any", &self.any),
            ("names", &self.names),
            ("middle_names", &self.middle_names),
            ("dates", &self.dates),
            ("addresses", &self.addresses),
            ("postal_codes", &self.postal_codes),
            ("phones", &self.phones),
            ("emails", &self.emails),
            ("external_ids", &self.external_ids),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_values_are_placeholders_and_names_that_begin_like_one_are_not() {
        let rules = PlaceholderRules::parse(&RuleFiles::embedded()).expect("sound");
        for (family, value) in [
            (PlaceholderFamily::Name, "UNKNOWN"),
            (PlaceholderFamily::Other, "n/a"),
            (PlaceholderFamily::Address, "--"),
            (PlaceholderFamily::PostalCode, "99999"),
        ] {
            assert!(rules.is_missing(family, value), "{value}");
        }
        for name in ["Infante", "Babyak", "Na", "Unknowles", "Ng"] {
            assert!(!rules.is_missing(PlaceholderFamily::Name, name), "{name}");
        }
        assert!(CivilDate::new(1900, 1, 1).is_some_and(|date| rules.is_unusable_date(date)));
    }
}
