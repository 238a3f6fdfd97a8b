//! Social security numbers, recognised wherever they stand so that none leaves the building. They have no type of their
//! own: nothing here keeps one.

/// Length of the shortest text that holds one: nine digits and two marks, or `SS219099998`.
const SHORTEST: usize = 11;

/// Digits of a number of which all but the last four are masked.
const FEWEST_DIGITS: usize = 4;

/// Whether a text holds three, two and four digits with hyphens, dashes or full stops between them, as social security
/// and taxpayer numbers are written (078-05-1120), alone or among other words, also with all but the last four masked
/// (***-**-1120); the same with spaces, where nothing else stands in the cell; or nine digits behind a word such as
/// SSN. No other number is written so; whether it was ever assigned does not matter.
pub fn holds_social_security_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    if text.len() < SHORTEST || bytes.iter().filter(|byte| byte.is_ascii_digit()).count() < FEWEST_DIGITS {
        return false;
    }
    let mut end = 0;
    while let Some(start) = bytes.iter().skip(end).position(u8::is_ascii_digit).map(|skipped| end + skipped) {
        end =
            bytes.iter().skip(start).position(|byte| !byte.is_ascii_digit()).map_or(bytes.len(), |count| start + count);
        let length = end - start;
        if !matches!(length, 4 | 9) {
            continue;
        }
        let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else { continue };
        let is_one = if length == 4 { ends_number(before, after) } else { says_social_security(before) };
        if is_one {
            return true;
        }
    }
    false
}

/// Whether four digits between two texts are the last of a number.
fn ends_number(before: &str, after: &str) -> bool {
    let Some((rest, is_marked)) = without_mark(before) else { return false };
    let Some((rest, other_is_marked)) = without_group(rest, 2).and_then(without_mark) else { return false };
    let Some(rest) = without_group(rest, 3) else { return false };
    if says_social_security(rest) {
        return true;
    }
    if !(is_marked && other_is_marked) {
        return rest.trim().is_empty() && after.trim().is_empty();
    }
    let begins_more = rest.ends_with(is_dash)
        || rest.strip_suffix('.').is_some_and(|rest| rest.ends_with(|letter: char| letter.is_ascii_digit()));
    let goes_on = after.starts_with(is_dash)
        || after.strip_prefix('.').is_some_and(|after| after.starts_with(|letter: char| letter.is_ascii_digit()));
    !begins_more && !goes_on
}

/// A text without the dash, the full stop or the spaces at its end, and whether it was more than spaces.
fn without_mark(text: &str) -> Option<(&str, bool)> {
    let trimmed = text.trim_end();
    let unmarked = trimmed.strip_suffix(|letter| is_dash(letter) || letter == '.');
    let rest = unmarked.unwrap_or(trimmed).trim_end();
    (rest.len() < text.len()).then_some((rest, unmarked.is_some()))
}

/// A text without the group of exactly so many digits, or signs that mask them, at its end.
fn without_group(text: &str, length: usize) -> Option<&str> {
    let start = text.len().checked_sub(length)?;
    let (rest, group) = (text.get(..start)?, text.get(start..)?);
    let masks = |letter: char| matches!(letter, '*' | '#' | 'x' | 'X');
    if group.bytes().all(|byte| byte.is_ascii_digit()) {
        (!rest.ends_with(|letter: char| letter.is_ascii_digit())).then_some(rest)
    } else {
        (group.chars().all(masks) && !rest.ends_with(|letter: char| masks(letter) || letter.is_alphanumeric()))
            .then_some(rest)
    }
}

/// Whether a text ends in a word for such a number, as `SSN#` and `SS-` do, or speaks of social security.
fn says_social_security(text: &str) -> bool {
    let text = text.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    let word = text.rsplit(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
    ["ssn", "ss", "itin", "tin"].iter().any(|known| word.eq_ignore_ascii_case(known))
        || text.as_bytes().windows(10).any(|part| part.eq_ignore_ascii_case(b"social sec"))
}

/// Hyphens and dashes of Unicode (general category Pd) that stand in numbers, and the minus sign.
fn is_dash(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

/// Whether nine digits and nothing else stand in a cell of a column, or under a system, that is called by one of the
/// names of these numbers.
pub fn is_bare_social_security_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits == 9 && text.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, ' ' | '-' | '.'))
}

