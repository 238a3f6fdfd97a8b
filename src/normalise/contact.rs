//! Phones and e-mail addresses: the first of a row that can be sent, in the one form in which the vendor takes it.

use crate::domain::{Email, Field, Finding, FindingCode, MappedRow, Phone};
use crate::rules::Rules;
use crate::rules::placeholders::PlaceholderFamily;

use super::text::cleaned;

/// A value with what was changed or noticed on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Read<T> {
    value: T,
    code: Option<FindingCode>,
}

/// The first phone of the row that can be sent.
pub(super) fn phone(row: &MappedRow<'_, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> Option<Phone> {
    let found =
        first_valid(row, Field::Phone, PlaceholderFamily::Phone, rules, findings, |text| read_phone(text, rules));
    if found.is_some_and(|phone| rules.placeholders.is_toll_free(phone.number())) {
        findings.push(Finding::in_field(FindingCode::PhoneTollFree, Field::Phone));
    }
    found
}

/// The first e-mail address of the row that can be sent.
pub(super) fn email(row: &MappedRow<'_, '_>, rules: &Rules, findings: &mut Vec<Finding>) -> Option<Email> {
    first_valid(row, Field::Email, PlaceholderFamily::Email, rules, findings, |text| read_email(text, rules))
}

fn first_valid<T>(
    row: &MappedRow<'_, '_>,
    field: Field,
    family: PlaceholderFamily,
    rules: &Rules,
    findings: &mut Vec<Finding>,
    read: impl Fn(&str) -> Option<Read<T>>,
) -> Option<T> {
    let mut unreadable = false;
    let mut found = None;
    for cell in row.all(field) {
        if found.is_some() {
            break;
        }
        let text = cleaned(cell.text);
        if rules.placeholders.is_missing(family, &text) {
            continue;
        }
        found = read(&text);
        // Several in one cell: the first that can be sent.
        if found.is_none() && text.contains(SEPARATORS) {
            let parts = text.split(SEPARATORS).map(str::trim).filter(|part| !part.is_empty());
            found = parts.into_iter().find_map(&read);
            if found.is_some() {
                findings.push(Finding::in_field(FindingCode::ContactNotCarried, field));
            }
        }
        unreadable |= found.is_none();
    }
    if unreadable {
        let code = if field == Field::Phone { FindingCode::PhoneUnreadable } else { FindingCode::EmailUnreadable };
        findings.push(Finding::in_field(code, field));
    }
    if let Some(code) = found.as_ref().and_then(|found| found.code) {
        findings.push(Finding::in_field(code, field));
    }
    found.map(|found| found.value)
}

/// What stands between several contacts in one cell.
const SEPARATORS: [char; 5] = [';', ',', '/', '|', '&'];

/// Ten digits of the North American Numbering Plan, with or without +1, punctuation and an extension; letters as they
/// stand on the keys only in a number such as 1-800-FLOWERS.
fn read_phone(text: &str, rules: &Rules) -> Option<Read<Phone>> {
    let text = text.strip_suffix(".0").unwrap_or(text);
    let (main, extension) = without_extension(text);
    let main = without_label(main);
    let mut digits = [0_u8; 11];
    let mut count = 0;
    let mut letters = 0;
    for letter in main.chars() {
        let digit = match letter {
            '0'..='9' => letter,
            'a'..='z' | 'A'..='Z' => {
                letters += 1;
                key_of(letter)
            }
            _ if letter.is_alphanumeric() => return None,
            _ => continue,
        };
        *digits.get_mut(count)? = u8::try_from(digit).ok()?;
        count += 1;
    }
    // A word on the keys follows an area code; anything else with letters is a note.
    if letters > 0
        && (letters > 7
            || !main
                .trim_start_matches(['+', '1', '-', ' ', '(', '.'])
                .starts_with(|first: char| first.is_ascii_digit()))
    {
        return None;
    }
    let national = match (count, digits) {
        (11, [b'1', ..]) => digits.get(1..)?,
        (10, _) => digits.get(..10)?,
        _ => return None,
    };
    let national = std::str::from_utf8(national).ok()?;
    if rules.placeholders.is_unusable_phone(national) {
        return None;
    }
    let code = match (letters > 0, extension) {
        (true, _) => Some(FindingCode::PhoneLetters),
        (false, true) => Some(FindingCode::ExtensionDropped),
        (false, false) => None,
    };
    Phone::from_digits(national).map(|value| Read { value, code })
}

