//! Which row is the header: the first among the first rows that names a last name and something else.

use super::column_map::{ColumnMap, shown_headers};
use super::error::MapError;
use super::map_file::MapFile;
use crate::domain::{Field, RowBatch, SourceRow};
use crate::rules::HeaderRules;

/// Rows among which the header is looked for: titles and notes above it are seldom longer.
const ROWS_TRIED: usize = 30;

/// The index of the header row in a table's first batch, and its mapping. A row that holds every header of the user's
/// mapping is the header, whatever its words.
pub fn find_header(
    rows: &RowBatch,
    rules: &HeaderRules,
    map_file: Option<&MapFile>,
) -> Result<(usize, ColumnMap), MapError> {
    for (index, row) in rows.rows().take(ROWS_TRIED).enumerate() {
        if map_file.is_some_and(|file| holds_all(&row, file)) {
            return Ok((index, ColumnMap::of_header(&row, rules)));
        }
    }
    let candidates =
        rows.rows().take(ROWS_TRIED).enumerate().map(|(index, row)| (index, ColumnMap::of_header(&row, rules)));
    for (index, columns) in candidates {
        let mapped = columns.columns.iter().filter(|column| column.slot.is_some()).count();
        if mapped >= 2 && columns.has(Field::LastName) {
            return Ok((index, columns));
        }
    }
    let widest =
        rows.rows().take(ROWS_TRIED).find(|row| row.cells().filter(|(text, _)| !text.trim().is_empty()).count() > 1);
    let first = widest.or_else(|| rows.rows().find(|row| !row.is_blank()));
    let headers = first.map(|row| shown_headers(row.cells().map(|(text, _)| text.trim()))).unwrap_or_default();
    Err(MapError::NoHeader { headers })
}

