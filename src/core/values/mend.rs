//! Letters that another program had broken, put right where that can be done for certain: the codes of web pages, and
//! accented letters in UTF-8 that were read one byte at a time.

use std::borrow::Cow;

use super::name::parts::unified;

/// How often a text is looked at: what went through two programs was broken twice.
const MOST_TIMES: usize = 3;
/// The longest name of a character between `&` and `;`. Source: the HTML standard.
const LONGEST_ENTITY: usize = 31;

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

/// The text in UTF-8 that was read as Windows-1252 or Latin-1: every letter beyond ASCII is one byte of it, and
/// together they are letters. No name does that by chance.
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
    u8::try_from(u32::from(letter)).ok().or_else(|| {
        let mut buffer = [0; 4];
        let (bytes, _, is_unknown) = encoding_rs::WINDOWS_1252.encode(letter.encode_utf8(&mut buffer));
        bytes.first().copied().filter(|_| !is_unknown)
    })
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

/// The letters or marks that a name or number between `&` and `;` stands for; `None` where it is no entity, or one that
/// no name of a person has.
fn decoded(name: &str) -> Option<String> {
    match name {
        "lsquo" | "rsquo" => return Some("'".to_owned()),
        "nbsp" => return Some(" ".to_owned()),
        _ if name.len() > LONGEST_ENTITY => return None,
        _ => {}
    }
    let written = format!("&{name};");
    let letters = html_escape::decode_html_entities(&written);
    let belongs =
        |letter: char| letter.is_alphabetic() || is_mark(letter) || matches!(letter, '\'' | '-' | ' ' | '"' | '&');
    (letters != written && letters.chars().all(belongs)).then(|| letters.into_owned())
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
            ("&Scaron;ari&cacute;", "Šarić"),
            ("Kova&ccaron;", "Kovač"),
            ("Lloyd&ndash;Ng", "Lloyd–Ng"),
            ("Ann&copy;", "Ann&copy;"),
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
