//! Numbers as people read them.

/// A count with thousands separated by commas.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun or its verb: `1 row`, `1,240 rows`.
pub fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { several })
}

/// A share as a percentage with one decimal.
pub fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn one_is_singular_and_every_other_count_is_plural() {
        assert_eq!([0, 1, 1_240].map(|count| counted(count, "row", "rows")), ["0 rows", "1 row", "1,240 rows"]);
    }

    #[test]
    fn a_share_is_a_percentage_with_one_decimal() {
        assert_eq!([0.0, 0.625, 1.0].map(percent), ["0.0", "62.5", "100.0"]);
    }
}
