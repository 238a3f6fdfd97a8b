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

/// What one column holds: a field, or several fields in one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnContent {
    /// One field.
    Field(FieldSlot),
    /// Several fields; the group is that of the fields that come out of it.
    Combined(CombinedField, u8),
}

impl ColumnContent {
    /// The name used in mapping files and reports, without the group.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Field(slot) => slot.field.name(),
            Self::Combined(combined, _) => combined.name(),
        }
    }

    /// Which of several columns of its kind it is, from 0.
    pub const fn group(self) -> u8 {
        match self {
            Self::Field(slot) => slot.group,
            Self::Combined(_, group) => group,
        }
    }
}

/// What a header, or a mapping file, can say about a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnMeaning {
    /// One field.
    Field(Field),
    /// Several fields in one cell.
    Combined(CombinedField),
}

impl FromStr for ColumnMeaning {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let combined = CombinedField::ALL.into_iter().find(|combined| combined.name() == text);
        combined.map_or_else(|| text.parse().map(Self::Field), |combined| Ok(Self::Combined(combined)))
    }
}

impl fmt::Display for ColumnMeaning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Field(field) => field.name(),
            Self::Combined(combined) => combined.name(),
        })
    }
}

/// Several fields in one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CombinedField {
    /// A person's whole name: `Ng, Ann Marie Jr`, `Ann M. Ng`.
    FullName,
    /// An address on one line: `12 Oak St Apt 4, Springfield, IL 62704`.
    FullAddress,
    /// The last line of an address: `Springfield, IL 62704`.
    CityStateZip,
    /// A third or further line of an address: it is the second line where there is none.
    FurtherAddressLine,
    /// A further name of the person, whole.
    AdditionalFullName,
    /// A prior address on one line.
    AdditionalFullAddress,
    /// The last line of a prior address.
    AdditionalCityStateZip,
}

impl CombinedField {
    /// Every one, in the order in which rules list them.
    pub const ALL: [Self; 7] = [
        Self::FullName,
        Self::FullAddress,
        Self::CityStateZip,
        Self::FurtherAddressLine,
        Self::AdditionalFullName,
        Self::AdditionalFullAddress,
        Self::AdditionalCityStateZip,
    ];

    /// The name used in rule files, mapping files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FullName => "full_name",
            Self::FullAddress => "full_address",
            Self::CityStateZip => "city_state_zip",
            Self::FurtherAddressLine => "further_address_line",
            Self::AdditionalFullName => "additional_full_name",
            Self::AdditionalFullAddress => "additional_full_address",
            Self::AdditionalCityStateZip => "additional_city_state_zip",
        }
    }

    /// The fields that its cells can be split into.
    pub const fn parts(self) -> &'static [Field] {
        match self {
            Self::FullName => &[Field::FirstName, Field::MiddleName, Field::LastName, Field::Suffix],
            Self::FullAddress => {
                &[Field::AddressLine1, Field::AddressLine2, Field::City, Field::State, Field::PostalCode]
            }
            Self::CityStateZip => &[Field::City, Field::State, Field::PostalCode],
            Self::FurtherAddressLine => &[Field::AddressLine2],
            Self::AdditionalFullName => {
                &[Field::AdditionalFirstName, Field::AdditionalMiddleName, Field::AdditionalLastName]
            }
            Self::AdditionalFullAddress => &[
                Field::AdditionalAddressLine1,
                Field::AdditionalAddressLine2,
                Field::AdditionalCity,
                Field::AdditionalState,
                Field::AdditionalPostalCode,
            ],
            Self::AdditionalCityStateZip => {
                &[Field::AdditionalCity, Field::AdditionalState, Field::AdditionalPostalCode]
            }
        }
    }
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

/// Fields between which normalising moves parts of a value: a suffix out of the last name, a unit to the second line.
pub const FIELD_FAMILIES: [&[Field]; 3] = [
    &[
        Field::FirstName,
        Field::MiddleName,
        Field::LastName,
        Field::Suffix,
        Field::AdditionalFirstName,
        Field::AdditionalMiddleName,
        Field::AdditionalLastName,
    ],
    &[Field::AddressLine1, Field::AddressLine2, Field::City, Field::State, Field::PostalCode],
    &[
        Field::AdditionalAddressLine1,
        Field::AdditionalAddressLine2,
        Field::AdditionalCity,
        Field::AdditionalState,
        Field::AdditionalPostalCode,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_own_name() {
        for field in Field::ALL {
            assert_eq!(field.name().parse(), Ok(*field));
        }
        assert!("surname".parse::<Field>().is_err());
        for combined in CombinedField::ALL {
            assert_eq!(combined.name().parse(), Ok(ColumnMeaning::Combined(combined)));
            assert!(combined.name().parse::<Field>().is_err());
        }
    }
}
