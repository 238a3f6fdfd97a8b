//! Two rows on the scales of Fellegi and Sunter: a match weight per field, vetoes first, households as what they are.

use strsim::{jaro_winkler, osa_distance};

use crate::domain::{CivilDate, Field, Patient, PostalCode, fold};
use crate::rules::matching::{Level, MatchingRules};
use crate::rules::nicknames::Nicknames;

use super::evidence::{ComparisonLevel, FieldEvidence};
use super::profile::Profiles;

/// Hundredths of a bit, the unit in which weights are kept: sums are exact, at any thread count.
const CENTIBITS: f64 = 100.0;

/// A level and its match weight in bits.
type Scored = (ComparisonLevel, f64);

/// The parts of a row in the form in which they are compared.
pub(super) struct Comparable<'a> {
    row: u32,
    patient: &'a Patient,
    first: String,
    last: String,
    street: String,
}

impl<'a> Comparable<'a> {
    pub(super) fn new(row: u32, patient: &'a Patient) -> Self {
        Self {
            row,
            patient,
            first: fold(patient.name.first.as_text()),
            last: fold(patient.name.last.as_text()),
            street: fold(patient.address.line1.as_text()),
        }
    }
}

/// A pair that was weighed.
#[derive(Clone, Debug)]
pub(super) struct Weighed {
    pub(super) fields: Vec<FieldEvidence>,
    /// What is taken off because a household shares several fields, in hundredths of a bit; never positive.
    pub(super) household: i32,
    /// Whether the two are different people, whatever the weight.
    pub(super) vetoed: bool,
    /// Whether the weight alone may not merge them.
    pub(super) doubtful: bool,
}

impl Weighed {
    /// The match weight in hundredths of a bit, without the prior.
    pub(super) fn total(&self) -> i32 {
        self.fields.iter().map(|field| field.weight).sum::<i32>() + self.household
    }
}

/// The model applied to the rosters of one run.
pub(super) struct Scales<'a> {
    rules: &'a MatchingRules,
    nicknames: &'a Nicknames,
    profiles: &'a Profiles,
}

impl<'a> Scales<'a> {
    pub(super) const fn new(rules: &'a MatchingRules, nicknames: &'a Nicknames, profiles: &'a Profiles) -> Self {
        Self { rules, nicknames, profiles }
    }

    /// Weighs two rows.
    pub(super) fn weigh(&self, left: &Comparable<'_>, right: &Comparable<'_>) -> Weighed {
        let exchanged = self.exchanged_names(left, right);
        let swapped = exchanged.is_some();
        let (first, last) = exchanged.unwrap_or_else(|| (self.first_name(left, right), self.last_name(left, right)));
        let birth = self.birth_date(left.patient.birth_date, right.patient.birth_date);
        let address = self.address(left, right);
        let phone = self.phone(left.patient, right.patient);
        let (email_left, email_right) = (left.patient.email.as_ref(), right.patient.email.as_ref());
        let email = equal(email_left, email_right, self.rules.email.same, self.rules.email.different);
        let sex = equal(left.patient.sex, right.patient.sex, self.rules.sex.same, self.rules.sex.different);
        let suffix = suffix_level(left.patient, right.patient);
        let scored = [
            (Field::FirstName, first),
            (Field::MiddleName, self.middle_name(left.patient, right.patient)),
            (Field::LastName, last),
            (Field::Suffix, (suffix, 0.0)),
            (Field::BirthDate, birth),
            (Field::Sex, sex),
            (Field::AddressLine1, address),
            (Field::Phone, phone),
            (Field::Email, email),
            (Field::ExternalId, self.external_id(left.patient, right.patient)),
        ];
        let fields: Vec<FieldEvidence> = scored
            .into_iter()
            .map(|(field, (level, weight))| FieldEvidence { field, level, weight: centibits(weight) })
            .collect();
        let tells_apart = |level: ComparisonLevel| matches!(level, ComparisonLevel::Same | ComparisonLevel::Similar);
        let individual = tells_apart(first.0) || tells_apart(birth.0);
        let shared = [last.1, address.1, phone.1, email.1];
        let household = if individual { 0 } else { centibits(self.household(shared)) };
        let parent_and_child = self.parent_and_child(left.patient, right.patient, birth.0);
        let twins = !swapped && !self.may_be_one_name(left, right) && tells_apart(birth.0) && tells_apart(last.0);
        let nobody = first.0 == ComparisonLevel::Different
            && (matches!(birth.0, ComparisonLevel::Similar | ComparisonLevel::Different)
                || sex.0 == ComparisonLevel::Different);
        let vetoed = suffix == ComparisonLevel::Different
            || twins
            || nobody
            || parent_and_child
            || died_before_birth(left.patient, right.patient);
        let doubtful = (self.is_unnamed(&left.first) != self.is_unnamed(&right.first))
            || birth.0 == ComparisonLevel::Different
            || sex.0 == ComparisonLevel::Different
            || (birth.0 == ComparisonLevel::Missing && one_has_a_suffix(left.patient, right.patient));
        Weighed { fields, household, vetoed, doubtful }
    }

