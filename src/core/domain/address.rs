//! A postal address in the vendor's parts.

use super::fold::fold;
use super::phi::Text;
use super::postal::{PostalCode, State};

/// An address. Any part may be missing; [`Address::is_empty`] says whether all are.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// Street line; empty when absent.
    pub line1: Text,
    /// Unit, suite or floor; empty when absent.
    pub line2: Text,
    /// City; empty when absent.
    pub city: Text,
    /// State or territory.
    pub state: Option<State>,
    /// ZIP or ZIP+4.
    pub postal_code: Option<PostalCode>,
}

impl Address {
    /// Whether no part is present.
    pub fn is_empty(&self) -> bool {
        self.line1.as_text().is_empty()
            && self.line2.as_text().is_empty()
            && self.city.as_text().is_empty()
            && self.state.is_none()
            && self.postal_code.is_none()
    }

    /// Whether both are one place: the same in comparison form, of the ZIP its first five digits.
    pub fn is_same_place(&self, other: &Self) -> bool {
        let same = |left: &Text, right: &Text| left == right || fold(left.as_text()) == fold(right.as_text());
        self.state == other.state
            && self.postal_code.map(PostalCode::zip5) == other.postal_code.map(PostalCode::zip5)
            && same(&self.line1, &other.line1)
            && same(&self.line2, &other.line2)
            && same(&self.city, &other.city)
    }
}
