//! One file while it is being ingested: the events of its reader become tables, rows and patients.

use std::sync::mpsc::Receiver;

use rayon::prelude::*;

use super::batch::{Normalising, NotedBatch, note_batch};
use super::error::PipelineError;
use super::ingest::Ingested;
use super::settings::IngestSettings;
use super::table::{TableFacts, Unsplit, span_of_both};
use crate::assess::completeness;
use crate::domain::{
    DateOrder, DateOrders, Field, RowBatch, SourceId, SystemName, TableId, TablePart, date_order_of_fix, is_own_table,
};
use crate::map::{ColumnMap, Footnotes, MapError, TablesBeside, find_columns, header_below};
use crate::normalise::{ColumnEvidence, NormaliseContext};
use crate::read::{InputFacts, ReadError, ReadEvent, SheetFacts, UnsplitRows};

/// Batches that each thread ingests before they are appended. With fewer batches, threads wait for each other more
/// often.
const BATCHES_PER_THREAD: usize = 8;
/// Most batches that are ingested together, because all of them are in memory. More threads raise the limit.
const BATCHES_MAX: usize = 32;

/// Batches to collect before all threads ingest them.
fn batches_together() -> usize {
    let threads = rayon::current_num_threads();
    (threads * BATCHES_PER_THREAD).min(BATCHES_MAX).max(threads * 2)
}

/// One table while it is being read.
pub(super) struct OpenTable {
    id: TableId,
    hidden: bool,
    delimiter: Option<char>,
    source: SourceId,
    columns: Option<ColumnMap>,
    sheet_facts: Option<SheetFacts>,
    /// Why; empty while it is read.
    passed_over: String,
    rows_above: Option<(u32, u32)>,
    row_span: Option<(u32, u32)>,
    rows: u64,
    blank_rows: u64,
    unsplit: Unsplit,
    evidence: ColumnEvidence,
    birth_date_order: Option<DateOrder>,
    /// Whether later rows have guards before what looks like a formula.
    is_guarded: bool,
}

impl OpenTable {
    /// Restricts the table to a part of its sheet.
    fn set_part(&mut self, part: TablePart) {
        self.id = TableId::new(self.id.sheet().map(str::to_owned), part);
    }
}

/// Batches that wait to be ingested, each with its first patient row and the last row before it.
type Waiting = Vec<(UnsplitRows, usize, Option<u32>)>;

/// One file while it is being ingested.
pub(super) struct FileIngest<'a, 'rules> {
    pub(super) path: &'a str,
    pub(super) context: NormaliseContext<'rules>,
    /// The system of external ids where nothing names it, if that is only the name of the file.
    pub(super) assumed_system: Option<&'a str>,
    pub(super) settings: &'a IngestSettings,
    pub(super) ingested: &'a mut Ingested,
    pub(super) tables: Vec<OpenTable>,
    /// Sheets, or delimited tables, that the file has sent so far: their names.
    pub(super) sheets: Vec<Option<String>>,
    /// The first table of the sheet that is being read.
    pub(super) sheet_begins: usize,
    /// How the sheet falls into tables side by side; those beside the first are kept until it ends.
    pub(super) beside: TablesBeside,
    /// The last row of the table before the next batch.
    pub(super) previous_row: Option<u32>,
    pub(super) first_refusal: Option<PipelineError>,
}

impl FileIngest<'_, '_> {
    /// Ingests what the reader sends until it ends.
    pub(super) fn ingest_events(&mut self, receiver: &Receiver<ReadEvent>) -> Result<(), PipelineError> {
        let mut waiting = Waiting::new();
        while let Ok(event) = receiver.recv() {
            match event {
                ReadEvent::Table { sheet, hidden, delimiter } => {
                    self.sheets.push(sheet.clone());
                    self.sheet_begins = self.tables.len();
                    self.beside = TablesBeside::default();
                    self.open_table(sheet, hidden, delimiter)?;
                }
                ReadEvent::Rows(rows) => self.ingest_read_rows(rows, &mut waiting)?,
                ReadEvent::Sheet(facts) => {
                    for table in self.tables.iter_mut().skip(self.sheet_begins) {
                        table.sheet_facts = Some((*facts).clone());
                    }
                }
                ReadEvent::EndOfTable => {
                    self.flush(&mut waiting);
                    self.close_table();
                    self.ingest_tables_beside(&mut waiting)?;
                }
            }
        }
        Ok(())
    }