    /// What is taken off the weights of fields that a household shares: all but the strongest count in part.
    fn household(&self, shared: [f64; 4]) -> f64 {
        let agreeing = shared.iter().copied().filter(|weight| *weight > 0.0);
        let (sum, strongest) =
            agreeing.fold((0.0, 0.0_f64), |(sum, strongest), weight| (sum + weight, strongest.max(weight)));
        -(sum - strongest) * (1.0 - self.rules.household.further_share)
    }

    /// The levels of both names when the two rows have them in each other's column, spelt alike; `None` when they do not,
    /// and when one of the names agrees as it stands.
    fn exchanged_names(&self, left: &Comparable<'_>, right: &Comparable<'_>) -> Option<(Scored, Scored)> {
        if left.first.is_empty() || right.first.is_empty() || left.first == right.first || left.last == right.last {
            return None;
        }
        let (first, last) = (&self.rules.first_name, &self.rules.last_name);
        let one = self.spelling(&left.first, &right.last, [first.close, first.near, first.different]);
        let other = self.spelling(&left.last, &right.first, [last.close, last.near, last.different]);
        (one.0 == ComparisonLevel::Similar && other.0 == ComparisonLevel::Similar).then_some((one, other))
    }

    /// Whether two first names could be one name, written twice: an initial, one typing error, two in a long name that
    /// begins alike, or forms of one name. Twins are often given names that belong together, Anna and Hannah: forms of one
    /// name do not count where one system gives the two different ids.
    fn may_be_one_name(&self, left: &Comparable<'_>, right: &Comparable<'_>) -> bool {
        let (a, b) = (left.first.as_str(), right.first.as_str());
        let (shorter, edits) = (a.chars().count().min(b.chars().count()), osa_distance(a, b));
        let long_and_alike = edits == 2 && shorter >= 6 && a.chars().next() == b.chars().next();
        a.is_empty()
            || b.is_empty()
            || edits <= 1
            || long_and_alike
            || is_initial(a, b)
            || self.is_unnamed(a)
            || self.is_unnamed(b)
            || goes_by_middle_name(left, right)
            || (self.nicknames.are_forms_of_one(a, b) && !ids_differ(left.patient, right.patient))
    }

    /// One name, birth dates a generation apart.
    fn parent_and_child(&self, left: &Patient, right: &Patient, birth: ComparisonLevel) -> bool {
        let years = match (left.birth_date, right.birth_date) {
            (Some(left), Some(right)) => left.year().abs_diff(right.year()),
            (None, _) | (_, None) => 0,
        };
        birth == ComparisonLevel::Different && years >= self.rules.generations.years
    }

    fn first_name(&self, left: &Comparable<'_>, right: &Comparable<'_>) -> Scored {
        let levels = &self.rules.first_name;
        let (a, b) = (left.first.as_str(), right.first.as_str());
        if a.is_empty() || b.is_empty() {
            return (ComparisonLevel::Missing, 0.0);
        }
        if a == b {
            let count = self.profiles.first_name_count(left.row);
            let weight = Level { m: levels.same_m, u: self.frequency(count, self.rules.term_frequency.first_name) };
            return (ComparisonLevel::Same, weight.weight());
        }
        if self.is_unnamed(a) || self.is_unnamed(b) {
            return (ComparisonLevel::Missing, 0.0);
        }
        if self.nicknames.are_forms_of_one(a, b) {
            return (ComparisonLevel::Similar, levels.nickname.weight());
        }
        if is_initial(a, b) {
            return (ComparisonLevel::Similar, levels.initial.weight());
        }
        let spelling = self.spelling(a, b, [levels.close, levels.near, levels.different]);
        if spelling.0 == ComparisonLevel::Different && goes_by_middle_name(left, right) {
            return (ComparisonLevel::Similar, levels.middle_name.weight());
        }
        spelling
    }

    /// Whether a first name only says that a newborn has none yet.
    fn is_unnamed(&self, first: &str) -> bool {
        self.rules.newborn.first_names.contains(first)
    }

    fn last_name(&self, left: &Comparable<'_>, right: &Comparable<'_>) -> Scored {
        let levels = &self.rules.last_name;
        let (a, b) = (left.last.as_str(), right.last.as_str());
        if a.is_empty() || b.is_empty() {
            return (ComparisonLevel::Missing, 0.0);
        }
        if a == b {
            let count = self.profiles.last_name_count(left.row);
            let weight = Level { m: levels.same_m, u: self.frequency(count, self.rules.term_frequency.last_name) };
            return (ComparisonLevel::Same, weight.weight());
        }
        if carries(left.patient, b) || carries(right.patient, a) {
            return (ComparisonLevel::Similar, levels.carried.weight());
        }
        self.spelling(a, b, [levels.close, levels.near, levels.different])
    }

