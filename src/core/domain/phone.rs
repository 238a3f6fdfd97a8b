//! A telephone number of the North American Numbering Plan.

use std::fmt;

/// Ten digits of the North American Numbering Plan (area code and exchange begin with 2 to 9).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(u64);

impl Phone {
    /// From exactly ten ASCII digits that the numbering plan allows: area code and exchange begin with 2 to 9, and
    /// neither is one of the service codes 211 to 911 (North American Numbering Plan Administrator).
    pub fn from_digits(digits: &str) -> Option<Self> {
        let bytes = digits.as_bytes();
        let valid = bytes.len() == 10
            && bytes.iter().all(u8::is_ascii_digit)
            && bytes.first().is_some_and(|byte| *byte >= b'2')
            && bytes.get(3).is_some_and(|byte| *byte >= b'2')
            && bytes.get(1..3) != Some(b"11")
            && bytes.get(4..6) != Some(b"11");
        if valid { digits.parse().ok().map(Self) } else { None }
    }

    /// The ten digits as a number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The ten digits.
    pub fn digits(self) -> String {
        format!("{:010}", self.0)
    }

    /// The form of ITU-T E.164, by which numbers of any country can be compared: `+11234567890`.
    pub fn to_e164(self) -> String {
        format!("+1{:010}", self.0)
    }

    /// The form in the vendor's example: `123-456-7890`.
    pub fn to_wire(self) -> String {
        format!("{:03}-{:03}-{:04}", self.0 / 10_000_000, self.0 / 10_000 % 1_000, self.0 % 10_000)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}
