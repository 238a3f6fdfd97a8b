//! Which rows need work, and their cells as they came: what the fix files hold. Rows that need none cost nothing; the
//! others are read a second time from the input, because raw cells are never kept.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rayon::prelude::*;

use crate::domain::{
    ColumnContent, Finding, FindingCode, Outcome, PackedRow, RowRef, Severity, SourceRow, fix_column, is_fix_header,
    is_own_table,
};
use crate::map::ColumnMap;
use crate::pipeline::{PlannedPersons, Prepared, TableFacts};
use crate::read::{AgainError, ReadEvent, UnsplitRows, read_again};
use crate::report::{FixRow, FixTable};
use crate::rules::Rules;

/// Rows in the fix files at most: more than a site puts right by hand, and few enough to be put together in memory.
const ROWS_MAX: usize = 10_000;

/// What the fix files hold.
#[derive(Debug, Default)]
pub struct FixList {
    /// The tables that have a row that needs work.
    pub tables: Vec<FixTable>,
    /// Rows that need work and are not among them, because there are too many.
    pub left_out: u64,
    /// Inputs that could not be read a second time, in a sentence each.
    pub unread: Vec<String>,
}

/// A row that needs work.
struct Wanted {
    row: RowRef,
    index: u32,
    person: u32,
    is_held_up: bool,
}

/// Puts the rows together that need work: those that wait or cannot be put on the roll, and then those with a warning,
/// in input order.
pub fn fix_list(prepared: &Prepared, persons: &PlannedPersons, rules: &Rules) -> FixList {
    let (wanted, left_out) = rows_that_need_work(prepared, persons);
    let mut list = FixList { left_out, ..FixList::default() };
    let mut by_source: BTreeMap<usize, Vec<Wanted>> = BTreeMap::new();
    for row in wanted {
        by_source.entry(usize::from(row.row.source.0)).or_default().push(row);
    }
    let mut first = 0;
    while let Some(table) = prepared.tables.get(first) {
        // The tables of one reading of one file.
        let is_same = |other: &TableFacts| other.input.path == table.input.path && other.id != table.id;
        let count = 1 + prepared.tables.iter().skip(first + 1).take_while(|other| is_same(other)).count();
        let wanted: Vec<Vec<Wanted>> =
            (first..first + count).map(|source| by_source.remove(&source).unwrap_or_default()).collect();
        if wanted.iter().any(|rows| !rows.is_empty()) {
            let tables = prepared.tables.get(first..first + count).unwrap_or_default();
            let mut second = SecondReading {
                prepared,
                persons,
                rules,
                tables,
                wanted,
                at: None,
                opened: Vec::new(),
                found: Vec::new(),
            };
            match second.read() {
                Ok(()) => list
                    .tables
                    .extend(std::mem::take(&mut second.found).into_iter().filter(|found| !found.rows.is_empty())),
                Err(error) => list.unread.push(error.to_string()),
            }
            if second.wanted.iter().zip(0..).any(|(rows, index)| !rows.is_empty() && !second.opened.contains(&index)) {
                let path = &table.input.path;
                list.unread.push(format!("{path}: only rows of the first table on a sheet are in the fix files"));
            }
        }
        first += count;
    }
    list
}

/// The rows in input order, and the number of those that are left out.
fn rows_that_need_work(prepared: &Prepared, persons: &PlannedPersons) -> (Vec<Wanted>, u64) {
    let rows: Vec<Vec<Wanted>> = (0..prepared.store.batch_count())
        .into_par_iter()
        .map(|batch| {
            let rows = prepared.store.batch_rows(batch);
            rows.filter_map(|(index, row)| needs_work(prepared, persons, index, &row)).collect()
        })
        .collect();
    let total: usize = rows.iter().map(Vec::len).sum();
    let held_up = rows.iter().flatten().filter(|row| row.is_held_up).count();
    // Rows that are held up come first. The other rows follow as far as there is room.
    let (mut room_held_up, mut room_others) = (ROWS_MAX, ROWS_MAX.saturating_sub(held_up));
    let chosen: Vec<Wanted> = rows
        .into_iter()
        .flatten()
        .filter(|row| {
            let room = if row.is_held_up { &mut room_held_up } else { &mut room_others };
            let fits = *room > 0;
            *room = room.saturating_sub(1);
            fits
        })
        .collect();
    let left_out = (total - chosen.len()) as u64;
    (chosen, left_out)
}

