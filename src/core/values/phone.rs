//! Telephone numbers: ten digits of the North American Numbering Plan, out of the labels, notes and extensions around
//! them. A number is never made up of what stands beside it: letters become digits only in a word that closes the
//! number.

use super::contact::{FoundContact, first_contact};
use crate::domain::{FindingCode, Phone};
use crate::rules::placeholders::PlaceholderFamily;
use crate::rules::{PhoneRules, PlaceholderRules};

/// The number that a cleaned text is, with what was changed or noticed on the way; `None` for a filler too.
pub(crate) fn read_phone(
    text: &str,
    words: &PhoneRules,
    placeholders: &PlaceholderRules,
) -> Option<(Phone, Option<FindingCode>)> {
    read_number(text, words, placeholders, |national| !placeholders.is_unusable_phone(national))
}

/// The first number of a cleaned cell that can be sent.
pub(crate) fn first_phone(
    text: &str,
    words: &PhoneRules,
    placeholders: &PlaceholderRules,
) -> Option<FoundContact<Phone>> {
    first_contact(text, numbers_of, |text| read_phone(text, words, placeholders))
}

/// Whether a number stands in a cleaned cell, be it a filler or one that no subscriber has.
pub(crate) fn is_phone(text: &str, words: &PhoneRules, placeholders: &PlaceholderRules) -> bool {
    first_contact(text, numbers_of, |text| read_number(text, words, placeholders, |_| true)).is_some()
}

/// The number that a text is, where `accepts` takes its ten digits.
fn read_number(
    text: &str,
    words: &PhoneRules,
    placeholders: &PlaceholderRules,
    accepts: impl Fn(&str) -> bool,
) -> Option<(Phone, Option<FindingCode>)> {
    // `(218)722-2301^PRN^PH`: the components of HL7, of which the first is the number.
    let text = text.split_once('^').map_or(text, |(number, _)| number);
    let unshortened = unshortened(text);
    let text = unshortened.as_deref().unwrap_or_else(|| text.strip_suffix(".0").unwrap_or(text));
    let (main, has_extension) = without_extension(text);
    let start = main.find(|letter: char| letter.is_ascii_digit())?;
    let end = main.rfind(|letter: char| letter.is_ascii_digit())? + 1;
    let mut digits = Digits::default();
    digits.take_number(main.get(start..end)?)?;
    let mut code = has_extension.then_some(FindingCode::ExtensionDropped);
    let (before, after) = (note_of(main.get(..start)?, words)?, main.get(end..)?);
    match note_of(after, words) {
        Some(after) if before == Note::Owner || after == Note::Owner => code = Some(FindingCode::PhoneNoteDropped),
        Some(_) => {}
        None => {
            digits.take_word(after, placeholders)?;
            code = Some(FindingCode::PhoneLetters);
        }
    }
    Phone::from_digits(digits.national().filter(|national| accepts(national))?).map(|phone| (phone, code))
}

/// The digits of a telephone number of another country, its country code first, where it is written with one: behind
/// `+`, `00` or `011` (ITU-T E.123), 8 to 15 digits in all (E.164). It cannot be sent, but it distinguishes people.
pub(crate) fn number_of_another_country(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = ["+", "00", "011"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let is_written =
        |letter: char| letter.is_ascii_digit() || matches!(letter, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}');
    if !digits.chars().all(is_written) {
        return None;
    }
    // +44 (0)20: the zero is dialled within the country alone.
    let digits: String = digits.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    let is_one_digit = |digit: char| digits.chars().skip(3).all(|other| other == digit);
    if !(8..=15).contains(&digits.len()) || digits.starts_with(['0', '1']) || ('0'..='9').any(is_one_digit) {
        return None;
    }
    digits.parse().ok()
}

/// The digits of a number, with the places between them at which something else stood.
#[derive(Default)]
struct Digits {
    found: [u8; 11],
    count: usize,
    /// A bit per number of digits before a gap.
    gaps: u16,
}

impl Digits {
    fn push(&mut self, digit: u8) -> Option<()> {
        *self.found.get_mut(self.count)? = digit;
        self.count += 1;
        Some(())
    }

    /// The digits of a text of digits and marks. A letter or `#` among them is a slip of the pen, or parts two numbers.
    fn take_number(&mut self, text: &str) -> Option<()> {
        for letter in text.chars() {
            match letter {
                '0'..='9' => self.push(u8::try_from(letter).ok()?)?,
                '#' => return None,
                _ if letter.is_alphanumeric() => return None,
                _ => self.gaps |= 1 << self.count,
            }
        }
        Some(())
    }

    /// A word in the place of the last four or seven digits, each letter for the digit on its key (ITU-T E.161):
    /// `-FLOWERS`. A space before it is taken for the beginning of a note, save in a toll-free number.
    fn take_word(&mut self, after: &str, placeholders: &PlaceholderRules) -> Option<()> {
        let word = after.trim_start_matches([')', ' ', '-', '.']);
        let gap = after.get(..after.len() - word.len())?.trim_start_matches(')');
        let national = self.count.checked_sub(usize::from(self.found.first() == Some(&b'1')))?;
        let is_joined = matches!(gap, "" | "-" | ".") || (gap == " " && self.is_toll_free(placeholders));
        // `800-CALL-NOW`: the hyphens of a number may stand in the words too.
        let hyphens = word.bytes().filter(|byte| *byte == b'-').count();
        let fits = matches!((national, word.len() - hyphens), (3, 7) | (6, 4)) && !word.ends_with('-');
        if !fits || !is_joined || placeholders.is_missing(PlaceholderFamily::Phone, word) {
            return None;
        }
        for letter in word.bytes().filter(|byte| *byte != b'-') {
            self.push(key_of(letter)?)?;
        }
        Some(())
    }

    fn is_toll_free(&self, placeholders: &PlaceholderRules) -> bool {
        let area = self.found.get(..self.count).map(|digits| digits.strip_prefix(b"1").unwrap_or(digits));
        let area = area.and_then(|area| std::str::from_utf8(area).ok()).and_then(|area| area.parse::<u64>().ok());
        area.is_some_and(|area| placeholders.is_toll_free(area * 10_000_000))
    }

    /// The ten digits after the country code, where gaps stand only between the parts of a number: before the exchange,
    /// the line, and its last two digits. `722-2301 218` may be an extension or an area code, and is no number.
    fn national(&self) -> Option<&str> {
        const BETWEEN_PARTS: u16 = 1 << 3 | 1 << 6 | 1 << 8;
        let (digits, gaps) = match (self.count, self.found) {
            (11, [b'1', ..]) => (self.found.get(1..)?, self.gaps >> 1 & !1),
            (10, _) => (self.found.get(..10)?, self.gaps),
            _ => return None,
        };
        if gaps & !BETWEEN_PARTS != 0 {
            return None;
        }
        std::str::from_utf8(digits).ok()
    }
}

/// What stands beside a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Note {
    /// Marks, or words for the kind of line.
    Label,
    /// Whose line it is.
    Owner,
}

