//! One row as domain types: what normalising makes of it, and what assessing adds.

use uuid::Uuid;

use super::phi::Text;
use super::{
    AdditionalName, Address, CivilDate, Email, ExternalId, Finding, PersonName, Phone, Presence, Severity, Sex,
    SexLetter,
};

/// A patient as one row describes it. Every value present is valid; what was not is a finding instead. The order means
/// nothing but that it depends on the values alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Patient {
    /// The roster's own UUID for the subject.
    pub subject_id: Option<Uuid>,
    /// The name.
    pub name: PersonName,
    /// Further names.
    pub additional_names: Vec<AdditionalName>,
    /// Date of birth.
    pub birth_date: Option<CivilDate>,
    /// Date of death.
    pub death_date: Option<CivilDate>,
    /// Sex assigned at birth.
    pub sex: Option<Sex>,
    /// Home address; empty when absent.
    pub address: Address,
    /// Prior addresses, none of them empty.
    pub additional_addresses: Vec<Address>,
    /// Telephone number.
    pub phone: Option<Phone>,
    /// E-mail address.
    pub email: Option<Email>,
    /// Identifiers in other systems.
    pub external_ids: Vec<ExternalId>,
    /// Labels to put on the subject.
    pub labels: Vec<Text>,
    /// Values that distinguish people and cannot be sent.
    pub unsendable: Unsendable,
}

/// Values that the vendor has no room for or would refuse, kept because two rows that agree in them are more likely one
/// person. They are compared and never leave the building.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsendable {
    /// Year, month and day as digits of a date of birth that cannot be right as it stands; 0 for none.
    pub birth_digits: u32,
    /// A postal code that is no ZIP: a foreign one, or one that lost digits.
    pub postal_code: Text,
    /// The digits of a telephone number of another country, its country code first; 0 for none.
    pub phone: u64,
}

/// A patient with what was found in the row and how complete it is.
#[derive(Clone, Debug, Default)]
pub struct AssessedPatient {
    /// The row number within its table.
    pub row: u32,
    /// The patient; meaningless parts are empty when the row is rejected.
    pub patient: Patient,
    /// Findings, in field order.
    pub findings: Vec<Finding>,
    /// Which fields hold a value that counts.
    pub presence: Presence,
    /// 0 to 100, see `rules/completeness.toml`.
    pub completeness: u8,
    /// The birth date was read month first where day first was as possible.
    pub birth_date_ambiguous: bool,
    /// The same for the death date.
    pub death_date_ambiguous: bool,
    /// The cell of the sex holds a letter that its column may settle; an M is read as male until then.
    pub sex_letter: Option<SexLetter>,
}

impl AssessedPatient {
    /// The gravest severity among the findings.
    pub fn gravest(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity()).max()
    }
}
