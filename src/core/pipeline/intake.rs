//! Files to packed patients: one thread reads, the others map, normalise, assess and pack batch by batch, in order.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use rayon::prelude::*;

use super::Watcher;
use super::batch::{Normalising, TakenBatch, Unsplit, joined, take_batch};
use super::error::PipelineError;
use super::intake_settings::IntakeSettings;
use super::notes::Notes;
use super::several_tables::{Beside, header_below};
use super::tally::Tally;
use crate::assess::completeness;
use crate::domain::{DateOrder, DateOrders, Field, PatientStore, RowBatch, SourceId, date_order_of_fix, is_own_header};
use crate::map::{ColumnMap, MapError, find_columns};
use crate::normalise::{ColumnEvidence, NormaliseContext};
use crate::read::{InputFacts, ReadError, ReadEvent, SheetFacts, Stopped, UnsplitRows, read_roster_within};
use crate::rules::Rules;

/// Batches that may wait between the reading thread and the others: what bounds memory while reading.
pub(super) const WAITING_BATCHES: usize = 16;

/// Batches that each thread takes in before they are appended: with fewer, threads wait for each other more often.
const TAKEN_TOGETHER: usize = 8;
/// Batches that are taken in together at most, because all of them are in memory, unless there are more threads.
const MOST_TOGETHER: usize = 32;

/// Batches to wait for before they are taken in on all threads.
fn batches_together() -> usize {
    let threads = rayon::current_num_threads();
    (threads * TAKEN_TOGETHER).min(MOST_TOGETHER).max(threads * 2)
}

/// One table that was read, or passed over.
#[derive(Debug)]
pub struct TableFacts {
    /// The file it is from, with how it was read.
    pub input: InputFacts,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// Whether the workbook hides the sheet.
    pub hidden: bool,
    /// What the sheet says about itself; `None` for delimited files.
    pub sheet_facts: Option<SheetFacts>,
    /// Whether sheets were chosen, and the file has none.
    pub has_no_sheets_to_choose: bool,
    /// Why the table was passed over; empty for one that was read.
    pub passed_over: String,
    /// First and last of the rows above the header that hold something: titles and notes.
    pub rows_above: Option<(u32, u32)>,
    /// Header row and columns; `None` for a sheet without a roster.
    pub columns: Option<ColumnMap>,
    /// First and last row number that holds a patient row.
    pub row_span: Option<(u32, u32)>,
    /// Rows that hold something.
    pub rows: u64,
    /// Rows between header and end that hold nothing.
    pub blank_rows: u64,
    /// Rows that could not be split into the columns.
    pub(super) unsplit: Unsplit,
    /// Order that the column of birth dates settled on, where that mattered.
    pub birth_date_order: Option<DateOrder>,
}

/// Rosters that have been read, normalised and assessed.
#[derive(Debug)]
pub struct TakenIn {
    pub(super) store: PatientStore,
    /// The tables that were read, by source.
    pub tables: Vec<TableFacts>,
    pub(super) tally: Tally,
    pub(super) assumed_systems: BTreeSet<String>,
    /// Time that looking for shared values took, and that of everything until then.
    pub(super) sharing: Duration,
    pub(super) time: Duration,
}

/// What stands in for the system of external ids that nobody named: the name of the file; where rosters in several folders have
/// one name, with the folder's before it, because the numbers of two sites are two systems.
fn assumed_system(path: &str, rosters: &[String]) -> String {
    let stem = |path: &str| Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let folder =
        |path: &str| Path::new(path).parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let own = stem(path).unwrap_or_default();
    let is_shared = rosters.iter().any(|other| stem(other).as_ref() == Some(&own) && folder(other) != folder(path));
    match folder(path).filter(|_| is_shared) {
        Some(folder) => format!("{folder}/{own}"),
        None => own,
    }
}

/// Takes in every roster in the order given.
pub(super) fn read_rosters(
    rosters: &[String],
    rules: &Rules,
    settings: &IntakeSettings,
    watcher: &dyn Watcher,
) -> Result<TakenIn, PipelineError> {
    let mut intake = TakenIn {
        store: PatientStore::default(),
        tables: Vec::new(),
        tally: Tally::default(),
        assumed_systems: BTreeSet::new(),
        sharing: Duration::ZERO,
        time: Duration::ZERO,
    };
    let bytes_before = AtomicU64::new(0);
    for path in rosters {
        let default_system = if let Some(system) = &settings.system {
            system.clone()
        } else {
            let assumed = assumed_system(path, rosters);
            intake.assumed_systems.insert(assumed.clone());
            assumed
        };
        let is_system_assumed = settings.system.is_none();
        let context =
            NormaliseContext { rules, default_system: &default_system, is_system_assumed, today: settings.today };
        let assumed_system = is_system_assumed.then_some(default_system.as_str());
        let intake = &mut intake;
        let taker = Taker {
            path,
            context,
            assumed_system,
            settings,
            intake,
            tables: Vec::new(),
            sheets: Vec::new(),
            sheet_begins: 0,
            beside: Beside::default(),
            previous_row: None,
            first_refusal: None,
        };
        let report = |bytes| watcher.bytes_read(bytes_before.load(Ordering::Relaxed) + bytes);
        let facts = take_in(path, &report, taker)?;
        bytes_before.fetch_add(facts, Ordering::Relaxed);
    }
    Ok(intake)
}

