//! Which table of an input rows come from: the sheet, and the part of it where a sheet holds several tables.

use std::fmt;

/// The part of a sheet that a table takes up; all of it where nothing else is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TablePart {
    /// First and last column, from 1, of a table beside others.
    pub columns: Option<(u32, u32)>,
    /// Row number of the header of a table below another one.
    pub from_row: Option<u32>,
}

impl TablePart {
    /// The table below this one whose header is in a row.
    #[must_use]
    pub const fn below(self, header_row: u32) -> Self {
        Self { columns: self.columns, from_row: Some(header_row) }
    }
}

/// `, columns H to N, from row 40`; nothing for a whole sheet.
impl fmt::Display for TablePart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((first, last)) = self.columns {
            write!(formatter, ", columns {} to {}", column_name(first), column_name(last))?;
        }
        match self.from_row {
            Some(row) => write!(formatter, ", from row {row}"),
            None => Ok(()),
        }
    }
}

/// A table of an input. Two tables of one input differ in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId {
    sheet: Option<String>,
    part: TablePart,
    label: String,
}

impl TableId {
    /// `sheet` is `None` for delimited files.
    pub fn new(sheet: Option<String>, part: TablePart) -> Self {
        let label = sheet.as_ref().map(|sheet| format!("{sheet}{part}")).unwrap_or_default();
        Self { sheet, part, label }
    }

    /// The sheet as the workbook names it; `None` for delimited files.
    pub fn sheet(&self) -> Option<&str> {
        self.sheet.as_deref()
    }

    /// The part of the sheet.
    pub const fn part(&self) -> TablePart {
        self.part
    }

    /// The sheet with its part, as reports name the table; empty for delimited files.
    pub fn label(&self) -> &str {
        &self.label
    }
}

/// `, sheet "Clinic", from row 40`, as it stands behind a path in a message; nothing for a delimited file.
impl fmt::Display for TableId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sheet {
            Some(sheet) => write!(formatter, ", sheet \"{sheet}\"{}", self.part),
            None => write!(formatter, "{}", self.part),
        }
    }
}

/// A column as spreadsheet programs name it; the first is 1 and `A`.
pub fn column_name(mut column: u32) -> String {
    let mut letters = Vec::new();
    while column > 0 {
        letters.push(char::from(b'A' + u8::try_from((column - 1) % 26).unwrap_or_default()));
        column = (column - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_spreadsheet_programs_name_them() {
        assert_eq!([1, 26, 27, 52, 703, 16_384].map(column_name), ["A", "Z", "AA", "AZ", "AAA", "XFD"]);
    }

    #[test]
    fn a_sheet_whose_name_begins_like_another_is_another_table() {
        let part = TablePart { columns: Some((8, 14)), from_row: None };
        let clinic = TableId::new(Some("Clinic".to_owned()), part.below(40));
        assert_eq!(clinic.label(), "Clinic, columns H to N, from row 40");
        assert_eq!(clinic.to_string(), ", sheet \"Clinic\", columns H to N, from row 40");
        let north = TableId::new(Some("Clinic, columns H to N, from row 40".to_owned()), TablePart::default());
        assert_eq!(north.label(), clinic.label());
        assert!(north != clinic && north.sheet() != clinic.sheet(), "alike in words, and two tables all the same");
    }
}
