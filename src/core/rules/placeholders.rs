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
    name_beginnings: BTreeSet<String>,
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
    phone_area_codes: BTreeSet<String>,
    email_users: BTreeSet<String>,
    email_domains: BTreeSet<String>,
    email_endings: BTreeSet<String>,
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
    /// Area codes that no subscriber has, as ranges.
    unusable_areas: Vec<(u16, u16)>,
    pairs: BTreeSet<String>,
    /// By family, in its order.
    shapes: Vec<Shapes>,
    shapes_of_pairs: Shapes,
    /// Of the parts of unusable e-mail addresses, and of the digits of unusable phones.
    shapes_of_unusable: Shapes,
}

/// The lengths, first and last bytes of some texts in small letters: nearly every value is distinguished from them
/// without being looked up.
#[derive(Debug)]
struct Shapes(Vec<u64>);

impl Shapes {
    fn from_values<'a>(values: impl Iterator<Item = &'a String>) -> Self {
        let mut lengths = vec![0; 256];
        for value in values {
            if let Some(bits) = lengths.get_mut(Self::place(value, value)) {
                *bits |= 1_u64 << value.len().min(63);
            }
        }
        Self(lengths)
    }

    fn may_hold(&self, value: &str) -> bool {
        self.may_hold_joined(value, value, value.len())
    }

    /// The same of a text of a length that begins like the one and ends like the other.
    fn may_hold_joined(&self, beginning: &str, ending: &str, length: usize) -> bool {
        self.0.get(Self::place(beginning, ending)).is_some_and(|bits| bits >> length.min(63) & 1 == 1)
    }

    fn place(beginning: &str, ending: &str) -> usize {
        let first = beginning.bytes().next().unwrap_or_default().to_ascii_lowercase();
        let last = ending.bytes().next_back().unwrap_or_default().to_ascii_lowercase();
        usize::from(first ^ last.rotate_left(3))
    }
}

