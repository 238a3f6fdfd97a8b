//! The mapping of one table: which column holds what, applied row by row.

use std::collections::BTreeSet;

use super::address_kind::SecondAddress;
use super::agreement::ContentEvidence;
use super::header::MappingReason;
use crate::domain::{
    CellKind, ColumnContent, CombinedField, Field, FieldSlot, Finding, FindingCode, MappedCell, SourceRow,
    holds_social_security_number, is_bare_social_security_number, names_social_security_numbers, without_export_guard,
};
use crate::rules::placeholders::PlaceholderFamily;
use crate::rules::{CombinedRules, Rules};
use crate::values::date::is_same_day;
use crate::values::name::whole::{NameOrder, split_name};
use crate::values::one_line_address::{AddressParts, is_street, is_unit, split_address, split_place};
use crate::values::sex::read_sex;
use crate::values::state::read_state;
use crate::values::text::cleaned;

/// Fields that the vendor requires and that no column may be missing for; the subject id is made where there is none.
const REQUIRED: [Field; 2] = [Field::FirstName, Field::LastName];
/// The parts of a further address, and those of the patient's that they stand for.
const HOME_OF_FURTHER: [(Field, Field); 5] = [
    (Field::AdditionalAddressLine1, Field::AddressLine1),
    (Field::AdditionalAddressLine2, Field::AddressLine2),
    (Field::AdditionalCity, Field::City),
    (Field::AdditionalState, Field::State),
    (Field::AdditionalPostalCode, Field::PostalCode),
];
const HEADERS_SHOWN: usize = 40;
const HEADER_SHOWN_LENGTH: usize = 40;

/// A column of the roster.
#[derive(Clone, Debug)]
pub struct MappedColumn {
    /// The header as read, with the band above it where that makes a difference; empty where the table has none.
    pub header: String,
    /// The header without that of the band above it, where `header` has both.
    pub(super) own_header: Option<String>,
    /// What it holds; `None` when it is not used.
    pub content: Option<ColumnContent>,
    /// For an external id: the system that the mapping file names.
    pub system: Option<String>,
    /// For an external id: the system that stands in where nothing names one.
    pub(super) assumed_system: Option<String>,
    /// 0 to 1: how sure the header is, lowered by cells that do not look like the field.
    pub confidence: f64,
    /// Why.
    pub reason: MappingReason,
    /// What the cells say about it; `None` for fields whose cells may have any form.
    pub evidence: Option<ContentEvidence>,
    /// The order of whole names without a comma, as far as header and cells tell.
    pub name_order: Option<NameOrder>,
    /// Whether only the cells tell the order: then a cell that shows the other one is not split.
    pub(super) is_order_inferred: bool,
    /// Why cells of an unused column still have something to say.
    pub(super) withheld: Option<Withheld>,
    /// Whether most of its cells begin with an apostrophe, as exports write it before text.
    pub(super) has_apostrophes: bool,
    /// Which second address of the patient's it holds a part of.
    pub(super) second_address: Option<SecondAddress>,
}

/// What becomes of the cells of a column that no field was given to, although its header names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Withheld {
    /// Another column holds the field: used where that is empty, and a finding where the two disagree.
    Twin(FieldSlot),
    /// The cells are something else than the header says: a finding each.
    Contradicted(Field),
}

impl MappedColumn {
    /// A column that is not used.
    pub(super) fn unused(header: String, reason: MappingReason) -> Self {
        Self {
            header,
            own_header: None,
            content: None,
            system: None,
            assumed_system: None,
            confidence: 0.0,
            reason,
            evidence: None,
            name_order: None,
            is_order_inferred: false,
            withheld: None,
            has_apostrophes: false,
            second_address: None,
        }
    }

    /// The system of its identifiers, named or assumed, beside what a column of systems says.
    fn system(&self) -> Option<&str> {
        self.system.as_deref().or(self.assumed_system.as_deref())
    }

