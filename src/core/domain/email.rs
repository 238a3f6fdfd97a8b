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
        (domain.contains('.') && is_email(&lower)).then(|| Self(Text::from_text(&lower)))
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

/// Whether text is an e-mail address by the HTML rule, as `validator` reads it.
pub(super) fn is_email(text: &str) -> bool {
    is_plain_email(text) || text.validate_email()
}

/// Whether text is an address of letters, digits and single marks between them, as nearly all are: `true` is the answer
/// that `validator` would give, at a fraction of the time; `false` leaves it to be asked.
fn is_plain_email(text: &str) -> bool {
    let Some((user, domain)) = text.split_once('@') else { return false };
    let is_plain = |letter: u8| letter.is_ascii_alphanumeric();
    let user_is_plain = user.bytes().all(|letter| is_plain(letter) || matches!(letter, b'.' | b'_' | b'-' | b'+'));
    let label_is_plain = |label: &str| {
        let ends = label.bytes().next().is_some_and(is_plain) && label.bytes().next_back().is_some_and(is_plain);
        ends && label.len() <= 63 && label.bytes().all(|letter| is_plain(letter) || letter == b'-')
    };
    !user.is_empty()
        && user.len() <= 64
        && user_is_plain
        && domain.len() <= 255
        && domain.split('.').all(label_is_plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_addresses_are_told_without_asking() {
        assert!(is_plain_email("ann.ng+clinic@mail.example.org"));
        for unusual in ["ann@", "@example.org", "ann@exam_ple.org", "ann@-example.org", "änn@example.org", "a@b@c.org"]
        {
            assert!(!is_plain_email(unusual), "{unusual}");
        }
    }

    proptest! {
        #[test]
        fn what_is_told_without_asking_is_what_the_validator_says(text in "[a-zA-Z0-9._+@é-]{0,40}|[a.]{1,70}@[a.-]{1,270}") {
            prop_assert_eq!(is_email(&text), text.validate_email());
        }
    }
}