    /// Ingests rows as they were read. Rows of a delimited file are split later, on all threads, once its header is
    /// known.
    fn ingest_read_rows(&mut self, rows: UnsplitRows, waiting: &mut Waiting) -> Result<(), PipelineError> {
        let Some(table) = self.tables.last() else { return Ok(()) };
        let is_begun = table.columns.is_some() || !table.passed_over.is_empty();
        if table.id.sheet().is_none() && is_begun {
            if table.columns.is_some() {
                waiting.push((rows, 0, self.previous_row));
            }
            if waiting.len() >= batches_together() {
                self.flush(waiting);
            }
            return Ok(());
        }
        let mut batch = rows.split();
        self.unguard_own(&mut batch);
        self.ingest_sheet_rows(batch, waiting)
    }

    /// Ingests rows of a sheet that may hold several tables side by side. The first is ingested, and the others wait.
    fn ingest_sheet_rows(&mut self, batch: RowBatch, waiting: &mut Waiting) -> Result<(), PipelineError> {
        let Some(table) = self.tables.last() else { return Ok(()) };
        let is_first = table.columns.is_none() && table.passed_over.is_empty() && table.id.sheet().is_some();
        if is_first && self.settings.map_file.is_none() && self.tables.len() == self.sheet_begins + 1 {
            self.beside = TablesBeside::from_batch(&batch, self.context.rules);
            if let Some(part) = self.beside.part_of_first()
                && let Some(table) = self.tables.last_mut()
            {
                table.set_part(part);
            }
        }
        let batch = self.beside.keep(batch).map_err(|rows| {
            let excess = format!(
                "a sheet of more than {rows} rows contains tables side by side: save each table as a separate sheet"
            );
            PipelineError::Read(ReadError::TooLarge { path: self.path.to_owned(), excess, limit: None })
        })?;
        self.ingest_rows(batch, waiting)
    }

    /// Ingests the tables beside the first one of the sheet.
    fn ingest_tables_beside(&mut self, waiting: &mut Waiting) -> Result<(), PipelineError> {
        for (part, batches) in std::mem::take(&mut self.beside).into_tables() {
            self.open_next(part)?;
            for batch in batches {
                self.ingest_rows(batch, waiting)?;
            }
            self.flush(waiting);
            self.close_table();
        }
        Ok(())
    }

    /// Ingests rows of one table. Where a row further down is the header of another table, that table begins there.
    fn ingest_rows(&mut self, mut batch: RowBatch, waiting: &mut Waiting) -> Result<(), PipelineError> {
        loop {
            let Some(first_row) = self.rows_begin_at(&batch)? else { return Ok(()) };
            let Some(columns) = self.tables.last().and_then(|table| table.columns.as_ref()) else { return Ok(()) };
            let previous = columns.header_row.filter(|_| first_row > 0).or(self.previous_row);
            let (rows, next) = self.split_at_next_header(batch, first_row);
            self.previous_row = rows.len().checked_sub(1).and_then(|last| rows.row(last)).map(|row| row.number());
            let first_row = first_row.min(rows.len());
            waiting.push((rows.into(), first_row, previous));
            if waiting.len() >= batches_together() || next.is_some() {
                self.flush(waiting);
            }
            let Some((header_row, rest)) = next else { return Ok(()) };
            self.close_table();
            let part = self.tables.last().map(|table| table.id.part()).unwrap_or_default();
            self.open_next(part.below(header_row))?;
            batch = rest;
        }
    }

    /// The rows of the table that is open, and where another table begins further down, its header's row number and
    /// rows.
    fn split_at_next_header(&self, batch: RowBatch, first_row: usize) -> (RowBatch, Option<(u32, RowBatch)>) {
        let table = self.tables.last().filter(|table| table.id.sheet().is_some() && self.settings.map_file.is_none());
        let columns = table.and_then(|table| table.columns.as_ref());
        let below = columns.and_then(|columns| header_below(&batch, first_row, columns, self.context.rules));
        let Some(below) = below else { return (batch, None) };
        let header_row = batch.row(below).map_or(0, |row| row.number());
        let rest = batch.select(below..batch.len(), 0..usize::MAX);
        (batch.select(0..below, 0..usize::MAX), Some((header_row, rest)))
    }

