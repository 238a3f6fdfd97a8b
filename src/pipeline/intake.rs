//! Files to packed patients: one thread reads, the others map, normalise, assess and pack batch by batch, in order.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::prelude::*;

use super::Watcher;
use super::changes;
use super::decision_file::DecisionFile;
use super::error::PipelineError;
use super::tally::Tally;
use crate::assess::assess;
use crate::domain::{
    CivilDate, DateOrder, Finding, FindingCode, MappedRow, PackedBatch, PatientStore, RowBatch, RowFault, SourceId,
    SourceRow,
};
use crate::map::{ColumnMap, MapFile, MappedCells, RowShape, find_columns};
use crate::matching::Model;
use crate::normalise::{ColumnEvidence, NormaliseContext, normalise_row, unreadable_row};
use crate::read::{InputFacts, ReadError, ReadEvent, SheetFacts, Stopped, read_roster};
use crate::rules::Rules;

/// Batches that may wait between the reading thread and the others: what bounds memory while reading.
const WAITING_BATCHES: usize = 16;

/// How rosters are taken in.
#[derive(Debug)]
pub struct IntakeSettings {
    /// The user's mapping, over the automatic one.
    pub map_file: Option<MapFile>,
    /// The user's name for the system behind external ids.
    pub system: Option<String>,
    /// Order of day and month where a column does not tell.
    pub date_order: Option<DateOrder>,
    /// The day on which nothing may lie in the future.
    pub today: CivilDate,
    /// The model of an earlier run, to decide alike.
    pub model: Option<Model>,
    /// A steward's verdicts on pairs of rows.
    pub decisions: Option<DecisionFile>,
    /// Sheets of workbooks to read, by name or by number from 1; all that hold a roster where there are none.
    pub sheets: Vec<String>,
}

impl IntakeSettings {
    /// Nothing but what the files themselves tell.
    pub const fn on(today: CivilDate) -> Self {
        Self { map_file: None, system: None, date_order: None, today, model: None, decisions: None, sheets: Vec::new() }
    }
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
    /// Order that the column of birth dates settled on, where that mattered.
    pub birth_date_order: Option<DateOrder>,
}

/// Everything that reading yields.
pub(super) struct Intake {
    pub(super) store: PatientStore,
    pub(super) tables: Vec<TableFacts>,
    pub(super) tally: Tally,
    pub(super) assumed_systems: BTreeSet<String>,
}

/// Takes in every roster in the order given.
pub(super) fn read_rosters(
    rosters: &[String],
    rules: &Rules,
    settings: &IntakeSettings,
    watcher: &dyn Watcher,
) -> Result<Intake, PipelineError> {
    let mut intake = Intake {
        store: PatientStore::default(),
        tables: Vec::new(),
        tally: Tally::default(),
        assumed_systems: BTreeSet::new(),
    };
    let bytes_before = AtomicU64::new(0);
    for path in rosters {
        let default_system = if let Some(system) = &settings.system {
            system.clone()
        } else {
            let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            intake.assumed_systems.insert(stem.clone());
            stem
        };
        let context = NormaliseContext { rules, default_system: &default_system, today: settings.today };
        let assumed_system = settings.system.is_none().then_some(default_system.as_str());
        let intake = &mut intake;
        let taker = Taker { path, context, assumed_system, settings, intake, tables: Vec::new(), first_refusal: None };
        let report = |bytes| watcher.bytes_read(bytes_before.load(Ordering::Relaxed) + bytes);
        let facts = take_in(path, &report, taker)?;
        bytes_before.fetch_add(facts, Ordering::Relaxed);
    }
    Ok(intake)
}