/// Reads one file on a thread of its own while this one takes in what it sends. Returns the bytes read.
fn take_in(path: &str, report: &(dyn Fn(u64) + Sync), mut taker: Taker<'_, '_>) -> Result<u64, PipelineError> {
    let (sender, receiver) = sync_channel(WAITING_BATCHES);
    let limits = taker.settings.limits;
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            read_roster_within(Path::new(path), &limits, report, &mut |event| sender.send(event).map_err(|_| Stopped))
        });
        let end = taker.take_all(&receiver);
        drop(receiver);
        let facts = match reader.join() {
            Ok(facts) => facts,
            // The place was told when it happened; no file may bring the program down.
            Err(_) => Err(ReadError::Defect { path: path.to_owned() }),
        };
        // A refusal of the columns ends the reading too: it is the cause, and told first.
        end?;
        let facts = facts?;
        let bytes = facts.bytes;
        taker.finish(&facts)?;
        Ok(bytes)
    })
}

/// One table while it is being read.
struct OpenTable {
    /// Which part of the sheet or file it is, as `, from row 40`; empty for all of it.
    part: String,
    sheet: Option<String>,
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
    fn label(&self) -> String {
        let sheet = self.sheet.as_ref().map(|sheet| format!(", sheet \"{sheet}\"")).unwrap_or_default();
        format!("{sheet}{}", self.part)
    }
}

/// Batches that wait to be taken in, each with its first patient row and the last row before it.
type Waiting = Vec<(UnsplitRows, usize, Option<u32>)>;

struct Taker<'a, 'rules> {
    path: &'a str,
    context: NormaliseContext<'rules>,
    /// The system of external ids where nothing names it, if that is only the name of the file.
    assumed_system: Option<&'a str>,
    settings: &'a IntakeSettings,
    intake: &'a mut TakenIn,
    tables: Vec<OpenTable>,
    /// Sheets, or delimited tables, that the file has sent so far: their names.
    sheets: Vec<Option<String>>,
    /// The first table of the sheet that is being read.
    sheet_begins: usize,
    /// How the sheet falls into tables side by side; those beside the first are kept until it ends.
    beside: Beside,
    /// The last row of the table before the next batch.
    previous_row: Option<u32>,
    first_refusal: Option<PipelineError>,
}

/// Whether the first row is the header of a table that onroll wrote.
pub(super) fn is_own_table(batch: &RowBatch) -> bool {
    batch.row(0).is_some_and(|row| {
        let headers: Vec<&str> = row.cells().map(|(text, _)| text.trim()).collect();
        is_own_header(headers.into_iter())
    })
}

impl Taker<'_, '_> {
    fn take_all(&mut self, receiver: &Receiver<ReadEvent>) -> Result<(), PipelineError> {
        let mut waiting = Waiting::new();
        while let Ok(event) = receiver.recv() {
            match event {
                ReadEvent::Table { sheet, hidden, delimiter } => {
                    self.sheets.push(sheet.clone());
                    self.sheet_begins = self.tables.len();
                    self.beside = Beside::default();
                    self.open_table(sheet, hidden, delimiter)?;
                }
                ReadEvent::Rows(rows) => self.take_read(rows, &mut waiting)?,
                ReadEvent::Sheet(facts) => {
                    for table in self.tables.iter_mut().skip(self.sheet_begins) {
                        table.sheet_facts = Some((*facts).clone());
                    }
                }
                ReadEvent::EndOfTable => {
                    self.take_batches(&mut waiting);
                    self.close_table();
                    self.take_beside(&mut waiting)?;
                }
            }
        }
        Ok(())
    }

    /// Takes in rows as they were read: those of a delimited file whose header is known are split later, on all threads.
    fn take_read(&mut self, rows: UnsplitRows, waiting: &mut Waiting) -> Result<(), PipelineError> {
        let Some(table) = self.tables.last() else { return Ok(()) };
        let is_begun = table.columns.is_some() || !table.passed_over.is_empty();
        if table.sheet.is_none() && is_begun {
            if table.columns.is_some() {
                waiting.push((rows, 0, self.previous_row));
            }
            if waiting.len() >= batches_together() {
                self.take_batches(waiting);
            }
            return Ok(());
        }
        let mut batch = rows.split();
        self.unguard_own(&mut batch);
        self.take_of_sheet(batch, waiting)
    }