    /// A cell of the column without the guard of an export.
    fn unguarded<'a>(&self, text: &'a str) -> &'a str {
        without_export_guard(text, self.has_apostrophes)
    }

    /// The field of a column that holds one.
    pub fn slot(&self) -> Option<FieldSlot> {
        match self.content {
            Some(ColumnContent::Field(slot)) => Some(slot),
            _ => None,
        }
    }

    /// Whether its cells fill and check those of another column.
    pub fn is_twin(&self) -> bool {
        matches!(self.withheld, Some(Withheld::Twin(_)))
    }

    /// Whether its cells reach a patient, as they are or to fill another column.
    pub fn is_used(&self) -> bool {
        self.content.is_some() || self.is_twin()
    }

    /// Whether the column holds the field, alone or with others.
    fn has(&self, field: Field) -> bool {
        match self.content {
            Some(ColumnContent::Field(slot)) => slot.field == field,
            Some(ColumnContent::Combined(combined, _)) => combined.parts().contains(&field),
            None => false,
        }
    }
}

/// Whether a row has the shape of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowShape {
    /// It has.
    Fits,
    /// It has fewer cells, or more that hold something: which cell belongs to which column is not known.
    Ragged,
    /// It is the header again.
    Header,
}

/// What a row comes to: reused from row to row, so that mapping allocates nothing.
#[derive(Default)]
pub struct MappedCells<'a> {
    /// The cells that hold something, ordered by slot.
    pub cells: Vec<MappedCell<'a>>,
    /// What could not be mapped surely.
    pub findings: Vec<Finding>,
    /// The cells behind the findings that no field took, by the field that they were for.
    pub set_aside: Vec<(Field, &'a str)>,
}

/// A column that takes more than handing its cell on.
#[derive(Clone, Copy, Debug)]
enum Extra {
    Combined(CombinedColumn),
    Withheld(Withheld),
}

/// A column that holds several fields in one cell.
#[derive(Clone, Copy, Debug)]
struct CombinedColumn {
    combined: CombinedField,
    group: u8,
    name_order: Option<NameOrder>,
    is_order_inferred: bool,
}

/// The columns of a table in order.
#[derive(Clone, Debug)]
pub struct ColumnMap {
    /// The columns.
    pub columns: Vec<MappedColumn>,
    /// The header's row number; `None` for a table without a header row.
    pub header_row: Option<u32>,
    /// Cells that a row has at least: up to the last column with a header.
    least_cells: usize,
    /// Columns of one field by slot: what a mapped row is built from.
    order: Vec<(usize, FieldSlot)>,
    /// The other columns that have something to say.
    extras: Vec<(usize, Extra)>,
    /// The columns that nothing is made of, and whether their header says that they hold social security numbers.
    unused: Vec<(usize, bool)>,
    /// The groups of further addresses that are the patient's too and no prior ones, the mailing address first.
    second_addresses: Vec<u8>,
}

impl ColumnMap {
    /// The mapping of checked columns.
    pub(super) fn new(columns: Vec<MappedColumn>, header_row: Option<u32>) -> Self {
        let is_told =
            |column: &MappedColumn| !column.header.is_empty() || (header_row.is_none() && column.content.is_some());
        let least_cells = columns.iter().rposition(is_told).map_or(0, |last| last + 1);
        let mut map = Self {
            columns,
            header_row,
            least_cells,
            order: Vec::new(),
            extras: Vec::new(),
            unused: Vec::new(),
            second_addresses: Vec::new(),
        };
        map.put_in_order();
        map
    }

    /// The same, with the columns that their cells contradict taken from another mapping of the header. A fix file
    /// holds the rows that are wrong: that nearly all cells of a column are is no sign of another column there.
    pub(super) fn with_contradicted_from(mut self, other: Self) -> Self {
        for (column, other) in self.columns.iter_mut().zip(other.columns) {
            if matches!(column.reason, MappingReason::Contradicted { .. }) {
                *column = other;
            }
        }
        self.put_in_order();
        self
    }