    /// Opens another table of the sheet or file that is being read.
    fn open_next(&mut self, part: TablePart) -> Result<(), PipelineError> {
        let Some(first) = self.tables.get(self.sheet_begins) else { return Ok(()) };
        let (sheet, hidden, delimiter) = (first.id.sheet().map(str::to_owned), first.hidden, first.delimiter);
        let facts = first.sheet_facts.clone();
        self.open_table(sheet, hidden, delimiter)?;
        if let Some(table) = self.tables.last_mut() {
            table.set_part(part);
            table.sheet_facts = facts;
        }
        Ok(())
    }

    fn open_table(
        &mut self,
        sheet: Option<String>,
        hidden: bool,
        delimiter: Option<char>,
    ) -> Result<(), PipelineError> {
        let index = self.ingested.tables.len() + self.tables.len();
        let source = SourceId(u16::try_from(index).map_err(|_| PipelineError::TooManyTables)?);
        let is_chosen = sheet.as_deref().is_none_or(|sheet| self.settings.chooses(sheet, self.sheets.len()));
        let passed_over = if is_chosen { String::new() } else { "not chosen".to_owned() };
        self.previous_row = None;
        self.tables.push(OpenTable {
            id: TableId::new(sheet, TablePart::default()),
            hidden,
            delimiter,
            source,
            columns: None,
            sheet_facts: None,
            passed_over,
            rows_above: None,
            row_span: None,
            rows: 0,
            blank_rows: 0,
            unsplit: Unsplit::default(),
            evidence: ColumnEvidence::default(),
            birth_date_order: None,
            is_guarded: false,
        });
        Ok(())
    }

    /// Takes the guards off where onroll wrote the delimited file itself.
    fn unguard_own(&mut self, first: &mut RowBatch) {
        if let Some(table) = self.tables.last_mut() {
            table.is_guarded = table.delimiter.is_some() && is_own_table(first);
            if table.is_guarded {
                first.unguard();
            }
        }
    }

    /// Finds the header in the first rows of a table, and returns the index of the first patient row; later rows are
    /// all patient rows. `None` for a table that is passed over.
    fn rows_begin_at(&mut self, batch: &RowBatch) -> Result<Option<usize>, PipelineError> {
        let Some(table) = self.tables.last_mut() else { return Ok(None) };
        if !table.passed_over.is_empty() {
            return Ok(None);
        }
        if table.columns.is_some() {
            return Ok(Some(0));
        }
        let (path, label) = (self.path.to_owned(), table.id.to_string());
        let found = find_columns(batch, self.context.rules, self.settings.map_file.as_ref());
        let found = found.and_then(|found| {
            let is_unasked =
                table.id.sheet().is_some() && self.settings.sheets.is_empty() && self.settings.map_file.is_none();
            let header = found.1.header_of_providers(&self.context.rules.headers).filter(|_| is_unasked);
            header.map(str::to_owned).map_or(Ok(found), |header| Err(MapError::Providers { header }))
        });
        let (first_row, mut columns) = match found {
            Ok(found) => found,
            Err(source) if table.id.sheet().is_some() && !self.settings.sheets.is_empty() => {
                return Err(PipelineError::NoRoster { path, table: label, source });
            }
            Err(source) => {
                table.passed_over = source.to_string();
                self.first_refusal.get_or_insert(PipelineError::NoRoster { path, table: label, source });
                return Ok(None);
            }
        };
        if let Some(map_file) = &self.settings.map_file {
            columns.apply(map_file).map_err(|source| PipelineError::MapFile {
                path: path.clone(),
                table: label.clone(),
                source,
            })?;
        }
        columns.assume_systems(self.context.default_system, self.assumed_system.is_none());
        if self.assumed_system.is_some() {
            self.ingested.assumed_systems.extend(columns.assumed_systems().map(SystemName::new));
        }
        let missing = columns.missing_required();
        if !missing.is_empty() {
            let missing = missing.iter().map(|field| field.name()).collect::<Vec<_>>().join(" and ");
            let contradictions = columns.contradictions();
            let because = contradictions.iter().map(|(column, reason)| format!(" (in column {column} {reason})"));
            return Err(PipelineError::MissingRequired {
                path,
                table: label,
                missing,
                because: because.collect(),
                headers: columns.headers_seen(),
            });
        }
        let above = batch.rows().take(first_row).filter(|row| Some(row.number()) != columns.header_row);
        let above =
            above.filter(|row| columns.header_row.is_none_or(|header| row.number() < header) && !row.is_blank());
        table.rows_above = above.map(|row| Some((row.number(), row.number()))).fold(None, span_of_both);
        table.columns = Some(columns);
        Ok(Some(first_row))
    }