fn needs_work(prepared: &Prepared, persons: &PlannedPersons, index: u32, row: &PackedRow<'_>) -> Option<Wanted> {
    let person = prepared.matches.clusters.person_of(index);
    let outcome = persons.outcomes.get(person as usize)?;
    let is_held_up = matches!(outcome.outcome, Outcome::Held | Outcome::Rejected);
    let has_warning = || row.findings().any(|finding| finding.severity() >= Severity::Warn);
    (is_held_up || has_warning()).then(|| Wanted { row: row.row_ref(), index, person, is_held_up })
}

/// The second reading of one input.
struct SecondReading<'a> {
    prepared: &'a Prepared,
    persons: &'a PlannedPersons,
    rules: &'a Rules,
    tables: &'a [TableFacts],
    /// By table, in order.
    wanted: Vec<Vec<Wanted>>,
    at: Option<OpenTable>,
    /// Tables that have been met, by index.
    opened: Vec<usize>,
    found: Vec<FixTable>,
}

/// The table that is being read again.
struct OpenTable {
    index: usize,
    numbers: Vec<u32>,
    /// Whether onroll wrote the file, known after the first rows; `None` before them.
    is_own: Option<bool>,
}

impl SecondReading<'_> {
    fn read(&mut self) -> Result<(), AgainError> {
        let Some(facts) = self.tables.first().map(|table| &table.input) else { return Ok(()) };
        read_again(facts, &mut |event| {
            match event {
                ReadEvent::Table { sheet, .. } => self.open(sheet.as_deref()),
                ReadEvent::Rows(rows) => self.ingest(rows),
                ReadEvent::Sheet(_) | ReadEvent::EndOfTable => {}
            }
            Ok(())
        })
    }

    fn open(&mut self, sheet: Option<&str>) {
        let next = self.at.as_ref().map_or(0, |table| table.index + 1);
        // Further tables of a sheet come with its first one.
        let is_of = |facts: &TableFacts| facts.id.sheet() == sheet;
        let index = (next..self.tables.len()).find(|index| self.tables.get(*index).is_some_and(is_of)).unwrap_or(next);
        let numbers = self.wanted.get(index).map(|rows| rows.iter().map(|wanted| wanted.row.row).collect());
        self.opened.push(index);
        self.at = Some(OpenTable { index, numbers: numbers.unwrap_or_default(), is_own: None });
        let table = self.tables.get(index);
        self.found.push(FixTable {
            name: table
                .map(|table| if table.id.sheet().is_some() { table.id.label() } else { &table.input.path })
                .map(str::to_owned)
                .unwrap_or_default(),
            header: table.and_then(|table| table.columns.as_ref()).map(headers).unwrap_or_default(),
            what_header: fix_column(table.and_then(|table| table.birth_date_order)),
            rows: Vec::new(),
        });
    }

    fn ingest(&mut self, rows: UnsplitRows) {
        let Some(table) = &mut self.at else { return };
        let delimited = self.tables.get(table.index).is_some_and(|facts| facts.id.sheet().is_none());
        if table.is_own.is_some() && !rows.may_hold_any(&table.numbers) {
            return;
        }
        let mut batch = rows.split();
        let is_own = *table.is_own.get_or_insert_with(|| delimited && is_own_table(&batch));
        if is_own {
            batch.unguard();
        }
        let (index, numbers) = (table.index, std::mem::take(&mut table.numbers));
        for row in batch.rows() {
            if let Ok(place) = numbers.binary_search(&row.number())
                && let Some(wanted) = self.wanted.get(index).and_then(|rows| rows.get(place))
            {
                let fixed = self.fix_row(self.tables.get(index), wanted, &row);
                if let Some(found) = self.found.last_mut() {
                    found.rows.push(fixed);
                }
            }
        }
        if let Some(table) = &mut self.at {
            table.numbers = numbers;
        }
    }

    fn fix_row(&self, table: Option<&TableFacts>, wanted: &Wanted, row: &SourceRow<'_>) -> FixRow {
        let of_row = self.prepared.store.row(wanted.index).map(|row| row.findings().collect::<Vec<_>>());
        let findings: Vec<Finding> = of_row
            .unwrap_or_default()
            .into_iter()
            .chain(self.persons.findings_of(wanted.person).iter().copied())
            .filter(|finding| finding.severity() >= Severity::Warn)
            .collect();
        let columns = table.and_then(|table| table.columns.as_ref());
        let mut faulty = Vec::new();
        for (index, column) in columns.into_iter().flat_map(|columns| columns.columns.iter().enumerate()) {
            let is_of_column = |finding: &&Finding| {
                finding.field.is_some_and(|field| column.content.is_some_and(|content| holds(content, field)))
            };
            let texts: Vec<&str> =
                findings.iter().filter(is_of_column).map(|finding| self.title(finding.code)).collect();
            if !texts.is_empty() {
                faulty.push((index, texts.join("\n")));
            }
        }
        let is_split = !findings.iter().any(|finding| finding.code.leaves_a_row_unsplit());
        FixRow {
            cells: if is_split { row.cells().map(|(text, _)| text.to_owned()).collect() } else { Vec::new() },
            faulty: if is_split { faulty } else { Vec::new() },
            what: self.what(wanted, row, &findings),
        }
    }

    /// Such as `row 17: D102 birth_date: the date of birth cannot be read`.
    fn what(&self, wanted: &Wanted, row: &SourceRow<'_>, findings: &[Finding]) -> String {
        let mut text = format!("row {}", row.number());
        let is_unsplit = findings.iter().any(|finding| finding.code.leaves_a_row_unsplit());
        if let Some(place) = row.place().filter(|_| is_unsplit) {
            if place.line != row.number() {
                let _ = write!(text, ", line {}", place.line);
            }
            let _ = write!(text, ", byte {}", place.byte);
        }
        text.push(':');
        for (place, finding) in findings.iter().enumerate() {
            let _ = write!(text, "{}{finding} {}", if place == 0 { " " } else { "; " }, self.title(finding.code));
        }
        // A row can be held up by another row of its person.
        let has_reason = findings.iter().any(|finding| finding.severity() >= Severity::Hold);
        let outcome = self.persons.outcomes.get(wanted.person as usize);
        if let Some(outcome) = outcome.filter(|_| wanted.is_held_up && !has_reason) {
            let _ = write!(text, " {}: {}", outcome.outcome.word(), outcome.reason);
        }
        text
    }

    fn title(&self, code: FindingCode) -> &str {
        &self.rules.findings.get(code).title
    }
}

/// The headers that a fix file has: as they came, but for a last column that an earlier fix file had. A table without a
/// header gets the names of its fields, and of the others none that means anything.
fn headers(columns: &ColumnMap) -> Vec<String> {
    let mut headers: Vec<String> = match columns.header_row {
        Some(_) => columns.columns.iter().map(|column| column.header.clone()).collect(),
        None => columns
            .columns
            .iter()
            .zip(1..)
            .map(|(column, number)| {
                column.content.map_or_else(|| format!("column {number}"), |it| it.name().to_owned())
            })
            .collect(),
    };
    if is_fix_header(headers.iter().map(String::as_str)) {
        headers.pop();
    }
    headers
}

fn holds(content: ColumnContent, field: crate::domain::Field) -> bool {
    match content {
        ColumnContent::Field(slot) => slot.field == field,
        ColumnContent::Combined(combined, _) => combined.parts().contains(&field),
    }
}
