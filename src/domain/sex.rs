//! Sex assigned at birth, as the vendor takes it.

/// Sex assigned at birth. The vendor's enumeration has M, F and null; the absent case is `Option::None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sex {
    /// `F` on the wire.
    Female,
    /// `M` on the wire.
    Male,
}

impl Sex {
    /// The vendor's one-letter form, the one it guarantees in the long term.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
        }
    }
}