    /// Makes what rows are built from, after any change to the columns.
    pub(super) fn put_in_order(&mut self) {
        self.order.clear();
        self.extras.clear();
        self.unused.clear();
        let second = self.columns.iter().filter_map(|column| Some((column.second_address?, column.content?.group())));
        self.second_addresses = second.collect::<BTreeSet<_>>().into_iter().map(|(_, group)| group).collect();
        for (index, column) in self.columns.iter().enumerate() {
            let is_secret = names_social_security_numbers(&column.header);
            if is_secret {
                // Only the header shows what nine digits are; nothing of the column is used, whoever mapped it.
                self.unused.push((index, true));
                continue;
            }
            match (column.content, column.withheld) {
                (Some(ColumnContent::Field(slot)), _) => self.order.push((index, slot)),
                (Some(ColumnContent::Combined(combined, group)), _) => {
                    let MappedColumn { name_order, is_order_inferred, .. } = *column;
                    let combined = CombinedColumn { combined, group, name_order, is_order_inferred };
                    self.extras.push((index, Extra::Combined(combined)));
                }
                (None, Some(withheld)) => self.extras.push((index, Extra::Withheld(withheld))),
                (None, None) => self.unused.push((index, false)),
            }
        }
        self.order.sort_unstable_by_key(|(index, slot)| (*slot, *index));
        // What has a column of its own is compared with the rest, never the other way round.
        self.extras.sort_by_key(|(index, extra)| (matches!(extra, Extra::Combined(..)), *index));
    }

    /// The cells of a row that hold something, by slot, and findings about what could not be mapped surely.
    pub fn map_row<'a>(&'a self, row: &SourceRow<'a>, rules: &Rules, mapped: &mut MappedCells<'a>) -> RowShape {
        mapped.cells.clear();
        mapped.findings.clear();
        mapped.set_aside.clear();
        if self.is_header_again(row) {
            return RowShape::Header;
        }
        let width = self.columns.len();
        if row.len() < self.least_cells
            || (width..row.len()).any(|column| row.cell(column).is_some_and(|(text, _)| !text.trim().is_empty()))
        {
            return RowShape::Ragged;
        }
        for (index, slot) in &self.order {
            if let Some((column, text, kind)) = self.held(row, *index) {
                mapped.cells.push(MappedCell { slot: *slot, text, kind, system: column.system() });
            }
        }
        for (index, extra) in &self.extras {
            if let Some((_, text, kind)) = self.held(row, *index) {
                mapped.add_extra(*extra, text, kind, rules);
            }
        }
        let holds_one = |(index, is_secret): &(usize, bool)| {
            self.held(row, *index).is_some_and(|(_, text, _)| {
                holds_social_security_number(text) || (*is_secret && is_bare_social_security_number(text))
            })
        };
        if self.unused.iter().any(holds_one) {
            mapped.findings.push(Finding::in_row(FindingCode::SocialSecurityNumber));
        }
        mapped.take_place_apart(rules);
        if !self.second_addresses.is_empty() {
            mapped.use_second_address(&self.second_addresses, rules);
        }
        RowShape::Fits
    }

    /// The cell in a column that holds something, without the guard of an export.
    fn held<'a>(&'a self, row: &SourceRow<'a>, index: usize) -> Option<(&'a MappedColumn, &'a str, CellKind)> {
        let (column, (text, kind)) = (self.columns.get(index)?, row.cell(index)?);
        let text = if kind == CellKind::Text { column.unguarded(text) } else { text };
        (!text.trim().is_empty()).then_some((column, text, kind))
    }

    /// Whether every cell that holds something repeats its header. The first cell of a patient's row already shows that
    /// it does not.
    fn is_header_again(&self, row: &SourceRow<'_>) -> bool {
        let mut repeated = 0;
        for (column, (text, _)) in self.columns.iter().zip(row.cells()) {
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            if text != column.own_header.as_deref().unwrap_or(&column.header) {
                return false;
            }
            repeated += 1;
        }
        repeated >= 2
    }

    /// Whether a column holds the field, alone or with others.
    pub fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|column| column.has(field))
    }

    /// Whether a column holds the field alone.
    pub(super) fn has_alone(&self, field: Field) -> bool {
        self.columns.iter().any(|column| column.slot().is_some_and(|slot| slot.field == field))
    }

    /// Required fields without a column.
    pub fn missing_required(&self) -> Vec<Field> {
        REQUIRED.into_iter().filter(|field| !self.has(*field)).collect()
    }

    /// Headers of columns that are not used; those without a header are left out.
    pub fn unmapped_headers(&self) -> Vec<String> {
        let is_unused = |column: &&MappedColumn| !column.is_used() && !column.header.is_empty();
        self.columns.iter().filter(is_unused).map(|column| column.header.clone()).collect()
    }

    /// Whether a person has to confirm the mapping: a column was mapped by its content alone.
    pub fn needs_confirmation(&self) -> bool {
        self.columns.iter().any(|column| matches!(column.reason, MappingReason::Content(_)))
    }

    /// The columns whose content contradicts their header, for a message: their number and why.
    pub fn contradictions(&self) -> Vec<(usize, String)> {
        let contradicted = |column: &MappedColumn| matches!(column.reason, MappingReason::Contradicted { .. });
        let numbered = self.columns.iter().enumerate().filter(|(_, column)| contradicted(column));
        numbered.map(|(index, column)| (index + 1, column.reason.to_string())).collect()
    }

    /// The systems that the mapping file names.
    pub fn named_systems(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter_map(|column| column.system.as_deref())
    }

    /// The headers for a message: at most 40 of at most 40 letters.
    pub fn headers_seen(&self) -> String {
        shown_headers(self.columns.iter().map(|column| column.header.as_str()))
    }
}