impl PlaceholderRules {
    /// Reads and checks `placeholders.toml`.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawPlaceholders = files.parse_toml(FILE)?;
        let missing = &raw.missing;
        for (key, list) in missing.lists() {
            if let Some(bad) =
                list.iter().find(|value| **value != value.to_ascii_lowercase() || value.trim() != value.as_str())
            {
                let reason = format!("\"{bad}\" must be lower case without spaces around it");
                return Err(files.entry_error(FILE, "missing", key, reason));
            }
        }
        let mut dates = BTreeSet::new();
        for text in &raw.unusable.dates {
            let packed = text.replace('-', "").parse().ok().and_then(CivilDate::from_packed);
            let date = packed.ok_or_else(|| {
                files.entry_error(FILE, "unusable", "dates", format!("\"{text}\" is not a date yyyy-mm-dd"))
            })?;
            dates.insert(date.packed());
        }
        let shapes = PlaceholderFamily::ALL.map(|family| Shapes::from_values(missing.of(family).values())).into();
        let shapes_of_pairs = Shapes::from_values(raw.pairs.names.iter());
        let unusable = &raw.unusable;
        let lists = [
            &unusable.email_users,
            &unusable.email_domains,
            &unusable.email_endings,
            &unusable.phone_digits,
            &unusable.phone_endings,
        ];
        let shapes_of_unusable = Shapes::from_values(lists.into_iter().flatten());
        for pair in &raw.pairs.names {
            if *pair != pair.to_ascii_lowercase() || !pair.contains(' ') {
                let reason = format!("\"{pair}\" must be a first and a last name in lower case");
                return Err(files.entry_error(FILE, "pairs", "names", reason));
            }
        }
        let toll_free = toll_free_codes(files, &raw)?;
        let unusable_areas = unusable_areas(files, &raw)?;
        let (missing, unusable, pairs) = (raw.missing, raw.unusable, raw.pairs.names);
        Ok(Self {
            missing,
            dates,
            unusable,
            toll_free,
            unusable_areas,
            pairs,
            shapes,
            shapes_of_pairs,
            shapes_of_unusable,
        })
    }

    /// Whether a trimmed value stands for "no value" in a field of the family, or holds no letter and no digit. A name
    /// has to hold a letter.
    pub fn is_missing(&self, family: PlaceholderFamily, value: &str) -> bool {
        if !family.is_name() {
            return !value.chars().any(char::is_alphanumeric) || self.is_placeholder(family, value);
        }
        if !value.chars().any(char::is_alphabetic) || self.is_placeholder(family, value) || self.is_made_up(value) {
            return true;
        }
        // `Test 1`
        let name = value.trim_end_matches(|letter: char| letter.is_ascii_digit());
        name.len() < value.len() && self.is_placeholder(family, name.trim_end())
    }

    /// Whether a name begins as those of test records do.
    fn is_made_up(&self, name: &str) -> bool {
        self.missing
            .name_beginnings
            .iter()
            .any(|beginning| name.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning)))
    }

    /// Whether a trimmed value is one of the placeholders of a field of the family.
    pub fn is_placeholder(&self, family: PlaceholderFamily, value: &str) -> bool {
        if !self.shapes.get(family as usize).is_some_and(|shapes| shapes.may_hold(value)) {
            return false;
        }
        let is_one_case = !(value.bytes().any(|byte| byte.is_ascii_uppercase())
            && value.bytes().any(|byte| byte.is_ascii_lowercase()));
        let value = value.to_ascii_lowercase();
        let lists = self.missing.of(family);
        lists.plain.into_iter().flatten().any(|list| list.contains(&value))
            || (is_one_case && lists.in_one_case.is_some_and(|list| list.contains(&value)))
    }

    /// Whether a first and a last name together stand for nobody.
    pub fn is_nobody(&self, first: &str, last: &str) -> bool {
        let length = first.len() + 1 + last.len();
        if first.is_empty() || last.is_empty() || !self.shapes_of_pairs.may_hold_joined(first, last, length) {
            return false;
        }
        let is_same = |known: Option<&str>, name: &str| known.is_some_and(|known| known.eq_ignore_ascii_case(name));
        self.pairs.iter().any(|pair| {
            pair.len() == length
                && is_same(pair.get(..first.len()), first)
                && pair.get(first.len()..=first.len()) == Some(" ")
                && is_same(pair.get(first.len() + 1..), last)
        })
    }

    /// Whether nobody was born or died on the date: systems enter it where they know none.
    pub fn is_unusable_date(&self, date: CivilDate) -> bool {
        self.dates.contains(&date.packed())
    }

    /// Whether ten digits are a filler, or their area code is one that no subscriber has.
    pub fn is_unusable_phone(&self, digits: &str) -> bool {
        let area: Option<u16> = digits.get(..3).and_then(|area| area.parse().ok());
        area.is_some_and(|area| self.unusable_areas.iter().any(|(first, last)| (*first..=*last).contains(&area)))
            || self.is_listed(&self.unusable.phone_digits, digits)
            || digits.get(3..).is_some_and(|ending| self.is_listed(&self.unusable.phone_endings, ending))
    }

    /// Whether an e-mail address in lower case is a filler.
    pub fn is_unusable_email(&self, address: &str) -> bool {
        address.split_once('@').is_some_and(|(user, domain)| {
            self.is_listed(&self.unusable.email_users, user)
                || self.is_listed(&self.unusable.email_domains, domain)
                || domain
                    .rsplit_once('.')
                    .is_some_and(|(_, ending)| self.is_listed(&self.unusable.email_endings, ending))
        })
    }

    /// Whether a value is in one of the lists of unusable ones.
    fn is_listed(&self, list: &BTreeSet<String>, value: &str) -> bool {
        self.shapes_of_unusable.may_hold(value) && list.contains(value)
    }

    /// Whether ten digits, as a number, reach a business at no cost: such a phone is no person's.
    pub fn is_toll_free(&self, number: u64) -> bool {
        self.toll_free.contains(&(number / 10_000_000))
    }
}

