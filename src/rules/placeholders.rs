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
    pairs: RawPairs,
    unusable: RawUnusable,
    doubtful: RawDoubtful,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPairs {
    names: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMissing {
    any: BTreeSet<String>,
    names: BTreeSet<String>,
    first_names: BTreeSet<String>,
    last_names: BTreeSet<String>,
    cased_last_names: BTreeSet<String>,
    middle_names: BTreeSet<String>,
    dates: BTreeSet<String>,
    addresses: BTreeSet<String>,
    postal_codes: BTreeSet<String>,
    phones: BTreeSet<String>,
    emails: BTreeSet<String>,
    external_ids: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUnusable {
    dates: BTreeSet<String>,
    phone_digits: BTreeSet<String>,
    phone_endings: BTreeSet<String>,
    email_users: BTreeSet<String>,
    email_domains: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDoubtful {
    toll_free_area_codes: BTreeSet<String>,
}

/// Which list of placeholders a field goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceholderFamily {
    /// Names whose part is not known, and further names.
    Name,
    /// First names.
    FirstName,
    /// Last names.
    LastName,
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
    unusable: RawUnusable,
    toll_free: BTreeSet<u64>,
    pairs: BTreeSet<String>,
    shapes: Shapes,
}

/// The lengths and first bytes of all placeholders: nearly every value is told from them without being looked up.
#[derive(Debug)]
struct Shapes(Vec<u64>);

impl Shapes {
    fn of<'a>(values: impl Iterator<Item = &'a String>) -> Self {
        let mut lengths = vec![0; 256];
        for value in values {
            let first = value.bytes().next().unwrap_or_default();
            if let Some(bits) = lengths.get_mut(usize::from(first)) {
                *bits |= 1_u64 << value.len().min(63);
            }
        }
        Self(lengths)
    }

    fn may_hold(&self, value: &str) -> bool {
        let first = value.bytes().next().unwrap_or_default().to_ascii_lowercase();
        self.0.get(usize::from(first)).is_some_and(|bits| bits >> value.len().min(63) & 1 == 1)
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
        let shapes = Shapes::of(missing.lists().into_iter().flat_map(|(_, list)| list.iter()));
        for pair in &raw.pairs.names {
            if *pair != pair.to_ascii_lowercase() || !pair.contains(' ') {
                let reason = format!("\"{pair}\" has to be a first and a last name in lower case");
                return Err(files.entry_error(FILE, "pairs", "names", reason));
            }
        }
        let mut toll_free = BTreeSet::new();
        for code in &raw.doubtful.toll_free_area_codes {
            let number = code.parse().ok().filter(|_| code.len() == 3).ok_or_else(|| {
                files.entry_error(FILE, "doubtful", "toll_free_area_codes", format!("\"{code}\" has no three digits"))
            })?;
            toll_free.insert(number);
        }
        Ok(Self { missing, dates, unusable: raw.unusable, toll_free, pairs: raw.pairs.names, shapes })
    }

    /// Whether a trimmed value stands for "no value" in a field of the family, or holds no letter and no digit.
    pub fn is_missing(&self, family: PlaceholderFamily, value: &str) -> bool {
        !value.chars().any(char::is_alphanumeric) || self.is_placeholder(family, value)
    }

    /// Whether a trimmed value is one of the placeholders of a field of the family.
    pub fn is_placeholder(&self, family: PlaceholderFamily, value: &str) -> bool {
        if !self.shapes.may_hold(value) {
            return false;
        }
        let is_one_case = !(value.bytes().any(|byte| byte.is_ascii_uppercase())
            && value.bytes().any(|byte| byte.is_ascii_lowercase()));
        let value = value.to_ascii_lowercase();
        let lists = &self.missing;
        match family {
            PlaceholderFamily::Name => {
                lists.names.contains(&value) || (is_one_case && lists.cased_last_names.contains(&value))
            }
            PlaceholderFamily::FirstName => {
                lists.names.contains(&value)
                    || lists.first_names.contains(&value)
                    || lists.cased_last_names.contains(&value)
            }
            PlaceholderFamily::LastName => {
                lists.names.contains(&value)
                    || lists.last_names.contains(&value)
                    || (is_one_case && lists.cased_last_names.contains(&value))
            }
            PlaceholderFamily::MiddleName => {
                lists.names.contains(&value)
                    || lists.middle_names.contains(&value)
                    || lists.cased_last_names.contains(&value)
            }
            PlaceholderFamily::Date => lists.any.contains(&value) || lists.dates.contains(&value),
            PlaceholderFamily::Address => lists.any.contains(&value) || lists.addresses.contains(&value),
            PlaceholderFamily::PostalCode => lists.any.contains(&value) || lists.postal_codes.contains(&value),
            PlaceholderFamily::Phone => lists.any.contains(&value) || lists.phones.contains(&value),
            PlaceholderFamily::Email => lists.any.contains(&value) || lists.emails.contains(&value),
            PlaceholderFamily::ExternalId => lists.any.contains(&value) || lists.external_ids.contains(&value),
            PlaceholderFamily::Other => lists.any.contains(&value),
        }
    }

    /// Whether a first and a last name together stand for nobody.
    pub fn is_nobody(&self, first: &str, last: &str) -> bool {
        // The longest pair has fewer letters; most names need not be joined.
        if first.is_empty() || last.is_empty() || first.len() + last.len() > 32 {
            return false;
        }
        let lower = |text: &str| text.to_ascii_lowercase();
        let (first, last) = (lower(first), lower(last));
        self.pairs.iter().any(|pair| {
            pair.strip_prefix(first.as_str()).and_then(|rest| rest.strip_prefix(' ')) == Some(last.as_str())
        })
    }

    /// Whether nobody was born or died on the date: systems enter it where they know none.
    pub fn is_unusable_date(&self, date: CivilDate) -> bool {
        self.dates.contains(&date.packed())
    }

    /// Whether ten digits are a filler.
    pub fn is_unusable_phone(&self, digits: &str) -> bool {
        self.unusable.phone_digits.contains(digits)
            || digits.get(3..).is_some_and(|ending| self.unusable.phone_endings.contains(ending))
    }

    /// Whether an e-mail address in lower case is a filler.
    pub fn is_unusable_email(&self, address: &str) -> bool {
        address.split_once('@').is_some_and(|(user, domain)| {
            self.unusable.email_users.contains(user) || self.unusable.email_domains.contains(domain)
        })
    }

    /// Whether ten digits, as a number, reach a business at no cost: such a phone is no person's.
    pub fn is_toll_free(&self, number: u64) -> bool {
        self.toll_free.contains(&(number / 10_000_000))
    }
}

impl RawMissing {
    fn lists(&self) -> [(&'static str, &BTreeSet<String>); 12] {
        [
            ("any", &self.any),
            ("names", &self.names),
            ("first_names", &self.first_names),
            ("last_names", &self.last_names),
            ("cased_last_names", &self.cased_last_names),
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
        assert!(rules.is_nobody("JOHN", "Doe") && !rules.is_nobody("John", "Deere") && !rules.is_nobody("", "Doe"));
        for name in ["Null", "Doe", "Infante", "Test-Garcia", "Sample"] {
            assert!(!rules.is_missing(PlaceholderFamily::LastName, name), "{name}");
        }
        for name in ["NULL", "TEST", "zzTest"] {
            assert!(rules.is_missing(PlaceholderFamily::LastName, name), "{name}");
        }
        for name in ["Infante", "Babyak", "Na", "Unknowles", "Ng"] {
            assert!(!rules.is_missing(PlaceholderFamily::Name, name), "{name}");
        }
        assert!(CivilDate::new(1900, 1, 1).is_some_and(|date| rules.is_unusable_date(date)));
    }
}