/// `Home: 612-555-0123`, `(h) 612-555-0123`, `612-555-0123 (cell)`: the number without the word that says whose it is.
fn without_label(text: &str) -> &str {
    const LABELS: [&str; 16] = [
        "business",
        "c",
        "cell",
        "cellular",
        "fax",
        "h",
        "home",
        "m",
        "main",
        "mobile",
        "ph",
        "phone",
        "tel",
        "telephone",
        "w",
        "work",
    ];
    let is_label = |word: &str| {
        let word = word.trim_matches(['(', ')', ':', '.', ' ', '-']);
        LABELS.iter().any(|label| word.eq_ignore_ascii_case(label))
    };
    if text.bytes().all(|byte| !byte.is_ascii_alphabetic()) {
        return text;
    }
    let text = text.trim();
    if let Some((_, number)) = text.split_once([':', ' ', ')']).filter(|(label, _)| is_label(label)) {
        return number;
    }
    match text.rsplit_once([' ', '(']) {
        Some((number, label)) if is_label(label) => number.trim_end_matches(['(', ' ']),
        _ => text,
    }
}

/// The number before `x12`, `ext. 5`, `#7` or `;ext=5`, and whether there was an extension.
fn without_extension(text: &str) -> (&str, bool) {
    let Some(at) = text.char_indices().find_map(|(at, letter)| match letter {
        'x' | 'X' | '#' | ';' => Some(at),
        'e' | 'E' if text.get(at..at + 3).is_some_and(|word| word.eq_ignore_ascii_case("ext")) => Some(at),
        _ => None,
    }) else {
        return (text, false);
    };
    let (main, extension) = text.split_at(at);
    let digits = extension.bytes().filter(u8::is_ascii_digit).count();
    let letters = extension.bytes().filter(u8::is_ascii_alphabetic).count();
    // Seven digits or more are a second number, and a word goes on where "x" is only one of its letters.
    let is_extension =
        digits > 0 && digits < 7 && letters <= 9 && main.bytes().filter(u8::is_ascii_digit).count() >= 10;
    if is_extension { (main, true) } else { (text, false) }
}

/// The digit on whose key a letter stands (ITU-T E.161).
fn key_of(letter: char) -> char {
    match letter.to_ascii_lowercase() {
        'a'..='c' => '2',
        'd'..='f' => '3',
        'g'..='i' => '4',
        'j'..='l' => '5',
        'm'..='o' => '6',
        'p'..='s' => '7',
        't'..='v' => '8',
        _ => '9',
    }
}

/// An address as it stands, or out of `mailto:`, `Ann Ng <ann@clinic.example.org>` or a sentence's punctuation.
fn read_email(text: &str, rules: &Rules) -> Option<Read<Email>> {
    let bare = match text.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        Some((address, _)) => address,
        None => text,
    };
    let bare = bare.trim_matches([' ', '.', ',', ';', ':', '"', '\'', '<', '>', '(', ')']);
    let bare = match bare.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => bare.get(7..).unwrap_or_default(),
        _ => bare,
    };
    let value = Email::parse(bare)?;
    if rules.placeholders.is_unusable_email(value.as_text()) {
        return None;
    }
    let code = (bare.len() != text.len()).then_some(FindingCode::EmailTidied);
    Some(Read { value, code })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

    fn wire(text: &str) -> Option<String> {
        read_phone(text, &RULES).map(|read| read.value.to_wire())
    }

    #[test]
    fn phones_are_read_in_their_usual_forms() {
        for text in [
            "612-555-0123",
            "(612) 555-0123",
            "+1 612 555 0123",
            "16125550123",
            "612.555.0123",
            "6125550123",
            "612/555-0123 x12",
            "612-555-0123 ext. 5",
            "6125550123.0",
        ] {
            assert_eq!(wire(text).as_deref(), Some("612-555-0123"), "{text}");
        }
        for text in [
            "123",
            "555-0123",
            "112-555-0123",
            "612-155-0123",
            "0000000000",
            "9999999999",
            "26125550123",
            "call mother",
            "+44 20 7946 0018",
        ] {
            assert_eq!(wire(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_need_an_at_sign_and_a_dot_in_the_domain() {
        let read = |text: &str| read_email(text, &RULES).map(|read| read.value.as_text().to_owned());
        assert_eq!(read("Ann.Ng@Clinic.example.org").as_deref(), Some("ann.ng@clinic.example.org"));
        for text in ["ann", "ann@clinic", "ann at clinic.org", "@clinic.org"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
