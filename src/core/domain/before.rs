//! What stood in cells whose value was changed or dropped: kept packed, for the report of changes. A row in which
//! nothing was changed costs nothing, and a name that was only given its letter case costs three bytes.

use std::borrow::Cow;

use super::field::Field;

const EMPTY: usize = 0;
const UPPER_CASE: usize = 1;
const LOWER_CASE: usize = 2;
/// Text of so many bytes and this follows.
const TEXT: usize = 3;

/// The former values of the rows of one batch, in row order.
#[derive(Default)]
pub(super) struct Befores {
    bytes: Vec<u8>,
    last_row: u32,
}

/// `Debug` is written by hand: it is personal data.
impl std::fmt::Debug for Befores {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Befores").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// What one cell of a row held.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Before<'a> {
    /// Index of the row in its batch.
    pub(super) row: u32,
    /// The field.
    pub field: Field,
    form: Form<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form<'a> {
    UpperCase,
    LowerCase,
    Text(&'a str),
}

impl<'a> Before<'a> {
    /// The text, given what became of it.
    pub fn text(&self, after: &str) -> Cow<'a, str> {
        match self.form {
            Form::UpperCase => Cow::Owned(after.to_uppercase()),
            Form::LowerCase => Cow::Owned(after.to_lowercase()),
            Form::Text(text) => Cow::Borrowed(text),
        }
    }
}

impl Befores {
    /// Appends what a cell held before it became `after`. Rows come in rising order.
    pub(super) fn push(&mut self, row: u32, field: Field, before: &str, after: &str) {
        let form = if before.is_empty() {
            Form::Text("")
        } else if before == after.to_uppercase() {
            Form::UpperCase
        } else if before == after.to_lowercase() {
            Form::LowerCase
        } else {
            Form::Text(before)
        };
        self.push_form(Before { row, field, form });
    }

    fn push_form(&mut self, before: Before<'_>) {
        put_length(&mut self.bytes, before.row.saturating_sub(self.last_row) as usize);
        self.last_row = before.row;
        put_length(&mut self.bytes, before.field as usize);
        match before.form {
            Form::Text("") => put_length(&mut self.bytes, EMPTY),
            Form::UpperCase => put_length(&mut self.bytes, UPPER_CASE),
            Form::LowerCase => put_length(&mut self.bytes, LOWER_CASE),
            Form::Text(text) => {
                put_length(&mut self.bytes, text.len() + TEXT);
                self.bytes.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// Adds what a field of some rows held, which are in rising order, behind what is kept of the other fields.
    pub(super) fn insert(&mut self, rows: &[u32], field: Field, text: &str) {
        let mut whole = Self::default();
        let mut rows = rows.iter().copied().peekable();
        for before in self.iter() {
            while let Some(row) = rows.next_if(|row| *row < before.row) {
                whole.push_form(Before { row, field, form: Form::Text(text) });
            }
            whole.push_form(before);
        }
        for row in rows {
            whole.push_form(Before { row, field, form: Form::Text(text) });
        }
        *self = whole;
    }

    /// Every former value in row order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Before<'_>> {
        let mut rest = self.bytes.as_slice();
        let mut row = 0;
        std::iter::from_fn(move || {
            row += u32::try_from(take_length(&mut rest)?).unwrap_or_default();
            let field = *Field::ALL.get(take_length(&mut rest)?)?;
            let form = match take_length(&mut rest)? {
                EMPTY => Form::Text(""),
                UPPER_CASE => Form::UpperCase,
                LOWER_CASE => Form::LowerCase,
                length => {
                    let (text, after) = rest.split_at_checked(length - TEXT)?;
                    rest = after;
                    Form::Text(std::str::from_utf8(text).unwrap_or_default())
                }
            };
            Some(Before { row, field, form })
        })
    }

    /// Gives back what growing left over.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }
}

/// Appends a number in 7-bit groups, the lowest first.
fn put_length(out: &mut Vec<u8>, length: usize) {
    let mut rest = length;
    loop {
        let group = u8::try_from(rest & 0x7f).unwrap_or(0);
        rest >>= 7;
        if rest == 0 {
            out.push(group);
            return;
        }
        out.push(group | 0x80);
    }
}

/// Takes a number of [`put_length`] off the front; `None` at the end.
fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    let mut length = 0;
    let mut shift = 0;
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        length |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(length);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letter_case_alone_takes_a_few_bytes() {
        let mut befores = Befores::default();
        befores.push(3, Field::LastName, "VANDENBERG-SMITH", "Vandenberg-Smith");
        assert!(befores.bytes.len() <= 3);
        assert!(format!("{befores:?}").find("VAND").is_none());
    }

    #[test]
    fn what_is_added_late_stands_in_the_order_of_rows() {
        let mut befores = Befores::default();
        for row in [2, 5] {
            befores.push(row, Field::LastName, "SMITH", "Smith");
        }
        befores.insert(&[1, 2, 7], Field::Sex, "M");
        let kept: Vec<(u32, Field)> = befores.iter().map(|before| (before.row, before.field)).collect();
        let [last, sex] = [Field::LastName, Field::Sex];
        assert_eq!(kept, [(1, sex), (2, last), (2, sex), (5, last), (7, sex)]);
    }

    proptest! {
        #[test]
        fn what_is_kept_comes_back_the_same(values in prop::collection::vec((0_u32..5, "\\PC{0,9}", "\\PC{0,9}"), 0..20)) {
            let mut befores = Befores::default();
            let mut row = 0;
            let mut rows = Vec::new();
            for (step, before, after) in &values {
                row += step * 90;
                rows.push(row);
                befores.push(row, Field::City, before, after);
            }
            let found: Vec<(u32, String)> = befores
                .iter()
                .zip(&values)
                .map(|(kept, (_, _, after))| (kept.row, kept.text(after).into_owned()))
                .collect();
            let expected: Vec<(u32, String)> = rows.into_iter().zip(values.iter().map(|value| value.1.clone())).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
