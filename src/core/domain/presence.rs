//! Which fields of a row hold a value that counts: what completeness and matchability are computed from.

use super::field::Field;

/// A bit for each field whose value counts, and two for what scores need besides. Two rows of one presence have the
/// same scores, so that a file of a million rows has some hundred different ones. Carries no personal data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Presence(u32);

/// The middle name is more than an initial.
const FULL_MIDDLE_NAME: u32 = 1 << 30;
/// The person is known to have died.
const DECEASED: u32 = 1 << 31;

const _: () = assert!(Field::ALL.len() <= 30, "a field more than there are bits");

impl Presence {
    /// The bits, for the ledger and for packed rows.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// From [`Presence::bits`].
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The presence of these fields.
    pub fn from_fields(fields: impl IntoIterator<Item = Field>) -> Self {
        fields.into_iter().fold(Self::default(), Self::with)
    }

    /// The presence of a middle name that is more than an initial.
    pub const fn full_middle_name() -> Self {
        Self(1 << Field::MiddleName as u32 | FULL_MIDDLE_NAME)
    }

    /// Whether the field has a value that counts.
    pub const fn has(self, field: Field) -> bool {
        self.0 & 1 << field as u32 != 0
    }

    /// Whether everything of `other` is there.
    pub const fn has_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// With the field.
    #[must_use]
    pub const fn with(self, field: Field) -> Self {
        Self(self.0 | 1 << field as u32)
    }

    /// With everything of `other`.
    #[must_use]
    pub const fn with_all(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Without anything of `other`.
    #[must_use]
    pub const fn without_all(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the person is known to have died.
    pub const fn is_deceased(self) -> bool {
        self.0 & DECEASED != 0
    }

    /// Of a person who is known to have died.
    #[must_use]
    pub const fn deceased(self) -> Self {
        Self(self.0 | DECEASED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_bit_of_its_own() {
        let all = Presence::from_fields(Field::ALL.iter().copied());
        for field in Field::ALL {
            let rest = all.without_all(Presence::default().with(*field));
            assert!(all.has(*field) && !rest.has(*field));
            assert_eq!(rest.with(*field), all);
        }
        assert!(!all.is_deceased() && !all.has_all(Presence::full_middle_name()));
        assert_eq!(Presence::from_bits(all.deceased().bits()), all.deceased());
    }
}
