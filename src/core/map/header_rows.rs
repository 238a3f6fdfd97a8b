//! Headers that stand in two rows: a band above them (`Patient | | Guarantor |`, merged cells in a workbook), or a
//! header whose words are broken over two lines (`Date of` above `Birth`).

use super::assign::further;
use super::header::{Proposal, is_known_header, propose};
use crate::domain::{ColumnMeaning, Field, RowBatch, SourceRow};
use crate::rules::HeaderRules;
use crate::rules::headers::header_key;

/// What a column is called, and what that most likely means.
#[derive(Clone)]
pub(super) struct Heading {
    /// Its text, with that of the band above where it makes a difference.
    pub(super) text: String,
    /// The text in the row of the headers alone, where `text` has more.
    pub(super) own_text: Option<String>,
    pub(super) proposal: Option<Proposal>,
}

impl Heading {
    fn from_text(text: &str, rules: &HeaderRules) -> Self {
        Self { text: text.to_owned(), own_text: None, proposal: propose(text, rules) }
    }
}

/// The headings of a row that stands alone.
pub(super) fn headings_of(row: &SourceRow<'_>, rules: &HeaderRules) -> Vec<Heading> {
    row.cells().map(|(text, _)| Heading::from_text(text.trim(), rules)).collect()
}

/// The headings of a header row together with the row below it, where that goes on with the header, or with the band
/// above it. Gives the index of the last header row. `None` when the row at `index` is all there is.
pub(super) fn headings_of_two(
    rows: &RowBatch,
    index: usize,
    rules: &HeaderRules,
) -> Option<(usize, u32, Vec<Heading>)> {
    let row = rows.row(index)?;
    if let Some(below) = rows.row(index + 1).filter(|below| goes_on(&row, below, rules)) {
        return Some((index + 1, below.number(), joined(&row, &below, rules)));
    }
    let above = rows.row(index.checked_sub(1)?).filter(|above| is_band(above, &row, rules))?;
    Some((index, row.number(), joined(&above, &row, rules)))
}

fn text_at<'a>(row: &SourceRow<'a>, column: usize) -> &'a str {
    row.cell(column).map(|(text, _)| text.trim()).unwrap_or_default()
}

/// Whether the lower row belongs to the header: it has no digit, and every cell that holds something is a known header,
/// alone or under the upper one. A patient's row has neither trait.
fn goes_on(upper: &SourceRow<'_>, lower: &SourceRow<'_>, rules: &HeaderRules) -> bool {
    let mut filled = 0;
    for column in 0..lower.len() {
        let text = text_at(lower, column);
        if text.is_empty() {
            continue;
        }
        filled += 1;
        let is_known = || {
            let over = carried(upper, lower, column);
            is_known_header(text, rules) || (!over.is_empty() && is_known_header(&format!("{over} {text}"), rules))
        };
        if text.contains(|letter: char| letter.is_ascii_digit() || letter == '@') || !is_known() {
            return false;
        }
    }
    filled >= 2
}

/// Whether the upper row is a band over the lower one, and not a title or a note: its cells are short, hold no data,
/// and one of them stands over several headers; a single one has to tell whose columns they are.
fn is_band(upper: &SourceRow<'_>, lower: &SourceRow<'_>, rules: &HeaderRules) -> bool {
    const LONGEST: usize = 40;
    let filled: Vec<(usize, &str)> =
        (0..upper.len()).map(|column| (column, text_at(upper, column))).filter(|(_, text)| !text.is_empty()).collect();
    let is_label = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        text.len() <= LONGEST && digits < 4 && !text.contains('@') && !text.ends_with(':')
    };
    let headers = (0..lower.len()).filter(|column| !text_at(lower, *column).is_empty()).count();
    let is_broad = |(column, _): &(usize, &str)| {
        text_at(upper, column + 1).is_empty()
            && !text_at(lower, *column).is_empty()
            && !text_at(lower, column + 1).is_empty()
            || text_at(upper, *column) == text_at(upper, column + 1)
    };
    let is_telling =
        |text: &str| header_key(text).split(' ').any(|word| rules.is_veto(word) || rules.qualifier_of(word).is_some());
    let is_several = match filled.as_slice() {
        [] => false,
        [(column, text)] => *column > 0 && is_telling(text),
        _ => true,
    };
    let completes = |(column, _): &(usize, &str)| text_at(lower, *column).is_empty();
    is_several
        && filled.len() <= headers
        && filled.iter().all(|(_, text)| is_label(text))
        && (filled.iter().any(is_broad) || filled.iter().any(completes))
}