impl<'a> MappedCells<'a> {
    /// Whether no column that is used holds anything.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.findings.is_empty() && self.set_aside.is_empty()
    }

    fn add_extra(&mut self, extra: Extra, text: &'a str, kind: CellKind, rules: &Rules) {
        match extra {
            Extra::Withheld(Withheld::Twin(slot)) => self.add_part(slot, text, kind, rules),
            Extra::Withheld(Withheld::Contradicted(field)) => {
                self.set_aside(FindingCode::ColumnContradicted, field, text);
            }
            Extra::Combined(CombinedColumn { combined: CombinedField::FurtherAddressLine, .. }) => {
                self.add_address_line(text, kind, rules);
            }
            Extra::Combined(column) => self.split(column, text, kind, rules),
        }
    }

    /// Takes a combined cell apart. A placeholder or a spreadsheet error is handed on whole: it says the same of all.
    fn split(&mut self, column: CombinedColumn, text: &'a str, kind: CellKind, rules: &Rules) {
        let CombinedColumn { combined, group, name_order, is_order_inferred } = column;
        let order = name_order.filter(|order| !is_order_inferred || !order.is_contradicted_by(text, rules.into()));
        let is_name = matches!(combined, CombinedField::FullName | CombinedField::AdditionalFullName);
        let family = if is_name { PlaceholderFamily::Name } else { PlaceholderFamily::Address };
        let fields = combined.parts();
        if kind.has_no_value() || rules.placeholders.is_missing(family, text.trim()) {
            let whole = if is_name { fields.get(2) } else { fields.first() };
            if let Some(field) = whole {
                self.add_part(FieldSlot { field: *field, group }, text, kind, rules);
            }
            return;
        }
        let parts = match combined {
            _ if kind == CellKind::Date || kind == CellKind::Boolean => None,
            CombinedField::FullName => {
                split_name(text, order, rules.into()).map(|name| [name.first, name.middle, name.last, name.suffix, ""])
            }
            // A further name has no suffix of its own: one that has is not split.
            CombinedField::AdditionalFullName => split_name(text, order, rules.into())
                .filter(|name| name.suffix.is_empty())
                .map(|name| [name.first, name.middle, name.last, "", ""]),
            CombinedField::FullAddress | CombinedField::AdditionalFullAddress => {
                split_address(text, rules.into()).map(AddressParts::lines_and_place)
            }
            CombinedField::CityStateZip | CombinedField::AdditionalCityStateZip => {
                split_place(text, rules.into()).map(AddressParts::place)
            }
            CombinedField::FurtherAddressLine => None,
        };
        match parts {
            Some(parts) => {
                for (field, part) in fields.iter().zip(parts).filter(|(_, part)| !part.is_empty()) {
                    self.add_part(FieldSlot { field: *field, group }, part, CellKind::Text, rules);
                }
            }
            None => self.not_split(combined, text),
        }
    }

    fn not_split(&mut self, combined: CombinedField, text: &'a str) {
        match combined {
            CombinedField::FullName => {
                self.findings.push(Finding::in_field(FindingCode::NameNotSplit, Field::FirstName));
                self.set_aside(FindingCode::NameNotSplit, Field::LastName, text);
            }
            CombinedField::AdditionalFullName => {
                self.set_aside(FindingCode::AdditionalNameNotSplit, Field::AdditionalLastName, text);
            }
            _ => {
                let field = combined.parts().first().copied().unwrap_or(Field::AddressLine1);
                self.set_aside(FindingCode::AddressNotSplit, field, text);
            }
        }
    }

    /// A cell that no field takes, and why.
    fn set_aside(&mut self, code: FindingCode, field: Field, text: &'a str) {
        self.findings.push(Finding::in_field(code, field));
        self.set_aside.push((field, text));
    }

    /// A further address line is the second one where there is none. A unit goes before a name that stands there.
    fn add_address_line(&mut self, text: &'a str, kind: CellKind, rules: &Rules) {
        let slot = FieldSlot { field: Field::AddressLine2, group: 0 };
        match self.cells.binary_search_by_key(&slot, |cell| cell.slot) {
            Err(place) => self.cells.insert(place, MappedCell { slot, text, kind, system: None }),
            Ok(place) if self.cells.get(place).is_some_and(|cell| is_same_text(cell.text, text)) => {}
            Ok(place) => {
                let unit = MappedCell { slot, text, kind, system: None };
                let left_out = self.put_unit_before_name(place, unit, &rules.combined).unwrap_or(text);
                self.set_aside(FindingCode::AddressLineNotCarried, Field::AddressLine2, left_out);
            }
        }
    }

    /// `c/o Sue Abel | 1 Oak St | Apt 3`, and the street in front: the unit is kept, and the name of a person or a
    /// house, which gives way, is handed back. `None` where the lines are anything else.
    fn put_unit_before_name(&mut self, second: usize, unit: MappedCell<'a>, words: &CombinedRules) -> Option<&'a str> {
        let slot = FieldSlot { field: Field::AddressLine1, group: 0 };
        let first = self.cells.binary_search_by_key(&slot, |cell| cell.slot).ok()?;
        let [first, second] = self.cells.get_disjoint_mut([first, second]).ok()?;
        let is_name =
            |text: &str| !text.contains(|letter: char| letter.is_ascii_digit()) && !is_unit(text.trim(), words);
        if !is_unit(unit.text.trim(), words) {
            return None;
        }
        if is_street(first.text.trim(), words) && is_name(second.text) {
            return Some(std::mem::replace(second, unit).text);
        }
        if is_street(second.text.trim(), words) && is_name(first.text) {
            let street = std::mem::replace(second, unit);
            return Some(std::mem::replace(first, MappedCell { slot, ..street }).text);
        }
        None
    }

    /// A second address, whole, in the place of a first one that the row does not have, or that no network could use
    /// where the second is one: they change places.
    fn use_second_address(&mut self, groups: &[u8], rules: &Rules) {
        let parts = |of: Option<u8>| AddressHeld::from_cells(&self.cells, of, rules);
        let first = parts(None);
        if first.is_usable() {
            return;
        }
        let usable = groups.iter().find(|group| parts(Some(**group)).is_usable());
        let any = groups.iter().find(|group| first == AddressHeld::default() && parts(Some(**group)) != first);
        let Some(group) = usable.or(any) else { return };
        for cell in &mut self.cells {
            let of = |pair: &&(Field, Field)| pair.0 == cell.slot.field || pair.1 == cell.slot.field;
            match HOME_OF_FURTHER.iter().find(of) {
                Some((further, home)) if cell.slot.field == *home => {
                    cell.slot = FieldSlot { field: *further, group: *group };
                }
                Some((_, home)) if cell.slot.group == *group => cell.slot = FieldSlot { field: *home, group: 0 },
                _ => {}
            }
        }
        self.cells.sort_by_key(|cell| cell.slot);
        self.findings.push(Finding::in_field(FindingCode::MailingAddressUsed, Field::AddressLine1));
    }

    /// Adds a value where none is; where there is another one, says so.
    fn add_part(&mut self, slot: FieldSlot, text: &'a str, kind: CellKind, rules: &Rules) {
        match self.cells.binary_search_by_key(&slot, |cell| cell.slot) {
            Err(place) => self.cells.insert(place, MappedCell { slot, text, kind, system: None }),
            Ok(place) => {
                let known = self.cells.get(place).map(|cell| (cell.text, cell.kind));
                if known.is_some_and(|known| is_same_value(slot.field, known, (text, kind), rules)) {
                    return;
                }
                let code = match slot.field {
                    Field::FirstName | Field::LastName | Field::BirthDate | Field::DeathDate => {
                        FindingCode::IdentityColumnsDisagree
                    }
                    _ => FindingCode::ColumnsDisagree,
                };
                self.set_aside(code, slot.field, text);
            }
        }
    }
}

