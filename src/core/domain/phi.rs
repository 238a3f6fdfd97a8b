//! The wrapper around every piece of personal data, so that no log line, error or panic can print it by accident.

use std::fmt;

use compact_str::CompactString;

/// Personal data. `Debug` and `Display` print `<redacted>`; reading it is the explicit [`Phi::expose`].
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phi<T>(T);

/// Personal text; up to 24 bytes are kept without an allocation.
pub type Text = Phi<CompactString>;

impl<T> Phi<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place to check that it goes to the vendor or into a declared report file.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl Text {
    /// Wraps a copy of `text`.
    pub fn from_text(text: &str) -> Self {
        Self(CompactString::new(text))
    }

    /// The text as a slice.
    pub fn as_text(&self) -> &str {
        self.0.as_str()
    }
}

impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}

impl<T> fmt::Display for Phi<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}

/// Serialises as `<redacted>` too: validation errors carry the offending value, and must not carry this one. What goes
/// to the vendor is written out by `SubjectRecord` alone.
impl<T> serde::Serialize for Phi<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("<redacted>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_debug_nor_display_prints_the_value() {
        let name = Text::from_text("Zyzzyva");
        assert_eq!(format!("{name:?} {name}"), "<redacted> <redacted>");
        assert_eq!(name.as_text(), "Zyzzyva");
    }
}