/// Reads one file on a thread of its own while this one takes in what it sends. Returns the bytes read.
fn take_in(path: &str, report: &(dyn Fn(u64) + Sync), mut taker: Taker<'_, '_>) -> Result<u64, PipelineError> {
    let (sender, receiver) = sync_channel(WAITING_BATCHES);
    std::thread::scope(|scope| {
        let reader = scope
            .spawn(move || read_roster(Path::new(path), report, &mut |event| sender.send(event).map_err(|_| Stopped)));
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
    evidence: ColumnEvidence,
    birth_date_order: Option<DateOrder>,
}

impl OpenTable {
    fn label(&self) -> String {
        self.sheet.as_ref().map(|sheet| format!(", sheet \"{sheet}\"")).unwrap_or_default()
    }
}

struct Taker<'a, 'rules> {
    path: &'a str,
    context: NormaliseContext<'rules>,
    /// The system of external ids where nothing names it, if that is only the name of the file.
    assumed_system: Option<&'a str>,
    settings: &'a IntakeSettings,
    intake: &'a mut Intake,
    tables: Vec<OpenTable>,
    first_refusal: Option<PipelineError>,
}

/// What one batch came to.
struct TakenBatch {
    packed: PackedBatch,
    evidence: ColumnEvidence,
    tally: Tally,
    blank_rows: u64,
    row_span: Option<(u32, u32)>,
}

impl Taker<'_, '_> {
    fn take_all(&mut self, receiver: &Receiver<ReadEvent>) -> Result<(), PipelineError> {
        let mut waiting: Vec<(RowBatch, usize)> = Vec::new();
        let together = rayon::current_num_threads() * 2;
        while let Ok(event) = receiver.recv() {
            match event {
                ReadEvent::Table { sheet, hidden, delimiter } => self.open_table(sheet, hidden, delimiter)?,
                ReadEvent::Rows(batch) => {
                    let first_row = self.rows_begin_at(&batch)?;
                    if let Some(first_row) = first_row {
                        waiting.push((batch, first_row));
                    }
                    if waiting.len() >= together {
                        self.take_batches(&mut waiting);
                    }
                }
                ReadEvent::Sheet(facts) => {
                    if let Some(table) = self.tables.last_mut() {
                        table.sheet_facts = Some(*facts);
                    }
                }
                ReadEvent::EndOfTable => {
                    self.take_batches(&mut waiting);
                    self.close_table();
                }
            }
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
        let passed_over = if self.chooses(sheet.as_deref()) { String::new() } else { "not chosen".to_owned() };
        self.tables.push(OpenTable {
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
            evidence: ColumnEvidence::default(),
            birth_date_order: None,
        });
        Ok(())
    }

    /// The index of the first patient row of a batch; finds the header in a table's first batch. `None` for the rows of
    /// a table that is no roster.
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

    /// Whether a sheet is to be read: the user chose it, or none at all.
    fn chooses(&self, sheet: Option<&str>) -> bool {
        let Some(sheet) = sheet else { return true };
        let number = self.tables.len() + 1;
        let choices = &self.settings.sheets;
        choices.is_empty() || choices.iter().any(|choice| is_choice(choice, sheet, number))
    }

    /// Takes in the waiting batches on all threads and appends them in input order.
    fn take_batches(&mut self, waiting: &mut Vec<(RowBatch, usize)>) {
        let Some(table) = self.tables.last_mut() else { return };
        let Some(columns) = &table.columns else { return };
        let (context, assumed_system) = (&self.context, self.assumed_system);
        let taken: Vec<TakenBatch> = std::mem::take(waiting)
            .into_par_iter()
            .map(|(batch, first_row)| {
                let normalising = Normalising { context, assumed_system };
                take_batch(&batch, first_row, columns, table.delimiter, &normalising)
            })
            .collect();
        for batch in taken {
            table.evidence.merge(&batch.evidence);
            table.rows += batch.packed.len() as u64;
            table.blank_rows += batch.blank_rows;
            table.row_span = joined(table.row_span, batch.row_span);
            self.intake.tally.merge(&batch.tally);
            self.intake.store.push(table.source, batch.packed);
        }
    }

    /// Settles what only the whole table tells: the order of day and month in its columns.
    fn close_table(&mut self) {
        let Some(table) = self.tables.last_mut() else { return };
        let fallback = self.settings.date_order;
        let birth = table.evidence.birth.order().or(fallback);
        let death = table.evidence.death.order().or(birth).or(fallback);
        if table.evidence.birth.ambiguous > 0 || table.evidence.death.ambiguous > 0 {
            for batch in self.intake.store.batches_of(table.source) {
                batch.settle_dates(birth, death);
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
        self.check_choices()?;
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
                sheet: table.sheet,
                hidden: table.hidden,
                sheet_facts: table.sheet_facts,
                passed_over: table.passed_over,
                rows_above: table.rows_above,
                columns: table.columns,
                row_span: table.row_span,
                rows: table.rows,
                blank_rows: table.blank_rows,
                birth_date_order: table.birth_date_order,
            });
        }
        Ok(())
    }

    /// Every sheet that was chosen has to be in the workbook.
    fn check_choices(&self) -> Result<(), PipelineError> {
        let sheets: Vec<&str> = self.tables.iter().filter_map(|table| table.sheet.as_deref()).collect();
        let is_there =
            |choice: &&String| sheets.iter().zip(1..).any(|(sheet, number)| is_choice(choice, sheet, number));
        match self.settings.sheets.iter().find(|choice| !sheets.is_empty() && !is_there(choice)) {
            Some(choice) => Err(PipelineError::NoSuchSheet {
                path: self.path.to_owned(),
                wanted: choice.clone(),
                sheets: sheets.iter().map(|sheet| format!("\"{sheet}\"")).collect::<Vec<_>>().join(", "),
            }),
            None => Ok(()),
        }
    }
}

/// Whether a user's word names a sheet: by its name in either case, or by its number from 1.
fn is_choice(choice: &str, sheet: &str, number: usize) -> bool {
    choice.trim().to_lowercase() == sheet.trim().to_lowercase() || choice.trim().parse() == Ok(number)
}

fn joined(left: Option<(u32, u32)>, right: Option<(u32, u32)>) -> Option<(u32, u32)> {
    match (left, right) {
        (Some((first, _)), Some((_, last))) => Some((first, last)),
        (span, None) | (None, span) => span,
    }
}

/// What taking a row in needs besides its cells.
struct Normalising<'a> {
    context: &'a NormaliseContext<'a>,
    assumed_system: Option<&'a str>,
}

fn take_batch(
    batch: &RowBatch,
    first_row: usize,
    columns: &ColumnMap,
    delimiter: Option<char>,
    normalising: &Normalising<'_>,
) -> TakenBatch {
    let mut taken = TakenBatch {
        packed: PackedBatch::default(),
        evidence: ColumnEvidence::default(),
        tally: Tally::default(),
        blank_rows: 0,
        row_span: None,
    };
    let mut mapped_cells = MappedCells::default();
    for row in batch.rows().skip(first_row) {
        if row.is_blank() {
            taken.blank_rows += 1;
            continue;
        }
        taken.row_span = joined(taken.row_span, Some((row.number(), row.number())));
        let code = match row.fault() {
            Some(RowFault::Undecodable) => FindingCode::UndecodableRow,
            Some(RowFault::Nul) => FindingCode::NulInRow,
            Some(RowFault::Misquoted) => FindingCode::MisquotedRow,
            None => match columns.map_row(&row, normalising.context.rules, &mut mapped_cells) {
                RowShape::Fits => {
                    if row.is_hidden() {
                        mapped_cells.findings.push(Finding::in_row(FindingCode::HiddenRow));
                    }
                    taken.take(row.number(), &mapped_cells, normalising);
                    continue;
                }
                RowShape::Ragged if taken.take_repaired(&row, columns, delimiter, normalising) => continue,
                RowShape::Ragged => FindingCode::RaggedRow,
                RowShape::Header => FindingCode::HeaderRepeated,
            },
        };
        taken.packed.push(&unreadable_row(row.number(), code));
    }
    taken.packed = taken.packed.shrunk();
    taken
}

impl TakenBatch {
    /// Normalises, assesses and packs a mapped row.
    fn take(&mut self, row: u32, cells: &MappedCells<'_>, normalising: &Normalising<'_>) {
        let context = normalising.context;
        let mapped = MappedRow { row, cells: &cells.cells };
        let mut assessed = normalise_row(&mapped, context, &mut self.evidence);
        assessed.findings.extend_from_slice(&cells.findings);
        assess(&mut assessed, context.rules, normalising.assumed_system);
        self.tally.add(&mapped);
        self.packed.push(&assessed);
        changes::note(&mapped, &cells.set_aside, &assessed, &mut self.packed);
    }

    /// Takes a row with too many cells in where there is one way to put it right; tells whether there was.
    fn take_repaired(
        &mut self,
        row: &SourceRow<'_>,
        columns: &ColumnMap,
        delimiter: Option<char>,
        normalising: &Normalising<'_>,
    ) -> bool {
        let rules = normalising.context.rules;
        let repaired = delimiter.and_then(|delimiter| columns.repair(row, rules, delimiter));
        let Some(repaired) = repaired else { return false };
        let Some(whole) = repaired.batch.row(0) else { return false };
        let mut cells = MappedCells::default();
        if columns.map_row(&whole, rules, &mut cells) != RowShape::Fits {
            return false;
        }
        let slot = columns.columns.get(repaired.column).and_then(crate::map::MappedColumn::slot);
        cells.findings.push(match slot {
            Some(slot) => Finding::in_field(FindingCode::RowRepaired, slot.field),
            None => Finding::in_row(FindingCode::RowRepaired),
        });
        self.take(row.number(), &cells, normalising);
        true
    }
}
