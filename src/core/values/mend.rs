//! Letters that another program had broken, put right where that can be done for certain: the codes of web pages, and accented
//! letters in UTF-8 that were read one byte at a time.

use std::borrow::Cow;

use super::name::parts::unified;

/// How often a text is looked at: what went through two programs was broken twice.
const MOST_TIMES: usize = 3;
/// The letters of Windows-1252 between 0x80 and 0x9F, with 0 where it has none. Source: the WHATWG encoding standard.
const WINDOWS_1252: [u16; 32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0,
    0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
];
/// Letters that web pages name, by the sign that stands over them; the letter itself goes before. Source: the HTML standard.
const ACCENTS: [(&str, char); 6] = [
    ("grave", '\u{300}'),
    ("acute", '\u{301}'),
    ("circ", '\u{302}'),
    ("tilde", '\u{303}'),
    ("uml", '\u{308}'),
    ("cedil", '\u{327}'),
];
/// The longest name of a letter between `&` and `;`.
const LONGEST_ENTITY: usize = 8;

/// The text with its broken letters put right; borrowed where it has none.
pub(crate) fn mended(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.bytes().any(|byte| matches!(byte, b'&' | b'\\')) {
        return Cow::Borrowed(text);
    }
    let mut mended = Cow::Borrowed(text);
    for _ in 0..MOST_TIMES {
        let Some(next) = once(&mended) else { break };
        mended = Cow::Owned(next);
    }
    mended
}

fn once(text: &str) -> Option<String> {
    if text.contains('&') {
        let decoded = without_entities(text);
        if decoded != text {
            return Some(decoded);
        }
    }
    let unescaped = without_escapes(text);
    if unescaped.is_some() || text.is_ascii() { unescaped } else { as_read_right(text) }
}

/// `O\'Brien` without the backslash before apostrophes and quotation marks.
fn without_escapes(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_escape = letter == '\\' && letters.peek().is_some_and(|next| matches!(unified(*next), '\'' | '"'));
        if !is_escape {
            out.push(letter);
        }
    }
    (out.len() < text.len()).then_some(out)
}

/// Whether a letter of the name is lost: the sign for what could not be read, or a question mark between letters.
pub(crate) fn has_lost_letters(text: &str) -> bool {
    if text.is_ascii() && !text.as_bytes().contains(&b'?') {
        return false;
    }
    let is_between = |place: usize| {
        let (before, rest) = text.split_at_checked(place).unwrap_or_default();
        let after = rest.trim_start_matches('?');
        before.ends_with(char::is_alphabetic) && after.starts_with(char::is_alphabetic)
    };
    text.contains('\u{fffd}') || text.match_indices('?').any(|(place, _)| is_between(place))
}

/// The text in UTF-8 that was read as Windows-1252 or Latin-1: every letter beyond ASCII is one byte of it, and together they
/// are letters. No name does that by chance.
fn as_read_right(text: &str) -> Option<String> {
    let mut read = text.to_owned();
    // What went through two programs is no text after the first time.
    for _ in 0..MOST_TIMES {
        let bytes: Option<Vec<u8>> = read.chars().map(byte_of).collect();
        let again = String::from_utf8(bytes?).ok().filter(|again| *again != read)?;
        if again.chars().all(|letter| letter.is_ascii() || letter.is_alphabetic() || is_mark(letter)) {
            return Some(again);
        }
        read = again;
    }
    None
}

/// Marks inside names, and signs over letters.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{2010}'..='\u{201f}' | '\u{a0}' | '\u{b4}')
        || unicode_normalization::char::is_combining_mark(letter)
}

fn byte_of(letter: char) -> Option<u8> {
    let code = u32::from(letter);
    let place = || WINDOWS_1252.iter().position(|known| u32::from(*known) == code && *known != 0);
    u8::try_from(code).ok().or_else(|| u8::try_from(0x80 + place()?).ok())
}

fn without_entities(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;

    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        let (before, entity) = rest.split_at(start);
        out.push_str(before);
        let name = entity.get(1..).and_then(|entity| entity.split_once(';'));
        if let Some((letters, after)) = name.and_then(|(name, after)| Some((decoded(name)?, after))) {
            out.extend(letters.nfc());
            rest = after;
        } else {
            out.push('&');
            rest = entity.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

/// The letter of a name or number between `&` and `;`, perhaps with a sign over it.
fn decoded(name: &str) -> Option<String> {
    if name.len() > LONGEST_ENTITY {
        return None;
    }
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        let letter = char::from_u32(code.ok()?)?;
        return (letter.is_alphabetic() || is_mark(letter) || matches!(letter, '\'' | '-' | ' ' | '"' | '&'))
            .then(|| letter.to_string());
    }
    let known = match name {
        "amp" => "&",
        "apos" | "lsquo" | "rsquo" => "'",
        "quot" => "\"",
        "nbsp" => " ",
        "szlig" => "ß",
        "oslash" => "ø",
        "Oslash" => "Ø",
        "aring" => "å",
        "Aring" => "Å",
        "aelig" => "æ",
        "AElig" => "Æ",
        _ => "",
    };
    if !known.is_empty() {
        return Some(known.to_owned());
    }
    let (letter, accent) = name.split_at_checked(1)?;
    let (_, sign) = ACCENTS.iter().find(|(name, _)| *name == accent)?;
    letter.bytes().all(|byte| byte.is_ascii_alphabetic()).then(|| format!("{letter}{sign}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_letters_are_put_right_and_names_that_look_odd_stay() {
        for (broken, whole) in [
            ("O&#39;Brien", "O'Brien"),
            ("O&#x27;Brien", "O'Brien"),
            ("O&amp;#39;Brien", "O'Brien"),
            ("Mu&ntilde;oz", "Muñoz"),
            ("Jos&eacute;", "José"),
            ("O\\'Brien", "O'Brien"),
            ("MuÃ±oz", "Muñoz"),
            ("GarcÃ\u{ad}a", "García"),
            ("Ã\u{81}ngel", "Ángel"),
            ("Oâ€™Brien", "O’Brien"),
            ("JosÃ©", "José"),
            ("NguyÃªn", "Nguyên"),
            ("MuÃƒÂ±oz", "Muñoz"),
            ("JOÃO", "JOÃO"),
            ("Ângela", "Ângela"),
            ("Muñoz", "Muñoz"),
            ("Smith & Sons", "Smith & Sons"),
            ("A&B;C", "A&B;C"),
            ("李", "李"),
        ] {
            assert_eq!(mended(broken), whole, "{broken}");
        }
    }

    #[test]
    fn letters_that_are_lost_are_seen() {
        assert!(has_lost_letters("Mu?oz") && has_lost_letters("Mu\u{fffd}oz"));
        assert!(!has_lost_letters("Smith?") && !has_lost_letters("Muñoz") && !has_lost_letters("?"));
    }
}