    /// The level of two different names by their spelling: close, near or different.
    fn spelling(&self, a: &str, b: &str, [close, near, different]: [Level; 3]) -> Scored {
        let similarity = jaro_winkler(a, b);
        let shorter = a.chars().count().min(b.chars().count());
        if similarity >= self.rules.similarity.close || (shorter >= 4 && osa_distance(a, b) <= 1) {
            (ComparisonLevel::Similar, close.weight())
        } else if similarity >= self.rules.similarity.near {
            (ComparisonLevel::Similar, near.weight())
        } else {
            (ComparisonLevel::Different, different.weight())
        }
    }

    fn birth_date(&self, left: Option<CivilDate>, right: Option<CivilDate>) -> Scored {
        let levels = &self.rules.birth_date;
        let (Some(left), Some(right)) = (left, right) else { return (ComparisonLevel::Missing, 0.0) };
        if left == right {
            return (ComparisonLevel::Same, levels.same.weight());
        }
        let exchanged = left.swapped() == Some(right);
        if exchanged || osa_distance(&left.packed().to_string(), &right.packed().to_string()) <= 1 {
            (ComparisonLevel::Similar, levels.typing_error.weight())
        } else {
            (ComparisonLevel::Different, levels.different.weight())
        }
    }

    fn middle_name(&self, left: &Patient, right: &Patient) -> Scored {
        let levels = &self.rules.middle_name;
        let (a, b) = (fold(left.name.middle.as_text()), fold(right.name.middle.as_text()));
        if a.is_empty() || b.is_empty() {
            (ComparisonLevel::Missing, 0.0)
        } else if a == b && a.chars().count() > 1 {
            (ComparisonLevel::Same, levels.same.weight())
        } else if a == b {
            (ComparisonLevel::Same, levels.initial.weight())
        } else if is_initial(&a, &b) {
            (ComparisonLevel::Similar, levels.initial.weight())
        } else {
            (ComparisonLevel::Different, levels.different.weight())
        }
    }

    fn address(&self, left: &Comparable<'_>, right: &Comparable<'_>) -> Scored {
        let levels = &self.rules.address;
        let (a, b) = (&left.patient.address, &right.patient.address);
        let zips = (a.postal_code.map(PostalCode::zip5), b.postal_code.map(PostalCode::zip5));
        let same_zip = zips.0.is_some() && zips.0 == zips.1;
        let other_zip = zips.0.is_some() && zips.1.is_some() && !same_zip;
        let (city_a, city_b) = (fold(a.city.as_text()), fold(b.city.as_text()));
        let same_city = !city_a.is_empty() && city_a == city_b;
        let elsewhere = !same_city && other_zip;
        let streets = !left.street.is_empty() && !right.street.is_empty();
        if streets && !elsewhere && left.street == right.street {
            return (ComparisonLevel::Same, levels.street.weight());
        }
        if streets && !elsewhere && similar_street(&left.street, &right.street, self.rules.similarity.close) {
            return (ComparisonLevel::Similar, levels.similar_street.weight());
        }
        if same_zip {
            return (ComparisonLevel::Similar, levels.postal_code.weight());
        }
        if same_city {
            let count = self.profiles.city_count(left.row);
            let weight = Level { m: levels.city_m, u: self.frequency(count, self.rules.term_frequency.city) };
            return (ComparisonLevel::Similar, weight.weight());
        }
        if streets || other_zip || (!city_a.is_empty() && !city_b.is_empty()) {
            (ComparisonLevel::Different, levels.different.weight())
        } else {
            (ComparisonLevel::Missing, 0.0)
        }
    }

    fn phone(&self, left: &Patient, right: &Patient) -> Scored {
        let levels = &self.rules.phone;
        let (Some(left), Some(right)) = (left.phone, right.phone) else { return (ComparisonLevel::Missing, 0.0) };
        if left == right {
            (ComparisonLevel::Same, levels.same.weight())
        } else if osa_distance(&left.digits(), &right.digits()) <= 1 {
            (ComparisonLevel::Similar, levels.typing_error.weight())
        } else {
            (ComparisonLevel::Different, levels.different.weight())
        }
    }

    fn external_id(&self, left: &Patient, right: &Patient) -> Scored {
        if share_an_id(left, right) {
            // Equal ids are a blocking rule of their own, with its own decision.
            (ComparisonLevel::Same, 0.0)
        } else if ids_differ(left, right) {
            (ComparisonLevel::Different, self.rules.external_id.different.weight())
        } else {
            (ComparisonLevel::Missing, 0.0)
        }
    }

