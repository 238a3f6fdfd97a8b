//! Social security numbers, recognised wherever they stand so that none leaves the building. They have no type of their
//! own: nothing here keeps one.

/// Length of such a number as it is written: nine digits and two marks.
const WRITTEN_LENGTH: usize = 11;

/// Whether a text holds three, two and four digits with hyphens between them, as social security and taxpayer numbers are
/// written (078-05-1120), alone or among other words; or with spaces, where nothing else stands in the cell. No other
/// number is written so; whether it was ever assigned does not matter.
pub fn holds_social_security_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < WRITTEN_LENGTH || !bytes.iter().any(u8::is_ascii_digit) {
        return false;
    }
    let is_hyphen = |at: usize| bytes.get(at) == Some(&b'-');
    let digits = |from: usize, count: usize| {
        bytes.get(from..from + count).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let is_part_of_more =
        |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-');
    for (at, _) in bytes.iter().enumerate().skip(3).filter(|(_, byte)| **byte == b'-') {
        let start = at - 3;
        if is_hyphen(at + 3)
            && digits(start, 3)
            && digits(at + 1, 2)
            && digits(at + 4, 4)
            && !is_part_of_more(start.checked_sub(1))
            && !is_part_of_more(Some(at + 8))
        {
            return true;
        }
    }
    let trimmed = text.trim().as_bytes();
    trimmed.len() == WRITTEN_LENGTH
        && trimmed.iter().enumerate().all(|(at, byte)| match at {
            3 | 6 => *byte == b' ',
            _ => byte.is_ascii_digit(),
        })
}

/// Whether nine digits and nothing else stand in a cell of a column, or under a system, that is called by one of the names
/// of these numbers.
pub fn is_bare_social_security_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits == 9 && text.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, ' ' | '-' | '.'))
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
        for text in ["078-05-1120", " 078 05 1120 ", "SSN: 078-05-1120.", "900-70-1234", "(078-05-1120)"] {
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
            "",
        ] {
            assert!(!holds_social_security_number(text), "{text}");
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
