//! Values that too many people of one file share to say who somebody is.

use super::{Field, FindingCode, Presence};

/// A value of a row that is shared by too many people. It is sent as it stands; it is no evidence and does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shared {
    /// The telephone number.
    Phone,
    /// The e-mail address.
    Email,
    /// The street lines of the home address.
    Address,
    /// The date of birth.
    BirthDate,
}

impl Shared {
    /// The field that reports name.
    pub const fn field(self) -> Field {
        match self {
            Self::Phone => Field::Phone,
            Self::Email => Field::Email,
            Self::Address => Field::AddressLine1,
            Self::BirthDate => Field::BirthDate,
        }
    }

    /// The finding on its rows.
    pub const fn code(self) -> FindingCode {
        match self {
            Self::Phone => FindingCode::PhoneShared,
            Self::Email => FindingCode::EmailShared,
            Self::Address => FindingCode::AddressShared,
            Self::BirthDate => FindingCode::BirthDateShared,
        }
    }

    /// The fields that do not count because of it.
    pub fn discounted(self) -> Presence {
        match self {
            Self::Address => Presence::from_fields([Field::AddressLine1, Field::AddressLine2]),
            Self::Phone | Self::Email | Self::BirthDate => Presence::default().with(self.field()),
        }
    }

    /// Its bit among the flags of a packed row.
    pub(super) const fn flag(self) -> u8 {
        match self {
            Self::Phone => 16,
            Self::Email => 32,
            Self::Address => 64,
            Self::BirthDate => 128,
        }
    }
}