    /// The frequency of a value that two rows share: how often others have it, mixed with what is usual elsewhere.
    fn frequency(&self, count: u32, usual: f64) -> f64 {
        let rows = self.profiles.rows.len();
        let others = f64::from(count.saturating_sub(2));
        let seen = self.rules.term_frequency.seen_rows;
        #[allow(clippy::cast_precision_loss, reason = "rows are far below 2^52")]
        let all = rows as f64;
        ((others + usual * seen) / (all + seen)).clamp(1e-9, 0.5)
    }
}

fn centibits(bits: f64) -> i32 {
    #[allow(clippy::cast_possible_truncation, reason = "a weight is at most some dozen bits")]
    let rounded = (bits * CENTIBITS).round() as i32;
    rounded
}

/// The prior and the two bands in hundredths of a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thresholds {
    /// Match weight from which two rows are merged.
    pub(super) same: i32,
    /// Match weight from which they are held.
    pub(super) review: i32,
}

impl Thresholds {
    /// The thresholds for so many rows. Of `n` rows `n * repeats_per_row` pairs are of one person among `n * (n - 1) / 2`,
    /// so that the weight that a pair has to bring grows by one bit whenever the rows double.
    pub(super) fn for_rows(rules: &MatchingRules, rows: usize) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "rows are far below 2^52")]
        let others = rows.max(2) as f64 - 1.0;
        let prior = (2.0 * rules.prior.repeats_per_row / others).log2();
        let odds = |probability: f64| (probability / (1.0 - probability)).log2();
        Self { same: centibits(odds(rules.bands.same) - prior), review: centibits(odds(rules.bands.review) - prior) }
    }
}

fn equal<T: PartialEq>(left: Option<T>, right: Option<T>, same: Level, different: Level) -> Scored {
    match (left, right) {
        (Some(left), Some(right)) if left == right => (ComparisonLevel::Same, same.weight()),
        (Some(_), Some(_)) => (ComparisonLevel::Different, different.weight()),
        (None, _) | (_, None) => (ComparisonLevel::Missing, 0.0),
    }
}

/// Whether the first name of one is the middle name of the other, in full.
fn goes_by_middle_name(left: &Comparable<'_>, right: &Comparable<'_>) -> bool {
    let is_middle =
        |first: &str, of: &Comparable<'_>| first.chars().count() > 1 && fold(of.patient.name.middle.as_text()) == first;
    is_middle(&left.first, right) || is_middle(&right.first, left)
}

fn share_an_id(left: &Patient, right: &Patient) -> bool {
    left.external_ids.iter().any(|id| right.external_ids.contains(id))
}

/// Whether a system knows both and gives them different ids only.
fn ids_differ(left: &Patient, right: &Patient) -> bool {
    let in_one_system =
        left.external_ids.iter().any(|id| right.external_ids.iter().any(|other| other.system == id.system));
    in_one_system && !share_an_id(left, right)
}

fn suffix_level(left: &Patient, right: &Patient) -> ComparisonLevel {
    let (left, right) = (left.name.suffix.as_text(), right.name.suffix.as_text());
    if left.is_empty() || right.is_empty() {
        ComparisonLevel::Missing
    } else if left.eq_ignore_ascii_case(right) {
        ComparisonLevel::Same
    } else {
        ComparisonLevel::Different
    }
}

fn one_has_a_suffix(left: &Patient, right: &Patient) -> bool {
    left.name.suffix.as_text().is_empty() != right.name.suffix.as_text().is_empty()
}

fn died_before_birth(left: &Patient, right: &Patient) -> bool {
    let before = |died: Option<CivilDate>, born: Option<CivilDate>| matches!((died, born), (Some(died), Some(born)) if died < born);
    before(left.death_date, right.birth_date) || before(right.death_date, left.birth_date)
}

/// Whether one of two different names is a single letter with which the other begins.
fn is_initial(a: &str, b: &str) -> bool {
    let one_letter = a.chars().count() == 1 || b.chars().count() == 1;
    one_letter && a.chars().next() == b.chars().next()
}

/// Whether a patient has a folded last name as a part of a double name, or among the further names.
fn carries(patient: &Patient, last: &str) -> bool {
    let parts = patient.name.last.as_text().split(['-', ' ', '\u{2010}', '\u{2011}']);
    parts.map(fold).filter(|part| part.chars().count() > 2).any(|part| part == last)
        || patient.additional_names.iter().any(|name| fold(name.last.as_text()) == last)
}

/// Whether two folded street lines have one house number, or none, and nearly one name.
fn similar_street(a: &str, b: &str, close: f64) -> bool {
    let number = |street: &str| street.chars().take_while(char::is_ascii_digit).collect::<String>();
    number(a) == number(b) && jaro_winkler(a, b) >= close
}
