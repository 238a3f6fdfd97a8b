//! State and postal code, the two parts of an address that have a closed form.

use std::fmt;

/// A two-letter code of a state, the District of Columbia, a territory or a military "state", upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State([u8; 2]);

impl State {
    /// Wraps two upper-case ASCII letters; whether the code exists is the rules' business (`rules/states.toml`).
    pub fn from_code(code: &str) -> Option<Self> {
        match code.as_bytes() {
            [first, second] if first.is_ascii_uppercase() && second.is_ascii_uppercase() => {
                Some(Self([*first, *second]))
            }
            _ => None,
        }
    }

    /// The two letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}

/// A ZIP (5 digits) or ZIP+4 (9 digits).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostalCode {
    zip: u32,
    plus4: Option<u16>,
}

impl PostalCode {
    /// From exactly 5 or 9 ASCII digits; anything else is `None`.
    pub fn from_digits(digits: &str) -> Option<Self> {
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        match digits.len() {
            5 => Some(Self { zip: digits.parse().ok()?, plus4: None }),
            9 => Some(Self { zip: digits.get(..5)?.parse().ok()?, plus4: Some(digits.get(5..)?.parse().ok()?) }),
            _ => None,
        }
    }

    /// From what [`PostalCode::to_wire`] gives; anything else is `None`.
    pub(super) fn from_wire(text: &str) -> Option<Self> {
        match text.split_once('-') {
            Some((zip, plus4)) if zip.len() == 5 && plus4.len() == 4 => Self::from_digits(&[zip, plus4].concat()),
            Some(_) => None,
            None => Self::from_digits(text),
        }
    }

    /// The first five digits as a number.
    pub const fn zip_number(self) -> u32 {
        self.zip
    }

    /// The four digits of a ZIP+4 beyond the first five.
    pub(super) const fn plus4(self) -> Option<u16> {
        self.plus4
    }

    /// The first five digits.
    pub fn zip5(self) -> String {
        format!("{:05}", self.zip)
    }

    /// The first three digits, which name the post office's region.
    pub fn zip3(self) -> u16 {
        u16::try_from(self.zip / 100).unwrap_or_default()
    }

    /// Number of digits: 5, or 9 with the four of ZIP+4.
    pub fn digits(self) -> usize {
        if self.plus4.is_some() { 9 } else { 5 }
    }

    /// What is sent: `55401` or `55401-1234`.
    pub fn to_wire(self) -> String {
        match self.plus4 {
            Some(plus4) => format!("{:05}-{plus4:04}", self.zip),
            None => self.zip5(),
        }
    }
}

impl fmt::Debug for PostalCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}