    /// Ingests the waiting batches on all threads and appends them in input order.
    fn flush(&mut self, waiting: &mut Waiting) {
        let Some(table) = self.tables.last_mut() else { return };
        let Some(columns) = &table.columns else { return };
        let context = &self.context;
        let assumed = columns.assumed_systems().chain(self.assumed_system);
        let assumed_systems: Vec<&str> = assumed.filter(|_| self.assumed_system.is_some()).collect();
        let noted: Vec<NotedBatch> = std::mem::take(waiting)
            .into_par_iter()
            .map(|(rows, first_row, previous)| {
                let normalising = Normalising { context, assumed_systems: &assumed_systems };
                let notes = Some(Footnotes::new(columns, table.id.sheet().is_some(), previous));
                let batch = if table.is_guarded { rows.split_unguarded() } else { rows.split() };
                note_batch(&batch, first_row, columns, table.delimiter, notes, &normalising)
            })
            .collect();
        for batch in noted {
            table.evidence.merge(&batch.evidence);
            table.rows += batch.packed.len() as u64;
            table.blank_rows += batch.blank_rows;
            table.unsplit.append(batch.unsplit);
            table.row_span = span_of_both(table.row_span, batch.row_span);
            self.ingested.tally.merge(&batch.tally);
            self.ingested.store.push(table.source, batch.packed);
        }
    }

    /// Settles what only the whole table shows: the order of day and month in its columns, and the language of its
    /// sexes.
    fn close_table(&mut self) {
        let Some(table) = self.tables.last_mut() else { return };
        let headers = table.columns.iter().flat_map(|columns| &columns.columns).map(|column| column.header.as_str());
        let fallback = date_order_of_fix(headers.collect::<Vec<_>>().into_iter()).or(self.settings.date_order);
        let birth = table.evidence.birth.order().or(fallback);
        let death = table.evidence.death.order().or(birth).or(fallback);
        let score = |presence| completeness(presence, &self.context.rules.completeness);
        if table.evidence.birth.ambiguous > 0 || table.evidence.death.ambiguous > 0 {
            for batch in self.ingested.store.batches_of(table.source) {
                batch.settle_dates(&DateOrders { birth, death }, self.context.today, score);
            }
        }
        for (field, evidence) in [(Field::BirthDate, table.evidence.birth), (Field::DeathDate, table.evidence.death)] {
            if evidence.is_half_exchanged() {
                self.ingested.store.batches_of(table.source).for_each(|batch| batch.hold_exchanged_dates(field));
            }
        }
        if let Some(letters) = table.evidence.sex.letters() {
            for batch in self.ingested.store.batches_of(table.source) {
                batch.settle_sexes(&letters, score);
            }
        }
        table.birth_date_order = birth;
        if let (Some(_), Some((first, last))) = (table.id.sheet(), table.row_span) {
            // The reader of a sheet leaves out blank rows, so they are counted by row number.
            table.blank_rows = u64::from(last - first + 1).saturating_sub(table.rows);
        }
    }

    /// Hands over the tables once the facts about the file are known.
    pub(super) fn finish(self, facts: &InputFacts) -> Result<(), PipelineError> {
        let sheets: Vec<&str> = self.sheets.iter().filter_map(Option::as_deref).collect();
        self.settings.check_choices(self.path, &sheets)?;
        if self.tables.iter().all(|table| table.columns.is_none())
            && let Some(refusal) = self.first_refusal
        {
            return Err(refusal);
        }
        if self.tables.iter().all(|table| table.columns.is_none()) {
            return Err(ReadError::Blank { path: self.path.to_owned() }.into());
        }
        for table in self.tables {
            self.ingested.tables.push(TableFacts {
                input: facts.clone(),
                has_no_sheets_to_choose: table.id.sheet().is_none() && !self.settings.sheets.is_empty(),
                id: table.id,
                hidden: table.hidden,
                sheet_facts: table.sheet_facts,
                passed_over: table.passed_over,
                rows_above: table.rows_above,
                columns: table.columns,
                row_span: table.row_span,
                rows: table.rows,
                blank_rows: table.blank_rows,
                unsplit: table.unsplit,
                birth_date_order: table.birth_date_order,
            });
        }
        Ok(())
    }
}
