//! Number formats of workbooks, as far as they tell what a number is: a date, a length of time, an identifier filled up
//! with zeros, or one that was shortened to an exponent. Codes and built-in numbers as in ECMA-376 part 1, 18.8.30 and
//! 18.8.31.

/// What a number in a cell stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum NumberShape {
    /// Itself.
    #[default]
    Plain,
    /// Days since the beginning of the workbook's calendar.
    Date,
    /// The same, shown without its day: `May-80`.
    Month,
    /// A length of time in days.
    Duration,
    /// An identifier of so many digits, filled up with zeros.
    Zeros(u8),
    /// A number that was shortened to an exponent when it was typed or taken over, as `1.23E+12`.
    Scientific,
}

/// The most digits that a format fills up to.
const DIGITS_MAX: usize = 20;

impl NumberShape {
    /// The shape of a built-in format.
    pub(super) fn of_built_in(number: u32) -> Self {
        match number {
            17 => Self::Month,
            14..=22 | 27..=36 | 45 | 47 | 50..=58 => Self::Date,
            46 => Self::Duration,
            11 | 48 => Self::Scientific,
            _ => Self::Plain,
        }
    }

    /// The shape of a format's code.
    pub(super) fn of_code(code: &str) -> Self {
        moment_shape(code).unwrap_or_else(|| shape_of_digits(code))
    }
}

/// Whether a code writes numbers as dates or as lengths of time.
fn moment_shape(code: &str) -> Option<NumberShape> {
    let mut letters = code.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            // The next one is written as it is, takes room, or fills.
            '\\' | '_' | '*' => {
                letters.next();
            }
            '"' => while letters.next().is_some_and(|letter| letter != '"') {},
            ';' => return None,
            '[' => {
                let inside: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                let first = inside.chars().next().map(|letter| letter.to_ascii_lowercase());
                let is_time = first.is_some_and(|first| {
                    matches!(first, 'h' | 'm' | 's') && inside.chars().all(|letter| letter.eq_ignore_ascii_case(&first))
                });
                if is_time {
                    return Some(NumberShape::Duration);
                }
            }
            // `General` is no date, for all its letters; `E+` is an exponent.
            'G' | 'g' if code.to_ascii_lowercase().contains("general") => return None,
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => return Some(date_shape(code)),
            'a' | 'A' if letters.peek().is_some_and(|next| matches!(next, 'm' | 'M' | '/')) => {
                return Some(NumberShape::Date);
            }
            _ => {}
        }
    }
    None
}

/// A date, shown with or without its day.
fn date_shape(code: &str) -> NumberShape {
    let (mut has_day, mut has_month, mut has_year) = (false, false, false);
    let mut letters = code.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' | '_' | '*' => {
                letters.next();
            }
            '"' => while letters.next().is_some_and(|letter| letter != '"') {},
            '[' => while letters.next().is_some_and(|letter| letter != ']') {},
            ';' => break,
            'm' | 'M' => has_month = true,
            'y' | 'Y' => has_year = true,
            // A time of day belongs to a day.
            'd' | 'D' | 'h' | 'H' | 's' | 'S' => has_day = true,
            _ => {}
        }
    }
    if has_month && has_year && !has_day { NumberShape::Month } else { NumberShape::Date }
}

fn shape_of_digits(code: &str) -> NumberShape {
    let first = code.split(';').next().unwrap_or_default();
    if first.contains("E+") || first.contains("E-") {
        return NumberShape::Scientific;
    }
    // `00000\-0000` and `000"-"00` too: what stands between the zeros is no digit.
    let digits = first.bytes().filter(|byte| *byte == b'0').count();
    let is_zeros = first.bytes().all(|byte| matches!(byte, b'0' | b'-' | b'\\' | b'"' | b' '));
    match u8::try_from(digits) {
        Ok(count) if is_zeros && digits <= DIGITS_MAX && digits > 1 => NumberShape::Zeros(count),
        _ => NumberShape::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_what_a_number_is() {
        for (code, shape) in [
            ("General", NumberShape::Plain),
            ("0", NumberShape::Plain),
            ("0.00", NumberShape::Plain),
            ("#,##0 \"days\"", NumberShape::Plain),
            ("\"Day\" 0", NumberShape::Plain),
            ("[Red]0", NumberShape::Plain),
            ("@", NumberShape::Plain),
            ("m/d/yyyy", NumberShape::Date),
            ("[$-409]mmmm d, yyyy;@", NumberShape::Date),
            ("YYYY\\-MM\\-DD", NumberShape::Date),
            ("mmm\\-yy", NumberShape::Month),
            ("[$-409]mmmm\\ yyyy;@", NumberShape::Month),
            ("mm/yyyy", NumberShape::Month),
            ("m/yy h:mm", NumberShape::Date),
            ("h:mm AM/PM", NumberShape::Date),
            ("[h]:mm:ss", NumberShape::Duration),
            ("[MM]:ss", NumberShape::Duration),
            ("00000", NumberShape::Zeros(5)),
            ("00000\\-0000", NumberShape::Zeros(9)),
            ("000\"-\"00\"-\"0000", NumberShape::Zeros(9)),
            ("0.00E+00", NumberShape::Scientific),
            ("##0.0E+0", NumberShape::Scientific),
        ] {
            assert_eq!(NumberShape::of_code(code), shape, "{code}");
        }
        assert_eq!(NumberShape::of_built_in(14), NumberShape::Date);
        assert_eq!(NumberShape::of_built_in(17), NumberShape::Month);
        assert_eq!(NumberShape::of_built_in(46), NumberShape::Duration);
        assert_eq!(NumberShape::of_built_in(11), NumberShape::Scientific);
        assert_eq!(NumberShape::of_built_in(49), NumberShape::Plain);
    }
}