/// The cell of the upper row over a column: its own, or the one to the left of it that reaches over, as a merged cell
/// does.
fn carried<'a>(upper: &SourceRow<'a>, lower: &SourceRow<'_>, column: usize) -> &'a str {
    for left in (0..=column).rev() {
        let text = text_at(upper, left);
        if !text.is_empty() {
            // A cell that has nothing below it is merged downwards, and reaches no further than its own column.
            return if left < column && text_at(lower, left).is_empty() { "" } else { text };
        }
        if text_at(lower, left).is_empty() {
            return "";
        }
    }
    ""
}

fn joined(upper: &SourceRow<'_>, lower: &SourceRow<'_>, rules: &HeaderRules) -> Vec<Heading> {
    let mut headings: Vec<Heading> = (0..upper.len().max(lower.len()))
        .map(|column| match (carried(upper, lower, column), text_at(lower, column)) {
            (_, "") => Heading::from_text(text_at(upper, column), rules),
            ("", own) => Heading::from_text(own, rules),
            (band, own) => under_band(band, own, rules),
        })
        .collect();
    give_contact_to_patient(upper, lower, &mut headings, rules);
    headings
}

/// `Contact` over phone and address beside `Patient` is how the patient is reached: no column under it names somebody,
/// and no other column is known to hold what they hold.
fn give_contact_to_patient(
    upper: &SourceRow<'_>,
    lower: &SourceRow<'_>,
    headings: &mut [Heading],
    rules: &HeaderRules,
) {
    let is_under = |column: usize| rules.is_contact_band(&header_key(carried(upper, lower, column)));
    let under: Vec<usize> = (0..headings.len()).filter(|column| is_under(*column)).collect();
    let proposed: Vec<Option<Proposal>> = under.iter().map(|column| propose(text_at(lower, *column), rules)).collect();
    let is_contact = |proposal: &Option<Proposal>| {
        proposal.as_ref().is_some_and(|proposal| match proposal.meaning {
            ColumnMeaning::Field(field) => is_how_to_reach(field),
            ColumnMeaning::Combined(combined) => combined.parts().iter().all(|field| is_how_to_reach(*field)),
        })
    };
    let held: Vec<ColumnMeaning> =
        headings.iter().filter_map(|heading| heading.proposal.as_ref().map(|proposal| proposal.meaning)).collect();
    let is_new = |proposal: &Option<Proposal>| proposal.as_ref().is_none_or(|it| !held.contains(&it.meaning));
    if !proposed.iter().all(|proposal| is_contact(proposal) && is_new(proposal)) {
        return;
    }
    for (column, proposal) in under.into_iter().zip(proposed) {
        if let Some(heading) = headings.get_mut(column) {
            heading.proposal = proposal;
        }
    }
}

fn is_how_to_reach(field: Field) -> bool {
    matches!(
        field,
        Field::Phone
            | Field::Email
            | Field::AddressLine1
            | Field::AddressLine2
            | Field::City
            | Field::State
            | Field::PostalCode
    )
}

/// A header under a band: what both say together, where that is more than the header alone.
fn under_band(band: &str, own: &str, rules: &HeaderRules) -> Heading {
    let alone = Heading::from_text(own, rules);
    let text = format!("{band} {own}");
    let of_both = |proposal| Heading { text: text.clone(), own_text: Some(own.to_owned()), proposal };
    if header_key(band).split(' ').any(|word| rules.is_veto(word)) {
        return of_both(None);
    }
    let meaning = |proposal: &Option<Proposal>| proposal.as_ref().map(|proposal| proposal.meaning);
    let together = propose(&text, rules);
    if together.is_some() && meaning(&together) != meaning(&alone.proposal) {
        return of_both(together);
    }
    // `Previous Residence` over `City`.
    let qualifier = header_key(band).split(' ').find_map(|word| rules.qualifier_of(word)).map(str::to_owned);
    let table = qualifier.as_deref().unwrap_or_default();
    let is_further = ["alias", "alternate", "maiden", "previous", "second"].contains(&table);
    let other: Option<ColumnMeaning> = meaning(&alone.proposal).filter(|_| is_further).and_then(further);
    match (other, alone.proposal.clone()) {
        (Some(meaning), Some(proposal)) => of_both(Some(Proposal { meaning, qualifier, ..proposal })),
        _ => alone,
    }
}