fn holds_all(row: &SourceRow<'_>, file: &MapFile) -> bool {
    let mut entries = file.entries().peekable();
    entries.peek().is_some() && entries.all(|(header, _)| row.cells().any(|(text, _)| text.trim() == header))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CellKind, MappedCell};
    use crate::map::{MappingReason, RowShape};
    use crate::rules::RuleFiles;

    fn rules() -> HeaderRules {
        HeaderRules::parse(&RuleFiles::embedded()).expect("sound")
    }

    fn table(rows: &[&[&str]]) -> RowBatch {
        let mut batch = RowBatch::default();
        for (number, row) in (1..).zip(rows) {
            for cell in *row {
                batch.push_cell(cell, CellKind::Text);
            }
            batch.end_row(number);
        }
        batch
    }

    fn fields(headers: &[&str]) -> Vec<Option<String>> {
        let mut with_name = vec!["Last Name", "First Name"];
        with_name.extend(headers);
        let (_, map) = find_header(&table(&[&with_name]), &rules(), None).expect("a header");
        let slot = |column: &crate::map::MappedColumn| column.slot.map(|slot| format!("{}:{}", slot.field, slot.group));
        map.columns.iter().skip(2).map(slot).collect()
    }

    #[test]
    fn headers_as_clinics_write_them_are_understood() {
        for (header, field) in [
            ("DOB (mm/dd/yyyy)", "birth_date:0"),
            ("Zip+4", "postal_code:0"),
            ("Sex at Birth", "sex:0"),
            ("Med Rec #", "external_id:0"),
            ("PHONE #", "phone:0"),
            ("Apt/Unit", "address_line2:0"),
            ("Address 2", "address_line2:0"),
            ("Patient Home Phone", "phone:0"),
            ("Adress Line 1", "address_line1:0"),
            ("MRN 2", "external_id:1"),
            ("Previous Last Name 2", "additional_last_name:1"),
            ("D.O.B.", "birth_date:0"),
        ] {
            assert_eq!(fields(&[header]), [Some(field.to_owned())], "{header}");
        }
    }

    #[test]
    fn columns_about_somebody_or_something_else_stay_unmapped() {
        for header in [
            "Provider Last Name",
            "Guarantor First Name",
            "Emergency Contact Phone",
            "Mother's Maiden Name",
            "Insurance ID",
            "PCP Phone",
            "Admission Date",
            "SSN",
            "Provider",
            "Last Visit",
            "Insurance Plan",
            "Employer City",
            "Gender Identity",
            "Place of Birth",
            "Last Updated",
        ] {
            assert_eq!(fields(&[header]), [None], "{header}");
        }
    }

    #[test]
    fn a_second_column_of_a_field_is_numbered_or_left_out() {
        assert_eq!(fields(&["MRN", "Chart No"]), [Some("external_id:0".to_owned()), Some("external_id:1".to_owned())]);
        assert_eq!(fields(&["City", "Town"]), [Some("city:0".to_owned()), None]);
    }

    #[test]
    fn a_banner_above_the_header_is_passed_over() {
        let rows =
            table(&[&["Clinic B roster"], &["Printed", "2026-01-02"], &["Pt Last Nm", "Pt First Nm"], &["Ng", "Ann"]]);
        let (index, map) = find_header(&rows, &rules(), None).expect("a header");
        assert_eq!((index, map.header_row), (2, 3));
    }

    #[test]
    fn without_a_last_name_the_headers_seen_are_named() {
        let refusal = find_header(&table(&[&["Shoe Size", "DOB"]]), &rules(), None).expect_err("refused").to_string();
        assert!(refusal.contains("\"Shoe Size\", \"DOB\"") && refusal.contains("--map"), "{refusal}");
    }

    #[test]
    fn a_row_of_another_shape_is_ragged_and_never_shifted() {
        let rows = table(&[
            &["Last Name", "First Name", "City"],
            &["Ng", "Ann", "Duluth"],
            &["Ng", "Ann"],
            &["Ng", "Ann", "St", "Paul"],
            &["Ng", "Ann", "Duluth", " "],
        ]);
        let (_, map) = find_header(&rows, &rules(), None).expect("a header");
        let mut cells: Vec<MappedCell<'_>> = Vec::new();
        let shapes: Vec<RowShape> = rows.rows().skip(1).map(|row| map.map_row(&row, &mut cells)).collect();
        assert_eq!(shapes, [RowShape::Fits, RowShape::Ragged, RowShape::Ragged, RowShape::Fits]);
    }

    #[test]
    fn the_printed_mapping_gives_the_same_mapping_back() {
        let rows = table(&[&["Last Name", "First \"Given\" Name", "MRN", "Chart", "Löhr # x", "", "Provider"]]);
        let (_, map) = find_header(&rows, &rules(), None).expect("a header");
        let file = MapFile::parse(std::path::Path::new("m.toml"), &map.to_toml()).expect("sound");
        let (_, mut again) = find_header(&rows, &rules(), Some(&file)).expect("a header");
        again.apply(&file).expect("applies");
        let slots = |map: &ColumnMap| map.columns.iter().map(|column| column.slot).collect::<Vec<_>>();
        assert_eq!(slots(&again), slots(&map));
    }

    #[test]
    fn a_mapping_overrides_and_a_wrong_one_is_refused() {
        let rows = table(&[&["A", "B", "Chart"]]);
        let text = "[columns]\nA = \"first_name\"\nB = \"last_name\"\nChart = { field = \"external_id\", system = \"Clinic A\" }\n";
        let file = MapFile::parse(std::path::Path::new("m.toml"), text).expect("sound");
        let (_, mut map) = find_header(&rows, &rules(), Some(&file)).expect("a header");
        map.apply(&file).expect("applies");
        assert!(map.missing_required().is_empty());
        assert_eq!(map.columns[0].reason, MappingReason::MapFile);
        assert_eq!(map.named_systems().collect::<Vec<_>>(), ["Clinic A"]);
        for (text, word) in [
            ("[columns]\nA = \"shoe_size\"\n", "shoe_size"),
            ("[columns]\nZ = \"first_name\"\nA = \"last_name\"\n", "no such column"),
            ("[columns]\nA = \"last_name\"\nB = \"last_name\"\n", "same field"),
        ] {
            let refusal = MapFile::parse(std::path::Path::new("m.toml"), text)
                .and_then(|file| ColumnMap::of_header(&rows.row(0).expect("a row"), &rules()).apply(&file));
            assert!(refusal.expect_err("refused").to_string().contains(word), "{word}");
        }
    }
}