    /// Takes in rows of a sheet that may hold several tables side by side: the first is taken in, the others wait.
    fn take_of_sheet(&mut self, batch: RowBatch, waiting: &mut Waiting) -> Result<(), PipelineError> {
        let Some(table) = self.tables.last() else { return Ok(()) };
        let is_first = table.columns.is_none() && table.passed_over.is_empty() && table.sheet.is_some();
        if is_first && self.settings.map_file.is_none() && self.tables.len() == self.sheet_begins + 1 {
            self.beside = Beside::of(&batch, self.context.rules);
            if let Some(label) = self.beside.label_of_first()
                && let Some(table) = self.tables.last_mut()
            {
                table.part = label;
            }
        }
        let batch = self.beside.keep(batch).map_err(|rows| {
            let excess = format!(
                "a sheet of more than {rows} rows contains tables side by side: save each table as a separate sheet"
            );
            PipelineError::Read(ReadError::TooLarge { path: self.path.to_owned(), excess, limit: None })
        })?;
        self.take_rows(batch, waiting)
    }

    /// Takes in the tables that lay beside the first one of the sheet.
    fn take_beside(&mut self, waiting: &mut Waiting) -> Result<(), PipelineError> {
        for (label, batches) in std::mem::take(&mut self.beside).into_tables() {
            self.open_next(label)?;
            for batch in batches {
                self.take_rows(batch, waiting)?;
            }
            self.take_batches(waiting);
            self.close_table();
        }
        Ok(())
    }

    /// Takes in rows of one table; where a row further down is the header of another, that table begins there.
    fn take_rows(&mut self, mut batch: RowBatch, waiting: &mut Waiting) -> Result<(), PipelineError> {
        loop {
            let Some(mut first_row) = self.rows_begin_at(&batch)? else { return Ok(()) };
            let Some(columns) = self.tables.last().and_then(|table| table.columns.as_ref()) else { return Ok(()) };
            let header = columns.header_row.filter(|_| first_row > 0);
            let previous = header.or(self.previous_row);
            let is_sheet = self.tables.last().is_some_and(|table| table.sheet.is_some());
            let is_mapped = self.settings.map_file.is_some();
            let below = Some(()).filter(|()| is_sheet && !is_mapped);
            let below = below.and_then(|()| header_below(&batch, first_row, columns, self.context.rules));
            let rest = below.map(|row| (batch.select(row..batch.len(), 0..usize::MAX), batch.row(row)));
            let rest = rest.map(|(rest, row)| (rest, row.map_or(0, |row| row.number())));
            let last = below.unwrap_or(batch.len()).checked_sub(1).and_then(|row| batch.row(row));
            self.previous_row = last.map(|row| row.number());
            if let Some(row) = below {
                batch = batch.select(0..row, 0..usize::MAX);
                first_row = first_row.min(batch.len());
            }
            waiting.push((batch.into(), first_row, previous));
            if waiting.len() >= batches_together() || rest.is_some() {
                self.take_batches(waiting);
            }
            let Some((rest, number)) = rest else { return Ok(()) };
            self.close_table();
            let above = self.tables.last().map(|table| table.part.clone()).unwrap_or_default();
            let above = above.split(", from row ").next().unwrap_or_default().to_owned();
            self.open_next(format!("{above}, from row {number}"))?;
            batch = rest;
        }
    }

