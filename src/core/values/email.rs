//! E-mail addresses, out of the links, notes and names around them.

use super::contact::{FoundContact, first_contact};
use crate::domain::{Email, FindingCode};
use crate::rules::PlaceholderRules;

/// An address as it stands, or out of `mailto:`, `Ann Ng <ann@clinic.example.org>` or a sentence's punctuation; `None`
/// for one that is nobody's too.
pub(crate) fn read_email(text: &str, placeholders: &PlaceholderRules) -> Option<(Email, Option<FindingCode>)> {
    read_address(text).filter(|(email, _)| !placeholders.is_unusable_email(email.as_text()))
}

/// The first address of a cleaned cell that can be sent.
pub(crate) fn first_email(text: &str, placeholders: &PlaceholderRules) -> Option<FoundContact<Email>> {
    first_contact(text, |_| Vec::new(), |text| read_email(text, placeholders))
}

/// Whether an address stands in a cleaned cell, be it one that is nobody's.
pub(crate) fn is_email(text: &str) -> bool {
    text.contains('@') && first_contact(text, |_| Vec::new(), read_address).is_some()
}

fn read_address(text: &str) -> Option<(Email, Option<FindingCode>)> {
    let without_note =
        text.strip_suffix(')').and_then(|text| text.rsplit_once(" (")).filter(|(_, note)| !note.contains('@'));
    let address = without_note.map_or(text, |(address, _)| address);
    let bare = match address.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        Some((inside, _)) => inside,
        None => address,
    };
    let bare = bare.trim_matches([' ', '.', ',', ';', ':', '"', '\'', '<', '>', '(', ')']);
    let bare = match bare.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => bare.get(7..).unwrap_or_default(),
        _ => bare,
    };
    let value = Email::parse(bare).filter(|email| may_be_delivered(email.as_text()))?;
    let code = (bare.len() != text.len()).then_some(FindingCode::EmailTidied);
    Some((value, code))
}

/// Whether the part before the @ ends without a dot (RFC 5321, section 4.1.2) and the domain ends in letters, as every
/// top-level domain does (RFC 3696, section 2): the rule of the HTML standard lets both pass.
fn may_be_delivered(address: &str) -> bool {
    let Some((user, domain)) = address.rsplit_once('@') else { return false };
    let top = domain.rsplit('.').next().unwrap_or_default();
    !user.ends_with('.') && (top.starts_with("xn--") || top.chars().all(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleFiles;

    #[test]
    fn addresses_need_an_at_sign_and_a_dot_in_the_domain() {
        let placeholders = PlaceholderRules::parse(&RuleFiles::embedded()).expect("sound");
        let read = |text: &str| read_email(text, &placeholders).map(|(email, _)| email.as_text().to_owned());
        assert_eq!(read("Ann.Ng@Clinic.example.org").as_deref(), Some("ann.ng@clinic.example.org"));
        for text in ["ann", "ann@clinic", "ann at clinic.org", "@clinic.org"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
