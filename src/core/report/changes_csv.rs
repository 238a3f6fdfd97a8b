//! `changes.csv`: every value that was changed or dropped, before and after, in input order. Holds personal data, as
//! `rows.csv` does: it is a declared report file, private to its owner.

use std::io::{self, Write};

use crate::domain::guarded;

/// One changed value. All text is borrowed; nothing is kept.
#[derive(Clone, Copy)]
pub struct ChangeLine<'a> {
    /// The file as it was named on the command line.
    pub source_file: &'a str,
    /// The sheet; empty for delimited files.
    pub sheet: &'a str,
    /// The row number as a spreadsheet program shows it.
    pub row: u32,
    /// The field.
    pub field: &'a str,
    /// The findings of the change, separated by `;`.
    pub findings: &'a str,
    /// What the cell held; several cells of one field are separated by ` | `.
    pub before: &'a str,
    /// What is sent; empty where the value was dropped.
    pub after: &'a str,
}

/// Writes `changes.csv` as changes come.
pub struct ChangesWriter<'a> {
    out: csv::Writer<&'a mut dyn Write>,
}

impl<'a> ChangesWriter<'a> {
    /// Begins the file with its header.
    pub fn new(out: &'a mut dyn Write) -> io::Result<Self> {
        let mut out = csv::WriterBuilder::new().buffer_capacity(1 << 18).from_writer(out);
        out.write_record(["source_file", "sheet", "row", "field", "findings", "before", "after"])?;
        Ok(Self { out })
    }

    /// Writes a change.
    pub fn write(&mut self, line: &ChangeLine<'_>) -> io::Result<()> {
        self.out.write_record([
            guarded(line.source_file).as_ref(),
            guarded(line.sheet).as_ref(),
            &line.row.to_string(),
            line.field,
            line.findings,
            guarded(line.before).as_ref(),
            guarded(line.after).as_ref(),
        ])?;
        Ok(())
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_would_run_as_a_formula_is_guarded_on_both_sides() {
        let mut bytes = Vec::new();
        let mut writer = ChangesWriter::new(&mut bytes).expect("memory");
        let line = ChangeLine {
            source_file: "a.csv",
            sheet: "",
            row: 7,
            field: "city",
            findings: "A110",
            before: "=HYPERLINK(\"x\")",
            after: "@x",
        };
        writer.write(&line).expect("memory");
        writer.finish().expect("memory");
        let text = String::from_utf8(bytes).expect("text");
        assert!(text.ends_with("a.csv,,7,city,A110,\"'=HYPERLINK(\"\"x\"\")\",'@x\n"), "{text}");
    }
}
