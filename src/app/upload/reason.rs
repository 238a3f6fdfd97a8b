//! The vendor's words, made fit for a report: untrusted text that may repeat what was sent.

use onroll_core::domain::{SubjectRecord, Text, fold, is_invisible};

/// Longest reason in characters.
const LONGEST: usize = 200;
const REDACTED: &str = "[redacted]";

/// A reason without anything of the subject's own values, without control and formatting characters, and not too long.
/// Words with an `@` or four digits go too: they may be somebody else's values.
pub(super) fn printable_reason(reason: &str, subject: &SubjectRecord) -> String {
    let own = own_words(subject);
    let spaced: String = reason.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }).collect();
    let visible: String = spaced.chars().filter(|letter| !is_invisible(*letter)).collect();
    let words: Vec<&str> =
        visible.split_whitespace().map(|word| if is_personal(word, &own) { REDACTED } else { word }).collect();
    let mut printable: String = words.join(" ").chars().take(LONGEST).collect();
    if printable.is_empty() {
        printable.push_str("no reason given");
    }
    printable
}

fn is_personal(word: &str, own: &[String]) -> bool {
    let folded = fold(word);
    let digits = word.chars().filter(|letter| letter.is_numeric()).count();
    let repeats = |own: &String| folded == *own || (own.chars().count() >= 3 && folded.contains(own.as_str()));
    digits >= 4 || word.contains('@') || own.iter().any(repeats)
}

/// Every word of the subject's values, in comparison form.
fn own_words(subject: &SubjectRecord) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |text: &Text| {
        let pieces = text.as_text().split(|letter: char| !letter.is_alphanumeric());
        words.extend(pieces.map(fold).chain([fold(text.as_text())]).filter(|word| !word.is_empty()));
    };
    [&subject.first_name, &subject.last_name].into_iter().for_each(&mut add);
    let optional = [
        &subject.middle_name,
        &subject.email,
        &subject.birth_date,
        &subject.death_date,
        &subject.address_line1,
        &subject.address_line2,
        &subject.address_city,
        &subject.address_state,
        &subject.address_postal_code,
        &subject.phone_number,
    ];
    optional.into_iter().flatten().for_each(&mut add);
    subject.external_identifiers.iter().for_each(|id| add(&id.external_identifier));
    subject.labels.iter().for_each(&mut add);
    for name in &subject.additional_names {
        [&name.first, &name.last, &name.middle].into_iter().flatten().for_each(&mut add);
    }
    for place in &subject.additional_addresses {
        let parts = [&place.address_line1, &place.address_line2, &place.address_city, &place.address_postal_code];
        parts.into_iter().flatten().for_each(&mut add);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::testing::subject;

    #[test]
    fn nothing_of_the_subject_survives() {
        let reason = "Subject \"FIRST1\" (last1, 1971-06-29): birthDate=1971-06-29 is invalid; see a@b.example";
        let printable = printable_reason(reason, &subject(1));
        assert_eq!(printable, "Subject [redacted] [redacted] [redacted] [redacted] is invalid; see [redacted]");
    }

    #[test]
    fn a_reason_cannot_move_the_cursor_or_hide() {
        let printable = printable_reason("bad\u{1b}[31m \u{202e}name\r\nnext\u{2028}line", &subject(1));
        assert_eq!(printable, "bad[31m name next line");
    }

    #[test]
    fn a_reason_has_an_end_and_a_text() {
        assert_eq!(printable_reason(&"word ".repeat(1_000), &subject(1)).chars().count(), LONGEST);
        assert_eq!(printable_reason("\u{7}", &subject(1)), "no reason given");
    }
}
