//! The files of a run's folder: private, each complete or absent.

use std::io;
use std::path::{Path, PathBuf};

use super::changes_csv::ChangesWriter;
use super::duplicates_csv::DuplicatesWriter;
use super::html;
use super::model::RunReport;
use super::persons_csv::PersonsWriter;
use super::reconciliation::{Imbalance, Reconciliation};
use super::rows_csv::RowsWriter;
use crate::private_file::{create_private_folder, write_atomically};

/// Reports that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file cannot be written.
    #[error("{} cannot be written: {source}. After an upload, `onroll report` writes the reports again from the ledger", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The rows written do not add up.
    #[error(transparent)]
    Imbalance(#[from] Imbalance),
}

/// The files of a run that are written row by row.
#[derive(Debug)]
pub struct ReportFiles {
    folder: PathBuf,
}

impl ReportFiles {
    /// Makes the folder, mode 0700.
    pub fn in_folder(folder: &Path) -> Result<Self, ReportError> {
        create_private_folder(folder).map_err(|source| ReportError::File { file: folder.to_owned(), source })?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes `rows.csv` and balances it against the rows that were read.
    pub fn write_rows(
        &self,
        read: u64,
        lines: impl FnOnce(&mut RowsWriter<'_>) -> io::Result<()>,
    ) -> Result<Reconciliation, ReportError> {
        let mut counts = None;
        self.write("rows.csv", |out| {
            let mut writer = RowsWriter::new(out)?;
            lines(&mut writer)?;
            counts = Some(writer.finish()?);
            Ok(())
        })?;
        Ok(Reconciliation::new(read, counts.unwrap_or_default())?)
    }

    /// Writes `duplicates.csv`.
    pub fn write_duplicates(
        &self,
        pairs: impl FnOnce(&mut DuplicatesWriter<'_>) -> io::Result<()>,
    ) -> Result<(), ReportError> {
        self.write("duplicates.csv", |out| {
            let mut writer = DuplicatesWriter::new(out)?;
            pairs(&mut writer)?;
            writer.finish()
        })
    }

    /// Writes `changes.csv`.
    pub fn write_changes(
        &self,
        changes: impl FnOnce(&mut ChangesWriter<'_>) -> io::Result<()>,
    ) -> Result<(), ReportError> {
        self.write("changes.csv", |out| {
            let mut writer = ChangesWriter::new(out)?;
            changes(&mut writer)?;
            writer.finish()
        })
    }

    /// Writes `persons.csv`.
    pub fn write_persons(
        &self,
        origins: impl FnOnce(&mut PersonsWriter<'_>) -> io::Result<()>,
    ) -> Result<(), ReportError> {
        self.write("persons.csv", |out| {
            let mut writer = PersonsWriter::new(out)?;
            origins(&mut writer)?;
            writer.finish()
        })
    }

    /// Writes `model.json`: what pairs of rows were judged by, to be given back with `--model`.
    pub fn write_model(&self, model: &str) -> Result<(), ReportError> {
        self.write("model.json", |out| out.write_all(model.as_bytes()))
    }

    pub(super) fn write(
        &self,
        name: &str,
        content: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), ReportError> {
        let file = self.folder.join(name);
        write_atomically(&file, content).map_err(|source| ReportError::File { file, source })
    }
}

/// Writes `report.json` and `report.html`.
pub fn write_reports(files: &ReportFiles, report: &RunReport) -> Result<(), ReportError> {
    files.write("report.json", |out| {
        serde_json::to_writer_pretty(&mut *out, report)?;
        out.write_all(b"\n")
    })?;
    files.write("report.html", |out| {
        let page = html::render(report).map_err(io::Error::other)?;
        out.write_all(page.as_bytes())
    })
}