/// Area codes that are free to call.
fn toll_free_codes(files: &RuleFiles, raw: &RawPlaceholders) -> Result<BTreeSet<u64>, RulesError> {
    let mut toll_free = BTreeSet::new();
    for code in &raw.doubtful.toll_free_area_codes {
        let number = code.parse().ok().filter(|_| code.len() == 3).ok_or_else(|| {
            files.entry_error(FILE, "doubtful", "toll_free_area_codes", format!("\"{code}\" must have three digits"))
        })?;
        toll_free.insert(number);
    }
    Ok(toll_free)
}

/// Ranges of area codes that no subscriber has.
fn unusable_areas(files: &RuleFiles, raw: &RawPlaceholders) -> Result<Vec<(u16, u16)>, RulesError> {
    let mut unusable_areas = Vec::new();
    for codes in &raw.unusable.phone_area_codes {
        let (first, last) = codes.split_once('-').unwrap_or((codes, codes));
        let code = |text: &str| text.parse().ok().filter(|_| text.len() == 3);
        let range = code(first).zip(code(last)).filter(|(first, last): &(u16, u16)| first <= last);
        unusable_areas.push(range.ok_or_else(|| {
            let reason = format!("\"{codes}\" is not an area code or a rising range such as 290-299");
            files.entry_error(FILE, "unusable", "phone_area_codes", reason)
        })?);
    }
    Ok(unusable_areas)
}

impl PlaceholderFamily {
    /// Every family, in order.
    const ALL: [Self; 11] = [
        Self::Name,
        Self::FirstName,
        Self::LastName,
        Self::MiddleName,
        Self::Date,
        Self::Address,
        Self::PostalCode,
        Self::Phone,
        Self::Email,
        Self::ExternalId,
        Self::Other,
    ];

    /// Whether its fields hold names.
    fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::FirstName | Self::LastName | Self::MiddleName)
    }
}

/// The lists that a family goes by.
struct FamilyLists<'a> {
    plain: [Option<&'a BTreeSet<String>>; 3],
    /// Names that people have, and placeholders only where they are written in one case.
    in_one_case: Option<&'a BTreeSet<String>>,
}

impl<'a> FamilyLists<'a> {
    fn values(self) -> impl Iterator<Item = &'a String> {
        self.plain.into_iter().chain([self.in_one_case]).flatten().flatten()
    }
}

impl RawMissing {
    fn of(&self, family: PlaceholderFamily) -> FamilyLists<'_> {
        let cased = &self.cased_last_names;
        let (plain, in_one_case) = match family {
            PlaceholderFamily::Name => ([Some(&self.names), None, None], Some(cased)),
            PlaceholderFamily::FirstName => ([Some(&self.names), Some(&self.first_names), Some(cased)], None),
            PlaceholderFamily::LastName => ([Some(&self.names), Some(&self.last_names), None], Some(cased)),
            PlaceholderFamily::MiddleName => ([Some(&self.names), Some(&self.middle_names), Some(cased)], None),
            PlaceholderFamily::Date => ([Some(&self.any), Some(&self.dates), None], None),
            PlaceholderFamily::Address => ([Some(&self.any), Some(&self.addresses), None], None),
            PlaceholderFamily::PostalCode => ([Some(&self.any), Some(&self.postal_codes), None], None),
            PlaceholderFamily::Phone => ([Some(&self.any), Some(&self.phones), None], None),
            PlaceholderFamily::Email => ([Some(&self.any), Some(&self.emails), None], None),
            PlaceholderFamily::ExternalId => ([Some(&self.any), Some(&self.external_ids), None], None),
            PlaceholderFamily::Other => ([Some(&self.any), None, None], None),
        };
        FamilyLists { plain, in_one_case }
    }

    fn lists(&self) -> [(&'static str, &BTreeSet<String>); 13] {
        [
            ("any", &self.any),
            ("names", &self.names),
            ("first_names", &self.first_names),
            ("last_names", &self.last_names),
            ("cased_last_names", &self.cased_last_names),
            ("name_beginnings", &self.name_beginnings),
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
