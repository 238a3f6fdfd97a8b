//! What a run came to, line by line, from whichever source: the rows in memory of a dry run, or the ledger of an
//! upload. Both are written by the same code.

use std::io;

use super::files::{ReportError, ReportFiles};
use super::model::PairLine;
use super::persons_csv::OriginLine;
use super::reconciliation::Reconciliation;
use super::rows_csv::RowLine;

/// Why the lines of a run did not reach their file.
#[derive(Debug)]
pub enum LinesError<E> {
    /// The source of the lines cannot be read.
    Source(E),
    /// The file cannot be written.
    File(io::Error),
}

impl<E> From<io::Error> for LinesError<E> {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

/// Why a file of a run was not written.
#[derive(Debug)]
pub enum DrawError<E> {
    /// The source of its lines cannot be read.
    Source(E),
    /// The file cannot be written, or does not balance.
    Report(ReportError),
}

/// The lines of a run, in the order of the files.
pub trait RunFacts {
    /// Why the source cannot be read.
    type Error;

    /// Rows that were read: what `rows.csv` is balanced against.
    fn rows_read(&self) -> u64;

    /// Calls `visit` with every row in input order; stops at its first error.
    ///
    /// # Errors
    /// Those of the source, and those of `visit`; the same for pairs and origins.
    fn each_row(&self, visit: &mut dyn FnMut(&RowLine<'_>) -> io::Result<()>) -> Result<(), LinesError<Self::Error>>;

    /// Calls `visit` with every pair and its evidence in the words of `duplicates.csv`.
    fn each_pair(
        &self,
        visit: &mut dyn FnMut(&PairLine, &str) -> io::Result<()>,
    ) -> Result<(), LinesError<Self::Error>>;

    /// Calls `visit` with the origin of every value of every merged person.
    fn each_origin(
        &self,
        visit: &mut dyn FnMut(&OriginLine<'_>) -> io::Result<()>,
    ) -> Result<(), LinesError<Self::Error>>;
}

impl ReportFiles {
    /// Draws `rows.csv` and balances it against the rows that were read.
    ///
    /// # Errors
    /// When the source cannot be read, the file cannot be written, or the rows do not add up.
    pub fn draw_rows<F: RunFacts>(&self, facts: &F) -> Result<Reconciliation, DrawError<F::Error>> {
        carrying(|carry| self.write_rows(facts.rows_read(), |out| carry(facts.each_row(&mut |line| out.write(line)))))
    }

    /// Draws `duplicates.csv`.
    ///
    /// # Errors
    /// When the source cannot be read, or the file cannot be written.
    pub fn draw_duplicates<F: RunFacts>(&self, facts: &F) -> Result<(), DrawError<F::Error>> {
        carrying(|carry| {
            self.write_duplicates(|out| {
                carry(facts.each_pair(&mut |pair, evidence| out.write_with_evidence(pair, evidence)))
            })
        })
    }

    /// Draws `persons.csv`.
    ///
    /// # Errors
    /// When the source cannot be read, or the file cannot be written.
    pub fn draw_persons<F: RunFacts>(&self, facts: &F) -> Result<(), DrawError<F::Error>> {
        carrying(|carry| self.write_persons(|out| carry(facts.each_origin(&mut |origin| out.write(origin)))))
    }
}

/// Turns the outcome of visiting lines into that of writing a file.
type Carry<'a, E> = dyn FnMut(Result<(), LinesError<E>>) -> io::Result<()> + 'a;

/// Writes a file; an error of the source passes through the writer, which knows only those of files.
fn carrying<T, E>(write: impl FnOnce(&mut Carry<'_, E>) -> Result<T, ReportError>) -> Result<T, DrawError<E>> {
    let mut of_source = None;
    let written = write(&mut |visited| {
        visited.map_err(|error| match error {
            LinesError::File(error) => error,
            LinesError::Source(error) => {
                of_source = Some(error);
                io::Error::other("the run cannot be read")
            }
        })
    });
    match of_source {
        Some(error) => Err(DrawError::Source(error)),
        None => written.map_err(DrawError::Report),
    }
}