/// The number that nine digits among other signs make, as a cell holds it that was found to hold such a number.
pub fn nine_digits(text: &str) -> Option<u32> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 9 { digits.parse().ok() } else { None }
}

/// Whether an identifier is one of these numbers with other marks between its digits, or without its leading zeros.
pub fn is_same_number(id: &str, numbers: &[u32]) -> bool {
    let id = id.trim();
    let id = id.strip_suffix(".0").unwrap_or(id);
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    let is_number =
        id.chars().all(|letter| letter.is_ascii_digit() || letter == ' ' || letter == '.' || is_dash(letter));
    is_number && (7..=9).contains(&digits.len()) && digits.parse().is_ok_and(|number| numbers.contains(&number))
}

/// Whether a header or the name of a system says that the values are social security numbers.
pub fn names_social_security_numbers(name: &str) -> bool {
    let words = || name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_word = |word: &str, known: &[&str]| known.iter().any(|known| word.eq_ignore_ascii_case(known));
    let joined: String = words().collect::<String>().to_lowercase();
    words().any(|word| is_word(word, &["ssn", "ssns", "itin", "tin"]))
        || joined.contains("socialsec")
        || joined.contains("socsec")
        || ["patientssn", "ssnumber", "ssno"].contains(&joined.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_alone_and_in_a_text_and_nothing_else_is() {
        for text in [
            "078-05-1120",
            " 078 05 1120 ",
            "SSN: 078-05-1120.",
            "900-70-1234",
            "(078-05-1120)",
            "219.09.9998",
            "219 - 09 - 9998",
            "219\u{2011}09\u{2011}9998",
            "SS-219-09-9998",
            "SSN219099998",
            "Smith SSN219099998",
            "12 Oak St SSN 219099998",
            "SS# 219099998",
            "Social Security Number: 219099998",
            "SSN 219 09 9998 on file",
            "***-**-9998",
            "XXX-XX-1234",
        ] {
            assert!(holds_social_security_number(text), "{text}");
        }
        for text in [
            "612-555-0123",
            "55401-1234",
            "1980-03-04",
            "1078-05-1120",
            "078-05-11201",
            "4-078-05-1120",
            "078051120",
            "é12-34-5678",
            "123 45 6789 Oak St",
            "1.219.09.9998",
            "MRN-219-09-9998",
            "Ross 219099998",
            "Foxxx-xx-1234",
            "MRN219099998",
            "2026-11-24 1200",
            "",
        ] {
            assert!(!holds_social_security_number(text), "{text}");
        }
    }

    #[test]
    fn a_number_is_the_same_with_other_marks_and_without_its_leading_zeros() {
        let numbers: Vec<u32> =
            ["078-05-1120", "SSN 219 09 9998", "***-**-1120"].into_iter().filter_map(nine_digits).collect();
        for id in ["078051120", "78051120", "78051120.0", "078 05-1120", "219099998"] {
            assert!(is_same_number(id, &numbers), "{id}");
        }
        for id in ["1120", "078051121", "A078051120", "0078051120", ""] {
            assert!(!is_same_number(id, &numbers), "{id}");
        }
    }

    #[test]
    fn headers_tell_what_nine_digits_are() {
        for name in ["SSN", "Patient SSN", "Social Security Number", "SocialSecurityNo", "soc_sec_num"] {
            assert!(names_social_security_numbers(name), "{name}");
        }
        for name in ["MRN", "Session", "Assn Number", "Social History"] {
            assert!(!names_social_security_numbers(name), "{name}");
        }
        assert!(is_bare_social_security_number("078051120") && !is_bare_social_security_number("07805112"));
    }
}
