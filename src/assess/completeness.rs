//! The completeness score: 0 to 100, by the weights in `rules/fields.toml`. A value that is not valid counts as missing.

use crate::domain::{Field, Patient};
use crate::rules::CompletenessRules;
use crate::rules::Rules;
use crate::rules::fields::Counts;

/// Whether the patient has a valid value for the field.
pub fn is_valid(field: Field, patient: &Patient) -> bool {
    let name = |part: &crate::domain::Text| !part.as_text().is_empty();
    let address = &patient.address;
    let names = &patient.additional_names;
    let addresses = &patient.additional_addresses;
    match field {
        Field::SubjectId => patient.subject_id.is_some(),
        Field::ExternalId | Field::ExternalSystem => !patient.external_ids.is_empty(),
        Field::FirstName => name(&patient.name.first),
        Field::MiddleName => name(&patient.name.middle),
        Field::LastName => name(&patient.name.last),
        Field::Suffix => name(&patient.name.suffix),
        Field::BirthDate => patient.birth_date.is_some(),
        Field::DeathDate => patient.death_date.is_some(),
        Field::Sex => patient.sex.is_some(),
        Field::AddressLine1 => name(&address.line1),
        Field::AddressLine2 => name(&address.line2),
        Field::City => name(&address.city),
        Field::State => address.state.is_some(),
        Field::PostalCode => address.postal_code.is_some(),
        Field::Phone => patient.phone.is_some(),
        Field::Email => patient.email.is_some(),
        Field::AdditionalFirstName => names.iter().any(|further| name(&further.first)),
        Field::AdditionalMiddleName => names.iter().any(|further| name(&further.middle)),
        Field::AdditionalLastName => names.iter().any(|further| name(&further.last)),
        Field::AdditionalAddressLine1 => addresses.iter().any(|prior| name(&prior.line1)),
        Field::AdditionalAddressLine2 => addresses.iter().any(|prior| name(&prior.line2)),
        Field::AdditionalCity => addresses.iter().any(|prior| name(&prior.city)),
        Field::AdditionalState => addresses.iter().any(|prior| prior.state.is_some()),
        Field::AdditionalPostalCode => addresses.iter().any(|prior| prior.postal_code.is_some()),
        Field::Label => !patient.labels.is_empty(),
    }
}

/// The score of a patient.
pub(super) fn score(patient: &Patient, rules: &CompletenessRules) -> u8 {
    Points::of(patient, rules).score()
}

/// For each field that is expected and missing: the score if it were supplied.
pub fn scores_if_supplied(patient: &Patient, rules: &Rules) -> Vec<(Field, u8)> {
    let points = Points::of(patient, &rules.completeness);
    let missing = Field::ALL
        .iter()
        .filter(|field| rules.completeness.rule(**field).counts == Counts::Always && !is_valid(**field, patient));
    missing
        .map(|field| {
            let weight = u32::from(rules.completeness.rule(*field).weight);
            (*field, Points { present: points.present + weight, ..points }.score())
        })
        .collect()
}

#[derive(Clone, Copy)]
struct Points {
    present: u32,
    possible: u32,
    bonus: u32,
}

impl Points {
    fn of(patient: &Patient, rules: &CompletenessRules) -> Self {
        let mut points = Self { present: 0, possible: 0, bonus: 0 };
        for field in Field::ALL {
            let rule = rules.rule(*field);
            let weight = u32::from(rule.weight);
            match (rule.counts, weight > 0 && is_valid(*field, patient)) {
                (Counts::Always | Counts::WhenPresent, true) => {
                    points.present += weight;
                    points.possible += weight;
                }
                (Counts::Always, false) => points.possible += weight,
                (Counts::Bonus, true) => points.bonus += weight,
                (Counts::WhenPresent | Counts::Bonus, false) | (Counts::Never, _) => {}
            }
        }
        points
    }

    fn score(self) -> u8 {
        let share = (self.present * 100 + self.possible / 2) / self.possible.max(1);
        u8::try_from((share + self.bonus).min(100)).unwrap_or(100)
    }
}
