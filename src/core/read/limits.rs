//! How large rosters may be: far beyond what clinics send, and small enough that no file takes the machine down. Every
//! limit has a name by which the user can set another one.

use std::fmt;

/// A size that is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Bytes of a workbook's file. A full sheet of a million rows has about 100 million.
    File,
    /// Bytes of an .xls file, which is taken into memory.
    XlsFile,
    /// Parts of a workbook.
    Parts,
    /// Bytes that one part of a workbook may have when unpacked. A full sheet of a million rows has about one GiB.
    Part,
    /// Bytes that all parts of a workbook together may have.
    Unpacked,
    /// Bytes that a packed byte of a workbook may unpack to, from 10 MiB on. Sheets seldom come to 40.
    Ratio,
    /// Cells of a workbook that hold something.
    Cells,
    /// Cells that the rectangles of all sheets of an .xls may span: 12 million take about 300 MB.
    XlsCells,
    /// Columns of a sheet; Excel has room for 16,384.
    Columns,
    /// Characters of a workbook's cell; Excel has room for 32,767.
    Characters,
    /// Bytes of the texts that the cells of a workbook share, which are held in memory. A full sheet of a million rows
    /// of 16 columns, no two cells alike, has about 200 MB.
    Texts,
    /// Cells of an .ods that hold something and are written once for several: far more than people fill in at a time.
    Repeated,
    /// Bytes of a row of delimited text.
    Row,
    /// Bytes that a packed delimited roster may unpack to.
    Archive,
    /// Bytes that a packed byte of a delimited roster may unpack to, from 64 MiB on. Text seldom comes to 30.
    ArchiveRatio,
}

/// The highest value of a limit that has no other bound: a pebibyte.
const HIGHEST: u64 = 1 << 50;

impl Limit {
    /// Every limit, in the order of documents.
    pub const ALL: [Self; 15] = [
        Self::File,
        Self::XlsFile,
        Self::Parts,
        Self::Part,
        Self::Unpacked,
        Self::Ratio,
        Self::Cells,
        Self::XlsCells,
        Self::Columns,
        Self::Characters,
        Self::Texts,
        Self::Repeated,
        Self::Row,
        Self::Archive,
        Self::ArchiveRatio,
    ];

    /// The name by which it is set.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::XlsFile => "xls-file",
            Self::Parts => "parts",
            Self::Part => "part",
            Self::Unpacked => "unpacked",
            Self::Ratio => "ratio",
            Self::Cells => "cells",
            Self::XlsCells => "xls-cells",
            Self::Columns => "columns",
            Self::Characters => "characters",
            Self::Texts => "texts",
            Self::Repeated => "repeated",
            Self::Row => "row",
            Self::Archive => "archive",
            Self::ArchiveRatio => "archive-ratio",
        }
    }

    /// What holds where nothing else was said.
    pub const fn usual(self) -> u64 {
        match self {
            Self::File => 512 << 20,
            Self::XlsFile => 256 << 20,
            Self::Parts => 2_000,
            Self::Part => 4 << 30,
            Self::Unpacked => 6 << 30,
            Self::Ratio => 200,
            Self::Cells => 64_000_000,
            Self::XlsCells => 12_000_000,
            Self::Columns => 1_024,
            Self::Characters => 32_767,
            Self::Texts => 2 << 30,
            Self::Repeated => 2_000_000,
            Self::Row => 64 << 20,
            Self::Archive => 64 << 30,
            Self::ArchiveRatio => 400,
        }
    }

    /// The same in words: `64 MiB`, `1024`.
    pub fn usual_in_words(self) -> String {
        self.shown(self.usual())
    }

    /// Whether it counts bytes.
    const fn is_size(self) -> bool {
        matches!(
            self,
            Self::File | Self::XlsFile | Self::Part | Self::Unpacked | Self::Texts | Self::Row | Self::Archive
        )
    }

    /// The most that it can be set to.
    const fn highest(self) -> u64 {
        match self {
            // As many as there are in a sheet of any program, and as long as a text that the reader holds at a time.
            Self::Columns => 16_384,
            Self::Characters => 1 << 20,
            // Held in memory as a whole, and its places counted in 32 bits.
            Self::Row | Self::XlsFile | Self::Texts => 4 << 30,
            _ => HIGHEST,
        }
    }

    /// A number of it in words: `64 MiB`, `1024`.
    fn shown(self, number: u64) -> String {
        match number {
            0 => "0".to_owned(),
            _ if self.is_size() && number.is_multiple_of(1 << 30) => format!("{} GiB", number >> 30),
            _ if self.is_size() && number.is_multiple_of(1 << 20) => format!("{} MiB", number >> 20),
            _ if self.is_size() => format!("{number} bytes"),
            _ => number.to_string(),
        }
    }
}

/// Every limit with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    numbers: [u64; Limit::ALL.len()],
}

impl Default for Limits {
    fn default() -> Self {
        Self { numbers: Limit::ALL.map(Limit::usual) }
    }
}

impl Limits {
    /// The number of a limit.
    pub fn get(&self, limit: Limit) -> u64 {
        self.numbers.get(limit as usize).copied().unwrap_or_else(|| limit.usual())
    }

    /// The number of a limit as a length or a count in memory.
    pub(super) fn count(&self, limit: Limit) -> usize {
        usize::try_from(self.get(limit)).unwrap_or(usize::MAX)
    }

    /// The number of a limit in words.
    pub(super) fn shown(&self, limit: Limit) -> String {
        limit.shown(self.get(limit))
    }

