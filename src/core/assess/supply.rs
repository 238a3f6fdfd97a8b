//! What a site could supply for a row without it. Scoring the row again shows what would change.

use crate::domain::{Field, Presence};

/// Something that rows lack and the site may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Supply {
    /// A valid value of one field.
    Field(Field),
    /// All missing parts of an address, if there is more than one.
    Address,
}

/// The parts without which an address is incomplete.
const ADDRESS: [Field; 4] = [Field::AddressLine1, Field::City, Field::State, Field::PostalCode];

impl Supply {
    /// Everything a site can be asked for. Additional names and addresses, suffixes and units are left out: a row
    /// without them does not show whether they exist.
    pub const ALL: [Self; 15] = [
        Self::Field(Field::FirstName),
        Self::Field(Field::LastName),
        Self::Field(Field::BirthDate),
        Self::Field(Field::Sex),
        Self::Address,
        Self::Field(Field::AddressLine1),
        Self::Field(Field::City),
        Self::Field(Field::State),
        Self::Field(Field::PostalCode),
        Self::Field(Field::Phone),
        Self::Field(Field::Email),
        Self::Field(Field::ExternalId),
        Self::Field(Field::ExternalSystem),
        Self::Field(Field::MiddleName),
        Self::Field(Field::DeathDate),
    ];

    /// The name in `report.json`: that of the field, or `address`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Field(field) => field.name(),
            Self::Address => "address",
        }
    }

    /// What people call it, with an article.
    pub fn words(self) -> &'static str {
        match self {
            Self::Address => "the whole address",
            Self::Field(Field::FirstName) => "the first name",
            Self::Field(Field::LastName) => "the last name",
            Self::Field(Field::BirthDate) => "the birth date",
            Self::Field(Field::Sex) => "the sex",
            Self::Field(Field::AddressLine1) => "the street line",
            Self::Field(Field::City) => "the city",
            Self::Field(Field::State) => "the state",
            Self::Field(Field::PostalCode) => "the ZIP",
            Self::Field(Field::Phone) => "the phone",
            Self::Field(Field::Email) => "the e-mail address",
            Self::Field(Field::ExternalId) => "an identifier with its system",
            Self::Field(Field::ExternalSystem) => "the system of the identifier (`--system`)",
            Self::Field(Field::MiddleName) => "the full middle name",
            Self::Field(Field::DeathDate) => "the date of death",
            Self::Field(field) => field.name(),
        }
    }

    /// The row with it supplied; `None` for a row that has it already, or that cannot have it.
    pub fn applied(self, presence: Presence) -> Option<Presence> {
        let supplied = match self {
            Self::Address => {
                let lacking = ADDRESS.iter().filter(|part| !presence.has(**part)).count();
                if lacking < 2 {
                    return None;
                }
                presence.with_all(Presence::from_fields(ADDRESS))
            }
            Self::Field(Field::MiddleName) => presence.with_all(Presence::full_middle_name()),
            Self::Field(Field::DeathDate) if !presence.is_deceased() => return None,
            Self::Field(Field::ExternalId) if presence.has(Field::ExternalId) => return None,
            Self::Field(Field::ExternalId) => presence.with(Field::ExternalId).with(Field::ExternalSystem),
            Self::Field(Field::ExternalSystem) if !presence.has(Field::ExternalId) => return None,
            Self::Field(field) => presence.with(field),
        };
        (supplied != presence).then_some(supplied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_row_lacks_and_can_have_is_supplied() {
        let bare = Presence::from_fields([Field::FirstName, Field::LastName]);
        let of = |field, presence| Supply::Field(field).applied(presence);
        assert_eq!(of(Field::FirstName, bare), None);
        assert_eq!(of(Field::Phone, bare), Some(bare.with(Field::Phone)));
        assert_eq!(of(Field::DeathDate, bare), None, "the living have none");
        assert_eq!(of(Field::DeathDate, bare.deceased()), Some(bare.deceased().with(Field::DeathDate)));
        assert_eq!(of(Field::ExternalSystem, bare), None, "there is no identifier to name the system of");
        let initial = bare.with(Field::MiddleName);
        assert_eq!(of(Field::MiddleName, initial), Some(initial.with_all(Presence::full_middle_name())));
        let all_but_line = bare.with(Field::City).with(Field::State).with(Field::PostalCode);
        assert_eq!(Supply::Address.applied(all_but_line), None, "one part is asked for by its name");
    }
}