    /// Opens another table of the sheet or file that is being read.
    fn open_next(&mut self, part: String) -> Result<(), PipelineError> {
        let Some(first) = self.tables.get(self.sheet_begins) else { return Ok(()) };
        let (sheet, hidden, delimiter) = (first.sheet.clone(), first.hidden, first.delimiter);
        let facts = first.sheet_facts.clone();
        self.open_table(sheet, hidden, delimiter)?;
        if let Some(table) = self.tables.last_mut() {
            table.part = part;
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
        let index = self.intake.tables.len() + self.tables.len();
        let source = SourceId(u16::try_from(index).map_err(|_| PipelineError::TooManyTables)?);
        let is_chosen = sheet.as_deref().is_none_or(|sheet| self.settings.chooses(sheet, self.sheets.len()));
        let passed_over = if is_chosen { String::new() } else { "not chosen".to_owned() };
        self.previous_row = None;
        self.tables.push(OpenTable {
            part: String::new(),
            sheet,
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

    /// Finds the header in the first rows of a table, and tells the index of the first patient row; later rows are all
    /// patient rows. `None` for a table that is passed over.
    fn rows_begin_at(&mut self, batch: &RowBatch) -> Result<Option<usize>, PipelineError> {
        let Some(table) = self.tables.last_mut() else { return Ok(None) };
        if !table.passed_over.is_empty() {
            return Ok(None);
        }
        if table.columns.is_some() {
            return Ok(Some(0));
        }
        let (path, label) = (self.path.to_owned(), table.label());
        let found = find_columns(batch, self.context.rules, self.settings.map_file.as_ref());
        let found = found.and_then(|found| {
            let is_unasked =
                table.sheet.is_some() && self.settings.sheets.is_empty() && self.settings.map_file.is_none();
            let header = found.1.header_of_providers(&self.context.rules.headers).filter(|_| is_unasked);
            header.map(str::to_owned).map_or(Ok(found), |header| Err(MapError::Providers { header }))
        });
        let (first_row, mut columns) = match found {
            Ok(found) => found,
            Err(source) if table.sheet.is_some() && !self.settings.sheets.is_empty() => {
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
            self.intake.assumed_systems.extend(columns.assumed_systems().map(str::to_owned));
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
        table.rows_above = above.map(|row| Some((row.number(), row.number()))).fold(None, joined);
        table.columns = Some(columns);
        Ok(Some(first_row))
    }

    /// Takes in the waiting batches on all threads and appends them in input order.
    fn take_batches(&mut self, waiting: &mut Waiting) {
        let Some(table) = self.tables.last_mut() else { return };
        let Some(columns) = &table.columns else { return };
        let context = &self.context;
        let standing_in = columns.assumed_systems().chain(self.assumed_system);
        let assumed_systems: Vec<&str> = standing_in.filter(|_| self.assumed_system.is_some()).collect();
        let taken: Vec<TakenBatch> = std::mem::take(waiting)
            .into_par_iter()
            .map(|(rows, first_row, previous)| {
                let normalising = Normalising { context, assumed_systems: &assumed_systems };
                let notes = Some(Notes::of(columns, table.sheet.is_some(), previous));
                let batch = if table.is_guarded { rows.split_unguarded() } else { rows.split() };
                take_batch(&batch, first_row, columns, table.delimiter, notes, &normalising)
            })
            .collect();
        for batch in taken {
            table.evidence.merge(&batch.evidence);
            table.rows += batch.packed.len() as u64;
            table.blank_rows += batch.blank_rows;
            table.unsplit.append(batch.unsplit);
            table.row_span = joined(table.row_span, batch.row_span);
            self.intake.tally.merge(&batch.tally);
            self.intake.store.push(table.source, batch.packed);
        }
    }

    /// Settles what only the whole table tells: the order of day and month in its columns, and the language of its sexes.
    fn close_table(&mut self) {
        let Some(table) = self.tables.last_mut() else { return };
        let headers = table.columns.iter().flat_map(|columns| &columns.columns).map(|column| column.header.as_str());
        let fallback = date_order_of_fix(headers.collect::<Vec<_>>().into_iter()).or(self.settings.date_order);
        let birth = table.evidence.birth.order().or(fallback);
        let death = table.evidence.death.order().or(birth).or(fallback);
        let score = |presence| completeness(presence, &self.context.rules.completeness);
        if table.evidence.birth.ambiguous > 0 || table.evidence.death.ambiguous > 0 {
            for batch in self.intake.store.batches_of(table.source) {
                batch.settle_dates(&DateOrders { birth, death }, self.context.today, score);
            }
        }
        for (field, evidence) in [(Field::BirthDate, table.evidence.birth), (Field::DeathDate, table.evidence.death)] {
            if evidence.is_half_exchanged() {
                self.intake.store.batches_of(table.source).for_each(|batch| batch.hold_exchanged_dates(field));
            }
        }
        if let Some(letters) = table.evidence.sex.letters() {
            for batch in self.intake.store.batches_of(table.source) {
                batch.settle_sexes(&letters, score);
            }
        }
        table.birth_date_order = birth;
        if let (Some(_), Some((first, last))) = (&table.sheet, table.row_span) {
            // A sheet's reader leaves them out; the numbers tell.
            table.blank_rows = u64::from(last - first + 1).saturating_sub(table.rows);
        }
    }

    /// Hands the tables over, once the facts about the file are known.
    fn finish(self, facts: &InputFacts) -> Result<(), PipelineError> {
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
            self.intake.tables.push(TableFacts {
                input: facts.clone(),
                has_no_sheets_to_choose: table.sheet.is_none() && !self.settings.sheets.is_empty(),
                sheet: table.sheet.map(|sheet| format!("{sheet}{}", table.part)),
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
