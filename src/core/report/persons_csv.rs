//! `persons.csv`: for every person of several rows, which row each value comes from and where merging put it; for a
//! person of one row only the further phone or e-mail address that the vendor has no place for. No values: those are in
//! the rosters, at the rows named.

use std::io::{self, Write};

use crate::domain::guarded;
use crate::domain::{MergedPlace, PersonPart};

/// A value of a merged person.
#[derive(Clone, Copy, Debug)]
pub struct OriginLine<'a> {
    /// The person's number within the run, from 1, as in `rows.csv`.
    pub person: u32,
    /// What the value is.
    pub part: PersonPart,
    /// The file of the row that has it.
    pub source_file: &'a str,
    /// Its sheet; empty for delimited files.
    pub sheet: &'a str,
    /// Its number.
    pub row: u32,
    /// Where it went.
    pub place: MergedPlace,
}

/// Writes `persons.csv` as values come.
pub struct PersonsWriter<'a> {
    out: csv::Writer<&'a mut dyn Write>,
}

impl<'a> PersonsWriter<'a> {
    /// Begins the file with its header.
    pub fn new(out: &'a mut dyn Write) -> io::Result<Self> {
        let mut out = csv::WriterBuilder::new().buffer_capacity(1 << 18).from_writer(out);
        out.write_record(["person", "field", "source_file", "sheet", "row", "went_to"])?;
        Ok(Self { out })
    }

    /// Writes a line.
    pub fn write(&mut self, line: &OriginLine<'_>) -> io::Result<()> {
        self.out.write_record([
            &line.person.to_string(),
            line.part.word(),
            guarded(line.source_file).as_ref(),
            guarded(line.sheet).as_ref(),
            &line.row.to_string(),
            line.place.word(),
        ])?;
        Ok(())
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}