/// Which parts of an address the cells of a row hold, placeholders left out.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct AddressHeld([bool; HOME_OF_FURTHER.len()]);

impl AddressHeld {
    /// The patient's address, or the further one of a group.
    fn from_cells(cells: &[MappedCell<'_>], group: Option<u8>, rules: &Rules) -> Self {
        let mut held = Self::default();
        for (is_held, (further, home)) in held.0.iter_mut().zip(HOME_OF_FURTHER) {
            let slot = group.map_or(FieldSlot { field: home, group: 0 }, |group| FieldSlot { field: further, group });
            let cell = cells.binary_search_by_key(&slot, |cell| cell.slot).ok().and_then(|place| cells.get(place));
            *is_held = cell.is_some_and(|cell| {
                !rules.placeholders.is_missing(PlaceholderFamily::Address, cell.text.trim())
                    && !cell.kind.has_no_value()
            });
        }
        held
    }

    /// A street with its ZIP, or with city and state: what the rules of the networks ask for.
    fn is_usable(self) -> bool {
        let [street, _, city, state, postal_code] = self.0;
        street && (postal_code || (city && state))
    }
}

/// Whether two cells say the same about a field, however they are written.
fn is_same_value(field: Field, left: (&str, CellKind), right: (&str, CellKind), rules: &Rules) -> bool {
    let ((left, left_kind), (right, right_kind)) = (left, right);
    is_same_text(left, right)
        || match field {
            Field::BirthDate | Field::DeathDate => {
                is_same_day((&cleaned(left), left_kind), (&cleaned(right), right_kind), &rules.dates)
            }
            Field::State | Field::AdditionalState => {
                let state = |text: &str| read_state(&cleaned(text), &rules.states);
                state(left).is_some_and(|left| state(right) == Some(left))
            }
            Field::Sex => {
                let sex = |text: &str| read_sex(&cleaned(text).to_lowercase(), &rules.sexes)?.sex();
                sex(left).is_some_and(|left| sex(right) == Some(left))
            }
            _ => false,
        }
}

/// The same letters and digits in either case.
fn is_same_text(left: &str, right: &str) -> bool {
    fn letters(text: &str) -> impl Iterator<Item = char> {
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase)
    }
    letters(left).eq(letters(right))
}

/// Headers for a message. What looks like data rather than a header is not printed: four digits or more, or an `@`.
pub(super) fn shown_headers<'a>(headers: impl Iterator<Item = &'a str>) -> String {
    let headers: Vec<&str> = headers.filter(|header| !header.is_empty()).collect();
    let is_data = |header: &str| header.contains('@') || header.chars().filter(char::is_ascii_digit).count() >= 4;
    let mut shown: Vec<String> = headers
        .iter()
        .take(HEADERS_SHOWN)
        .map(|header| {
            let beginning: String = header.chars().take(HEADER_SHOWN_LENGTH).collect();
            if is_data(header) { "(not shown)".to_owned() } else { format!("\"{beginning}\"") }
        })
        .collect();
    if headers.len() > HEADERS_SHOWN {
        shown.push(format!("and {} more", headers.len() - HEADERS_SHOWN));
    }
    shown.join(", ")
}