    /// Sets a limit to what `NAME=NUMBER` says. A number of bytes may end in `KiB`, `MiB` or `GiB`.
    ///
    /// # Errors
    /// When there is no such limit, or the number is none that it can have.
    pub fn set(&mut self, setting: &str) -> Result<(), LimitError> {
        let (name, number) = setting.split_once('=').ok_or_else(|| LimitError::Form(setting.to_owned()))?;
        let limit = Limit::ALL.into_iter().find(|limit| limit.name() == name.trim());
        let limit = limit.ok_or_else(|| LimitError::Name(name.trim().to_owned()))?;
        let number = number_of(number.trim(), limit.is_size()).filter(|number| (1..=limit.highest()).contains(number));
        let number = number.ok_or(LimitError::Number(limit))?;
        if let Some(place) = self.numbers.get_mut(limit as usize) {
            *place = number;
        }
        Ok(())
    }
}

/// A number of bytes in whole units.
pub(super) fn in_bytes(bytes: u64) -> String {
    match bytes {
        _ if bytes >= 1 << 30 => format!("{} GiB", bytes >> 30),
        _ if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
        _ => format!("{bytes} bytes"),
    }
}

/// A number of digits, parted by `_` or not, and a unit for bytes.
fn number_of(text: &str, is_size: bool) -> Option<u64> {
    const UNITS: [(&str, u32); 4] = [("kib", 10), ("mib", 20), ("gib", 30), ("bytes", 0)];
    let lower = text.to_ascii_lowercase();
    let unit = UNITS.iter().filter(|_| is_size).find_map(|(unit, bits)| Some((lower.strip_suffix(unit)?, *bits)));
    let (digits, bits) = unit.unwrap_or((lower.as_str(), 0));
    let digits = digits.trim().replace('_', "");
    let number: u64 = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())??;
    number.checked_mul(1 << bits)
}

/// Why a limit cannot be set.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LimitError {
    /// Not `NAME=NUMBER`.
    #[error("\"{0}\" does not set a limit; write NAME=NUMBER, such as columns=2000; the names are {names}", names = names())]
    Form(String),
    /// No limit of the name.
    #[error("there is no limit \"{0}\"; the names are {names}", names = names())]
    Name(String),
    /// A number that it cannot have.
    #[error("{}", wrong_number(*.0))]
    Number(Limit),
}

fn names() -> String {
    Limit::ALL.map(Limit::name).join(", ")
}

fn wrong_number(limit: Limit) -> String {
    let most = limit.shown(limit.highest());
    let form = if limit.is_size() { "a number of bytes, such as 2GiB, 512MiB or 65536," } else { "a whole number" };
    format!("the limit {} takes {form} from 1 to {most}", limit.name())
}

/// More than a limit allows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(super) struct Excess {
    /// What is too large, where, and what the limit is.
    pub(super) text: String,
    /// The limit, where the user can set another one.
    pub(super) limit: Option<Limit>,
}

impl Excess {
    /// Beyond a limit.
    pub(super) fn new(limit: Limit, text: impl Into<String>) -> Self {
        Self { text: text.into(), limit: Some(limit) }
    }

    /// Beyond what the reader can hold.
    pub(super) fn fixed(text: impl Into<String>) -> Self {
        Self { text: text.into(), limit: None }
    }
}

/// What an error says about going on all the same.
pub(super) struct Way(pub(super) Option<Limit>);

impl fmt::Display for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => Ok(()),
            Some(limit) => {
                write!(formatter, "; if it really is a roster, raise the limit: --limit {}=NUMBER", limit.name())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_set_by_name_and_number() {
        let mut limits = Limits::default();
        for (setting, limit, number) in [
            ("columns=2000", Limit::Columns, 2_000),
            ("file=2GiB", Limit::File, 2 << 30),
            (" row = 128 mib", Limit::Row, 128 << 20),
            ("part=65536", Limit::Part, 65_536),
            ("cells=100_000_000", Limit::Cells, 100_000_000),
            ("archive-ratio=1000", Limit::ArchiveRatio, 1_000),
        ] {
            limits.set(setting).expect(setting);
            assert_eq!(limits.get(limit), number, "{setting}");
        }
        assert_eq!(limits.get(Limit::Ratio), 200);
        assert_eq!(limits.shown(Limit::File), "2 GiB");
    }

    #[test]
    fn what_is_no_limit_is_refused_with_the_names_or_the_numbers_that_are() {
        for (setting, word) in [
            ("columns", "NAME=NUMBER"),
            ("shoes=3", "archive-ratio"),
            ("columns=0", "from 1 to 16384"),
            ("columns=20000", "from 1 to 16384"),
            ("columns=2GiB", "whole number"),
            ("file=much", "512MiB"),
            ("file=-1", "512MiB"),
            ("file=", "512MiB"),
            ("file=99999999999999999999", "512MiB"),
            ("file=18446744073709551615GiB", "512MiB"),
            ("row=5GiB", "4 GiB"),
        ] {
            let refusal = Limits::default().set(setting).expect_err(setting).to_string();
            assert!(refusal.contains(word), "{setting}: {refusal}");
        }
    }

    #[test]
    fn every_limit_has_a_place_of_its_own() {
        for (place, limit) in Limit::ALL.into_iter().enumerate() {
            assert_eq!(limit as usize, place);
            assert_eq!(Limits::default().get(limit), limit.usual());
        }
    }
}
