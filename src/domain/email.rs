//! An e-mail address.

use validator::ValidateEmail as _;

use super::phi::Text;

/// An address that passes the HTML rule and has a dot in its domain. Kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Email(Text);

impl Email {
    /// Parses trimmed text.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.to_lowercase();
        let domain = lower.rsplit_once('@')?.1;
        (domain.contains('.') && lower.validate_email()).then(|| Self(Text::from_text(&lower)))
    }

    /// An address that was parsed before it was packed; checking it again would cost more than the rest of decoding.
    pub(super) fn from_packed(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(Text::from_text(text)))
    }

    /// The address.
    pub fn as_text(&self) -> &str {
        self.0.as_text()
    }
}
