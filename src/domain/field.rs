//! The fields that a roster column can carry. The closed list that mapping, normalising and reports share.

use std::fmt;
use std::str::FromStr;

/// A column whose content is one field, and which of several such columns it is (`MRN 1`, `MRN 2`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldSlot {
    /// The field.
    pub field: Field,
    /// 0 for the first or only column of the field. Columns of one address or one name share the group.
    pub group: u8,
}

macro_rules! fields {
    ($($(#[doc = $doc:literal])+ $variant:ident => $name:literal,)+) => {
        /// A field of a patient. The names are the ones in `rules/headers.toml`, `--map` files and reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Field { $($(#[doc = $doc])+ $variant,)+ }

        impl Field {
            /// Every field, in the order in which reports list them.
            pub const ALL: &'static [Field] = &[$(Field::$variant,)+];

            /// The name used in rule files, mapping files and reports.
            pub const fn name(self) -> &'static str {
                match self { $(Field::$variant => $name,)+ }
            }
        }

        impl FromStr for Field {
            type Err = UnknownField;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($name => Ok(Field::$variant),)+ _ => Err(UnknownField(text.to_owned())) }
            }
        }
    };
}

fields! {
    /// The caller's own UUID for the subject.
    SubjectId => "subject_id",
    /// An identifier such as an MRN.
    ExternalId => "external_id",
    /// Who assigned the external identifier.
    ExternalSystem => "external_system",
    /// Given name.
    FirstName => "first_name",
    /// Middle name or initial.
    MiddleName => "middle_name",
    /// Family name.
    LastName => "last_name",
    /// Generational suffix.
    Suffix => "suffix",
    /// Date of birth.
    BirthDate => "birth_date",
    /// Date of death.
    DeathDate => "death_date",
    /// Sex assigned at birth.
    Sex => "sex",
    /// Street line.
    AddressLine1 => "address_line1",
    /// Unit or suite.
    AddressLine2 => "address_line2",
    /// City.
    City => "city",
    /// State or territory.
    State => "state",
    /// ZIP or ZIP+4.
    PostalCode => "postal_code",
    /// Telephone number.
    Phone => "phone",
    /// E-mail address.
    Email => "email",
    /// Given name of a further name, such as a nickname or alias.
    AdditionalFirstName => "additional_first_name",
    /// Middle name of a further name.
    AdditionalMiddleName => "additional_middle_name",
    /// Family name of a further name, such as a maiden name.
    AdditionalLastName => "additional_last_name",
    /// Street line of a prior address.
    AdditionalAddressLine1 => "additional_address_line1",
    /// Unit of a prior address.
    AdditionalAddressLine2 => "additional_address_line2",
    /// City of a prior address.
    AdditionalCity => "additional_city",
    /// State of a prior address.
    AdditionalState => "additional_state",
    /// ZIP of a prior address.
    AdditionalPostalCode => "additional_postal_code",
    /// A label to put on the subject.
    Label => "label",
}

/// A field name that does not exist.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no field named \"{0}\"")]
pub struct UnknownField(pub String);

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_own_name() {
        for field in Field::ALL {
            assert_eq!(field.name().parse(), Ok(*field));
        }
        assert!("surname".parse::<Field>().is_err());
    }
}
