//! What the report says of each table: how it was read, how its columns were mapped, and what to know before it is
//! believed.

use super::figures::rounded;
use crate::domain::column_name;
use crate::map::ColumnMap;
use crate::pipeline::{TableFacts, UnsplitRow};
use crate::report::{InputReport, MappedColumnReport, NotSplit, SkippedRows, counted};
use crate::rules::Rules;

/// The rows of a table that are not patient rows, and are in no other report.
fn skipped_rows(table: &TableFacts) -> Vec<SkippedRows> {
    let mut skipped = Vec::new();
    if let Some((first, last)) = table.rows_above {
        let reason = "a title or notes above the header".to_owned();
        skipped.push(SkippedRows { first_row: Some(first), last_row: Some(last), reason });
    }
    if table.blank_rows > 0 {
        let reason = counted(table.blank_rows, "blank row", "blank rows");
        skipped.push(SkippedRows { first_row: None, last_row: None, reason });
    }
    skipped
}

fn not_split(row: &UnsplitRow, rules: &Rules) -> NotSplit {
    let (finding, reason) = (row.code.code().to_owned(), rules.findings.get(row.code).title.clone());
    let (byte, line) = row.place.map(|place| (place.byte, place.line)).unzip();
    NotSplit { row: row.row, line, byte, finding, reason }
}

/// What a reader should know before the table is believed.
fn doubts_of(table: &TableFacts, rules: &Rules) -> Vec<String> {
    let providers = table.columns.as_ref().and_then(|columns| columns.header_of_providers(&rules.headers));
    let providers = providers.map(|header| {
        format!(
            "there is a column \"{header}\", but no birth date, sex or record number: check that these are patients, not \
             providers"
        )
    });
    let unused = "`--sheet` works only with workbooks; the whole file was read".to_owned();
    let sign = table.input.sign_in_words.map(|sign| {
        format!(
            "characters such as {sign} appear inside names, so the encoding is probably not {} but another one, such as \
             DOS code page 437 or Windows-1250, and names are wrong; save the file as UTF-8 in the program it came from, \
             and check it again",
            table.input.encoding
        )
    });
    providers.into_iter().chain(sign).chain(table.has_no_sheets_to_choose.then_some(unused)).collect()
}

pub(super) fn input_report(table: &TableFacts, rules: &Rules) -> InputReport {
    let input = &table.input;
    let sheet = table.sheet_facts.clone().unwrap_or_default();
    let cell = |(row, column): (u32, u32)| format!("{}{row}", column_name(column));
    let columns = table.columns.as_ref();
    let mapping =
        columns.map(|columns| columns.columns.iter()).into_iter().flatten().zip(1..).map(|(column, number)| {
            MappedColumnReport {
                column: number,
                header: column.header.clone(),
                field: column.content.map(|content| content.name().to_owned()),
                confidence: rounded(column.confidence, 100.0),
                reason: column.reason.to_string(),
                evidence: column.evidence.map(|evidence| evidence.to_string()).unwrap_or_default(),
            }
        });
    InputReport {
        path: input.path.clone(),
        sheet: table.id.sheet().map(|_| table.id.label().to_owned()),
        hidden: table.hidden,
        format: input.format.name().to_owned(),
        encoding: input.encoding.clone(),
        delimiter: input.format.delimiter().map(String::from).unwrap_or_default(),
        encoding_evidence: input.encoding_evidence.to_owned(),
        dialect: input.dialect.map(|dialect| dialect.to_string()).unwrap_or_default(),
        packing: input.packing.map(|packing| packing.name().to_owned()).unwrap_or_default(),
        bytes: input.bytes,
        sha256: input.sha256.clone(),
        passed_over: table.passed_over.clone(),
        date_system: sheet.dates.map(|dates| dates.name().to_owned()).unwrap_or_default(),
        hidden_rows: sheet.hidden_rows.count(),
        hidden_row_numbers: sheet.hidden_rows.shown(|row| row.to_string()),
        hidden_columns: sheet.hidden_columns.shown(column_name),
        formulas_without_value: sheet.uncomputed,
        skipped: skipped_rows(table),
        values_left_out: sheet.left_out,
        first_left_out: sheet.first_left_out.map(cell).unwrap_or_default(),
        merged_cells: sheet.merged,
        header_row: columns.and_then(|columns| columns.header_row),
        first_row: table.row_span.map(|(first, _)| first),
        last_row: table.row_span.map(|(_, last)| last),
        rows: table.rows,
        blank_rows: table.blank_rows,
        rows_not_split: table.unsplit.rows,
        not_split: table.unsplit.first.iter().map(|row| not_split(row, rules)).collect(),
        has_roster: columns.is_some(),
        confirm_mapping: columns.is_some_and(ColumnMap::needs_confirmation),
        doubts: doubts_of(table, rules),
        mapping: mapping.collect(),
        unmapped: columns.map(ColumnMap::unmapped_headers).unwrap_or_default(),
    }
}