/// `Home:`, `(cell)`, `mom`: what a text of such words says; `None` when another word stands in it.
fn note_of(text: &str, words: &PhoneRules) -> Option<Note> {
    if text.bytes().all(|byte| byte.is_ascii_punctuation() || byte == b' ') {
        return Some(Note::Label);
    }
    let mut note = Note::Label;
    for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if words.is_owner(word) {
            note = Note::Owner;
        } else if !words.is_label(word) {
            return None;
        }
    }
    Some(note)
}

/// The parts of a text in which several numbers stand one behind the other, with the words before each; none where a
/// text does not hold several. What is behind the first has to be as long as a number without an area code.
fn numbers_of(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut count, mut first) = (0, 0, None);
    for (at, byte) in text.bytes().enumerate() {
        if byte.is_ascii_digit() {
            first = first.or(Some(byte));
            count += 1;
        } else if count == if first == Some(b'1') { 11 } else { 10 } {
            parts.extend(text.get(start..at));
            (start, count, first) = (at, 0, None);
        }
    }
    let is_number = matches!((count, first), (7 | 10, _) | (11, Some(b'1')));
    parts.extend(text.get(start..).filter(|_| is_number));
    if parts.len() > 1 && (is_number || count == 0) { parts } else { Vec::new() }
}

/// `6.123322301E9`: the ten digits of a number that a spreadsheet program shortened without losing any.
fn unshortened(text: &str) -> Option<String> {
    let (mantissa, exponent) = text.split_once(['E', 'e'])?;
    let (whole, decimals) = mantissa.split_once('.')?;
    let is_whole = whole.len() == 1 && exponent.trim_start_matches('+').parse() == Ok(decimals.len());
    let is_number = whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit());
    (is_whole && is_number).then(|| format!("{whole}{decimals}"))
}

/// The number before `x12`, `ext. 5`, `#7` or `;ext=5`, and whether there was an extension.
fn without_extension(text: &str) -> (&str, bool) {
    let mut before = 0;
    let found = text.char_indices().find_map(|(at, letter)| {
        before += usize::from(letter.is_ascii_digit());
        let begins = match letter {
            'x' | 'X' | '#' | ';' => true,
            'e' | 'E' => text.get(at..at + 3).is_some_and(|word| word.eq_ignore_ascii_case("ext")),
            _ => false,
        };
        (begins && before >= 10).then_some(at)
    });
    let Some(at) = found else { return (text, false) };
    let (main, extension) = text.split_at(at);
    let digits = extension.bytes().filter(u8::is_ascii_digit).count();
    let letters = extension.bytes().filter(u8::is_ascii_alphabetic).count();
    // Seven digits or more are a second number, and a word goes on where "x" is only one of its letters.
    let is_extension = digits > 0 && digits < 7 && letters <= 9;
    if is_extension { (main, true) } else { (text, false) }
}

/// The digit on whose key a letter stands (ITU-T E.161).
fn key_of(letter: u8) -> Option<u8> {
    Some(match letter.to_ascii_lowercase() {
        b'a'..=b'c' => b'2',
        b'd'..=b'f' => b'3',
        b'g'..=b'i' => b'4',
        b'j'..=b'l' => b'5',
        b'm'..=b'o' => b'6',
        b'p'..=b's' => b'7',
        b't'..=b'v' => b'8',
        b'w'..=b'z' => b'9',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::rules::Rules;

    static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

    fn wire(text: &str) -> Option<String> {
        read_phone(text, &RULES.phones, &RULES.placeholders).map(|(phone, _)| phone.to_wire())
    }

    #[test]
    fn a_number_of_another_country_is_told_by_its_code_and_a_filler_is_none() {
        for text in ["+44 20 7946 0958", "0044 (0)20-7946-0958", "011 44 20 7946 0958", "+44 (0)20 7946 0958"] {
            assert_eq!(number_of_another_country(text), Some(442_079_460_958), "{text}");
        }
        for text in
            ["612-555-0123", "+1 612 555 0123", "+44 000000000", "+44 20 7946 0958 mom", "20 7946 0958", "+4", ""]
        {
            assert_eq!(number_of_another_country(text), None, "{text}");
        }
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
}
