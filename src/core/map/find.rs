//! Which row is the header: the first among the first rows that names a last name and something else. Where none does,
//! the columns are judged by their content.

use super::by_content::{map_by_content, map_headerless};
use super::column_map::{ColumnMap, shown_headers};
use super::error::MapError;
use super::header::is_known_header;
use super::header_rows::headings_of_two;
use super::map_file::MapFile;
use super::profile::Sample;
use super::resolve::{map_header, map_headings};
use crate::domain::{ColumnContent, CombinedField, Field, RowBatch, SourceRow, is_fix_header};
use crate::rules::Rules;

/// Rows among which the header is looked for: titles and notes above it are seldom longer.
const ROWS_TRIED: usize = 30;

/// The index of the first patient row in a table's first batch, and the mapping. A row that holds every header of the
/// user's mapping is the header, whatever its words; the mapping still has to be applied, which reports what does not
/// fit. Without a header that is known, the columns are mapped by content, and the mapping has to be confirmed.
pub fn find_columns(
    rows: &RowBatch,
    rules: &Rules,
    map_file: Option<&MapFile>,
) -> Result<(usize, ColumnMap), MapError> {
    if map_file.is_some_and(MapFile::has_no_header) {
        return map_headerless(rows, rules).ok_or(MapError::NothingKnown { rows: rows.len().min(ROWS_TRIED) });
    }
    for (index, row) in tried(rows) {
        let mut columns = map_header(&row, &Sample::from_batch(rows, rows.len()), rules);
        let is_named = map_file.is_some_and(|file| columns.apply_what_fits(file));
        if is_named || is_header(&columns) {
            let (last, mut columns) = map_header_rows(rows, index, &row, rules);
            if let Some(file) = map_file {
                columns.apply_what_fits(file);
            }
            // A column called `Name` that holds no whole names makes no header.
            if is_named || columns.has(Field::LastName) || !columns.contradictions().is_empty() {
                return Ok((last + 1, columns));
            }
        }
    }
    if map_file.is_none()
        && let Some(found) = map_by_content(rows, rules)
    {
        return Ok(found);
    }
    Err(refusal(rows, rules, map_file))
}

/// The index of the last header row, and the mapping of a header that may have a second row above or below.
fn map_header_rows(rows: &RowBatch, index: usize, row: &SourceRow<'_>, rules: &Rules) -> (usize, ColumnMap) {
    let alone = map_header(row, &Sample::from_batch(rows, index + 1), rules);
    if is_fix_header(row.cells().map(|(text, _)| text.trim()).collect::<Vec<_>>().into_iter()) {
        let by_header = map_header(row, &Sample::from_batch(rows, rows.len()), rules);
        return (index, alone.with_contradicted_from(by_header));
    }
    if let Some((last, number, headings)) = headings_of_two(rows, index, &rules.headers) {
        let of_two = map_headings(headings, number, &Sample::from_batch(rows, last + 1), rules);
        // What stands above may be a note after all: it may not cost what has to be there.
        if is_header(&of_two) && of_two.missing_required().len() <= alone.missing_required().len() {
            return (last, of_two);
        }
    }
    (index, alone)
}

/// The mapping of a table as far as it is known, for editing: what [`find_columns`] gives, and where that refuses, what
/// the content of the columns shows.
pub fn draft_columns(rows: &RowBatch, rules: &Rules, map_file: Option<&MapFile>) -> Result<ColumnMap, MapError> {
    match find_columns(rows, rules, map_file) {
        Ok((_, columns)) => Ok(columns),
        Err(MapError::NothingKnown { rows: tried }) => {
            map_headerless(rows, rules).map(|(_, columns)| columns).ok_or(MapError::NothingKnown { rows: tried })
        }
        Err(error) => Err(error),
    }
}

fn tried(rows: &RowBatch) -> impl Iterator<Item = (usize, SourceRow<'_>)> {
    rows.rows().take(ROWS_TRIED).enumerate().filter(|(_, row)| !row.is_blank())
}

fn refusal(rows: &RowBatch, rules: &Rules, map_file: Option<&MapFile>) -> MapError {
    let known = |row: &SourceRow<'_>| row.cells().filter(|(text, _)| is_known_header(text, &rules.headers)).count();
    // The first of those with the most known headers; `max_by_key` would give the last.
    let best =
        tried(rows).map(|(_, row)| (known(&row), row)).reduce(|best, next| if next.0 > best.0 { next } else { best });
    let shown = best.filter(|(known, row)| *known >= 2 || (*known == 1 && !has_digits(row))).map(|(_, row)| row);
    if let Some(file) = map_file {
        let headers = shown.map(|row| map_header(&row, &Sample::from_batch(rows, rows.len()), rules).headers_seen());
        if let Some(refusal) = file.refusal_without_header(headers.as_deref()) {
            return refusal.into();
        }
    }
    match shown {
        Some(row) => {
            MapError::NoHeader { row: row.number(), headers: shown_headers(row.cells().map(|(text, _)| text.trim())) }
        }
        None => MapError::NothingKnown { rows: rows.len().min(ROWS_TRIED) },
    }
}

/// A last name beside another column that is known. A column of whole names may be anybody's, of a list of contacts
/// too: it needs a column beside it that only a patient has.
fn is_header(columns: &ColumnMap) -> bool {
    let used = columns.columns.iter().filter(|column| column.content.is_some()).count();
    let is_whole = columns
        .columns
        .iter()
        .any(|column| matches!(column.content, Some(ColumnContent::Combined(CombinedField::FullName, _))));
    let keys = [Field::BirthDate, Field::Sex, Field::ExternalId, Field::SubjectId, Field::DeathDate];
    used >= 2
        && columns.has(Field::LastName)
        && (!is_whole || columns.has_alone(Field::LastName) || keys.into_iter().any(|field| columns.has(field)))
}

fn has_digits(row: &SourceRow<'_>) -> bool {
    row.cells().any(|(text, _)| text.contains(|letter: char| letter.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::domain::{CellKind, MappedCell};
    use crate::map::{MappedCells, MappingReason, RowShape};

    static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

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
        let (_, map) = find_columns(&table(&[&with_name]), &RULES, None).expect("a header");
        let slot = |column: &crate::map::MappedColumn| {
            column.content.map(|content| format!("{}:{}", content.name(), content.group()))
        };
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
        let (index, map) = find_columns(&rows, &RULES, None).expect("a header");
        assert_eq!((index, map.header_row), (3, Some(3)));
    }

    #[test]
    fn without_a_last_name_the_headers_seen_are_named() {
        let refusal = find_columns(&table(&[&["Shoe Size", "DOB"]]), &RULES, None).expect_err("refused").to_string();
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
        let (_, map) = find_columns(&rows, &RULES, None).expect("a header");
        let mut mapped = MappedCells::default();
        let shapes: Vec<RowShape> = rows.rows().skip(1).map(|row| map.map_row(&row, &RULES, &mut mapped)).collect();
        assert_eq!(shapes, [RowShape::Fits, RowShape::Ragged, RowShape::Ragged, RowShape::Fits]);
    }

    #[test]
    fn the_header_repeated_among_the_patients_is_no_patient() {
        let rows = table(&[
            &["", "Patient", "", "Guarantor"],
            &["MRN", "Last Name", "First Name", "Last Name"],
            &["1", "Ng", "Ann", "Ng"],
            &["MRN", "Last Name", " First Name", "Last Name"],
            &["", "", "First Name", "Last Name"],
            &["MRN", "Last Name", "First Name", "Ng"],
            &["", "Last Name", "", ""],
        ]);
        let (first, map) = find_columns(&rows, &RULES, None).expect("a header");
        let mut mapped = MappedCells::default();
        let shapes: Vec<RowShape> = rows.rows().skip(first).map(|row| map.map_row(&row, &RULES, &mut mapped)).collect();
        let (fits, header) = (RowShape::Fits, RowShape::Header);
        assert_eq!(shapes, [fits, header, header, fits, fits]);
    }

    #[test]
    fn the_printed_mapping_gives_the_same_mapping_back() {
        let rows = table(&[&["Last Name", "First \"Given\" Name", "MRN", "Chart", "Löhr # x", "", "Provider"]]);
        let (_, map) = find_columns(&rows, &RULES, None).expect("a header");
        let file = MapFile::parse(std::path::Path::new("m.toml"), &map.to_toml()).expect("sound");
        let (_, mut again) = find_columns(&rows, &RULES, Some(&file)).expect("a header");
        again.apply(&file).expect("applies");
        let slots = |map: &ColumnMap| map.columns.iter().map(|column| column.content).collect::<Vec<_>>();
        assert_eq!(slots(&again), slots(&map));
    }

    #[test]
    fn a_mapping_overrides_and_a_wrong_one_is_refused() {
        let rows = table(&[&["A", "B", "Chart"]]);
        let text = "[columns]\nA = \"first_name\"\nB = \"last_name\"\nChart = { field = \"external_id\", system = \"Clinic A\" }\n";
        let file = MapFile::parse(std::path::Path::new("m.toml"), text).expect("sound");
        let (_, mut map) = find_columns(&rows, &RULES, Some(&file)).expect("a header");
        map.apply(&file).expect("applies");
        assert!(map.missing_required().is_empty());
        assert_eq!(map.columns[0].reason, MappingReason::MapFile);
        assert_eq!(map.named_systems().collect::<Vec<_>>(), ["Clinic A"]);
        for (text, word) in [
            ("[columns]\nA = \"shoe_size\"\n", "shoe_size"),
            ("[columns]\nZ = \"first_name\"\nA = \"last_name\"\n", "no such column"),
            ("[columns]\nA = \"last_name\"\nB = \"last_name\"\n", "same field"),
        ] {
            let refusal = MapFile::parse(std::path::Path::new("m.toml"), text).and_then(|file| {
                map_header(&rows.row(0).expect("a row"), &Sample::from_batch(&rows, 1), &RULES).apply(&file)
            });
            assert!(refusal.expect_err("refused").to_string().contains(word), "{word}");
        }
    }

    fn refusal(rows: &[&[&str]], map: Option<&str>) -> String {
        let file = map.map(|text| MapFile::parse(std::path::Path::new("m.toml"), text).expect("sound"));
        find_columns(&table(rows), &RULES, file.as_ref()).expect_err("refused").to_string()
    }

    #[test]
    fn what_stands_in_brackets_is_left_out_only_when_it_tells_nothing() {
        for (header, field) in [
            ("Phone (###-###-####)", Some("phone:0")),
            ("State [2 letters]", Some("state:0")),
            ("Phone (Emergency Contact)", None),
            ("Phone (Provider)", None),
            ("Suffix (Guarantor)", None),
            ("Last Name (Maiden)", Some("additional_last_name:0")),
            ("City (former residence)", None),
        ] {
            assert_eq!(fields(&[header]), [field.map(str::to_owned)], "{header}");
        }
    }

    #[test]
    fn headers_written_as_one_word_are_understood() {
        for (header, field) in [
            ("DATEOFBIRTH", "birth_date:0"),
            ("patientDateOfBirth", "birth_date:0"),
            ("HOMEPHONENUMBER", "phone:0"),
            ("PREVIOUSLASTNAME", "additional_last_name:0"),
            ("PtDOB", "birth_date:0"),
            ("STREETADDRESSLINE2", "address_line2:0"),
        ] {
            assert_eq!(fields(&[header]), [Some(field.to_owned())], "{header}");
        }
    }

    #[test]
    fn a_digit_is_no_slip_of_the_pen() {
        for header in ["Zip 7", "Middle Name 2", "City 3 a"] {
            assert_eq!(fields(&[header]), [None], "{header}");
        }
    }

    #[test]
    fn spanish_headers_are_understood() {
        let rows = table(&[&[
            "Nombre",
            "Apellidos",
            "Fecha de Nacimiento",
            "Sexo",
            "Direccio\u{301}n",
            "Ciudad",
            "Tel\u{e9}fono",
        ]]);
        let (_, map) = find_columns(&rows, &RULES, None).expect("a header");
        assert_eq!(map.unmapped_headers(), Vec::<String>::new());
    }

    #[test]
    fn columns_of_one_further_name_stay_together_and_apart_from_others() {
        let headers = ["Maiden Name", "Alias First", "Alias Last", "Nickname", "Prev Last Name 2", "Prev First Name 2"];
        let groups = ["last_name:0", "first_name:1", "last_name:1", "first_name:2", "last_name:3", "first_name:3"];
        assert_eq!(fields(&headers), groups.map(|group| Some(format!("additional_{group}"))));
        let headers =
            ["Previous Address", "Prev Address 2", "Prior City", "Alt Address", "Alt Zip", "Alternate Address"];
        let groups =
            ["address_line1:0", "address_line2:0", "city:0", "address_line1:1", "postal_code:1", "address_line1:2"];
        assert_eq!(fields(&headers), groups.map(|group| Some(format!("additional_{group}"))));
    }

    #[test]
    fn numbered_columns_keep_their_number_and_others_take_the_next() {
        let some = |slots: &[&str]| slots.iter().map(|slot| Some((*slot).to_owned())).collect::<Vec<_>>();
        assert_eq!(fields(&["Cell", "Phone 2", "Home Phone"]), some(&["phone:0", "phone:1", "phone:2"]));
        assert_eq!(
            fields(&["MRN 1", "Facility 1", "MRN 2", "Facility 2"]),
            some(&["external_id:0", "external_system:0", "external_id:1", "external_system:1"])
        );
        assert_eq!(
            fields(&["Home Address", "Patient City", "Town"]),
            [Some("address_line1:0".into()), Some("city:0".into()), None]
        );
    }

    #[test]
    fn the_surer_column_gets_the_field_and_the_other_says_why_not() {
        let rows = table(&[&["Member Surname", "Last Name", "First Name"]]);
        let (_, map) = find_columns(&rows, &RULES, None).expect("a header");
        assert_eq!(map.columns[0].reason, MappingReason::Duplicate);
        assert_eq!((map.columns[0].content, map.columns[0].confidence), (None, 0.0));
        assert_eq!(map.columns[1].reason, MappingReason::Spelling);
    }

    #[test]
    fn confidence_and_reason_tell_how_a_column_was_found() {
        let rows = table(&[&["Last Name", "Member Surnames X", "Curent First Name", "Adress Line 1", "Shoe Size", ""]]);
        let (_, map) = find_columns(&rows, &RULES, None).expect("a header");
        let confidence = |index: usize| map.columns[index].confidence;
        assert_eq!((confidence(0), &map.columns[0].reason), (1.0, &MappingReason::Spelling));
        assert_eq!(map.columns[3].reason, MappingReason::Nearly("address line 1".to_owned()));
        assert!(confidence(3) >= 0.9 && confidence(3) < 1.0);
        assert_eq!((confidence(4), &map.columns[4].reason), (0.0, &MappingReason::Unknown));
        assert_eq!(map.columns[5].reason, MappingReason::NoHeader);
    }

    #[test]
    fn a_roster_without_a_header_row_shows_no_patient_in_the_refusal() {
        let patients: [&[&str]; 2] =
            [&["10432", "Zyzzyva", "Ann", "1980-03-04", "F"], &["10433", "Quux", "Bea", "1975-12-25", "F"]];
        let sentence = refusal(&patients, None);
        assert!(
            !sentence.contains("Zyzzyva") && !sentence.contains("10432") && !sentence.contains("1980"),
            "{sentence}"
        );
        assert!(sentence.contains("first 2 rows") && sentence.contains("--map"), "{sentence}");
        let sentence = refusal(&patients, Some("[columns]\nMRN = \"external_id\"\n"));
        assert!(!sentence.contains("Zyzzyva") && sentence.contains("MRN"), "{sentence}");
        // Half a header: what looks like data is left out.
        let sentence = refusal(&[&["First Name", "DOB", "zyzzyva@example.org", "603-555-0114"]], None);
        assert!(
            sentence.contains("\"DOB\"") && !sentence.contains("zyzzyva") && !sentence.contains("0114"),
            "{sentence}"
        );
    }

    #[test]
    fn a_long_row_of_headers_is_cut_short_in_the_refusal() {
        let long = "x".repeat(100);
        let mut headers = vec!["DOB", "Sex"];
        headers.resize(60, &long);
        let sentence = refusal(&[&headers], None);
        assert!(sentence.contains("and 20 more") && !sentence.contains(&long[..41]), "{sentence}");
    }

    #[test]
    fn columns_with_one_header_are_told_apart_in_the_printed_mapping() {
        let rows = table(&[&["Last Name", "First Name", "Phone", "Phone", "Notes", "Notes", "a\nb\u{7f}"]]);
        let (_, map) = find_columns(&rows, &RULES, None).expect("a header");
        let printed = map.to_toml();
        assert!(printed.contains("\"Phone (column 4)\" = \"phone:2\""), "{printed}");
        let file = MapFile::parse(std::path::Path::new("m.toml"), &printed).expect("sound");
        let (_, mut again) = find_columns(&rows, &RULES, Some(&file)).expect("a header");
        again.apply(&file).expect("applies");
        let slots = |map: &ColumnMap| map.columns.iter().map(|column| column.content).collect::<Vec<_>>();
        assert_eq!(slots(&again), slots(&map));
        let vague = MapFile::parse(std::path::Path::new("m.toml"), "[columns]\nPhone = \"phone\"\n").expect("sound");
        let refusal = again.apply(&vague).expect_err("refused").to_string();
        assert!(refusal.contains("\"Phone (column 3)\" or \"Phone (column 4)\""), "{refusal}");
    }

    #[test]
    fn a_mapping_may_name_groups_and_differ_in_case() {
        let rows = table(&[&["LAST_NAME", "First", "Old MRN", "Chart"]]);
        let text = "[columns]\n\"Last Name\" = \"ignore\"\nFirst = \"last_name\"\n\
            \"Old MRN\" = { field = \"external_id\", group = 2, system = \"B\" }\n";
        let file = MapFile::parse(std::path::Path::new("m.toml"), text).expect("sound");
        let (_, mut map) = find_columns(&rows, &RULES, Some(&file)).expect("a header");
        map.apply(&file).expect("applies");
        let slots: Vec<_> =
            map.columns.iter().map(|column| column.slot().map(|slot| (slot.field, slot.group))).collect();
        let expected = [None, Some((Field::LastName, 0)), Some((Field::ExternalId, 1)), Some((Field::ExternalId, 0))];
        assert_eq!(slots, expected);
        assert_eq!(map.missing_required(), [Field::FirstName]);
    }

    #[test]
    fn a_mapping_for_another_roster_is_refused_by_name() {
        let sentence = refusal(&[&["A", "B"], &["Ann", "Ng"]], Some("[columns]\nZ = \"last_name\"\n"));
        assert!(sentence.contains("m.toml") && sentence.contains("\"Z\""), "{sentence}");
    }

    #[test]
    fn columns_after_the_last_header_may_be_missing_from_a_row() {
        let rows = table(&[&["Last Name", "First Name", "", " "], &["Ng", "Ann"], &["Ng", "Ann", "", "x"], &["Ng"]]);
        let (_, map) = find_columns(&rows, &RULES, None).expect("a header");
        let mut mapped = MappedCells::default();
        let shapes: Vec<RowShape> = rows.rows().skip(1).map(|row| map.map_row(&row, &RULES, &mut mapped)).collect();
        assert_eq!(shapes, [RowShape::Fits, RowShape::Fits, RowShape::Ragged]);
    }

    #[test]
    fn the_cells_of_a_row_come_by_slot_and_empty_ones_are_left_out() {
        let rows = table(&[&["MRN", "DOB", "First Name", "Last Name", "City"], &["7", " ", "Ann", "Ng", "Duluth"]]);
        let (_, map) = find_columns(&rows, &RULES, None).expect("a header");
        let mut mapped = MappedCells::default();
        assert_eq!(map.map_row(&rows.row(1).expect("a row"), &RULES, &mut mapped), RowShape::Fits);
        let seen: Vec<(Field, &str)> =
            mapped.cells.iter().map(|cell: &MappedCell<'_>| (cell.slot.field, cell.text)).collect();
        let expected =
            [(Field::ExternalId, "7"), (Field::FirstName, "Ann"), (Field::LastName, "Ng"), (Field::City, "Duluth")];
        assert_eq!(seen, expected);
        assert!(seen.is_sorted_by_key(|(field, _)| *field));
    }

    /// What the columns under a header of two rows hold, and the index of the first patient row.
    fn under_two_rows(rows: &[&[&str]]) -> (usize, Vec<String>) {
        let (first, map) = find_columns(&table(rows), &RULES, None).expect("a header");
        let name = |column: &crate::map::MappedColumn| {
            column.content.map_or("-".to_owned(), |content| format!("{}:{}", content.name(), content.group()))
        };
        (first, map.columns.iter().map(name).collect())
    }

    #[test]
    fn a_band_above_the_header_tells_whose_columns_they_are() {
        let (first, fields) = under_two_rows(&[
            &["Clinic B roster"],
            &["", "Patient", "", "", "Guarantor", "", "Previous residence", "", "Emergency contact", ""],
            &["MRN", "Last Name", "First Name", "DOB", "Last Name", "First Name", "City", "State", "Name", "Phone"],
            &["1", "Ng", "Ann", "1980-03-04", "Ng", "Bo", "Duluth", "MN", "Cy Ng", "218-555-0101"],
        ]);
        let expected = [
            "external_id:0",
            "last_name:0",
            "first_name:0",
            "birth_date:0",
            "-",
            "-",
            "additional_city:0",
            "additional_state:0",
            "-",
            "-",
        ];
        assert_eq!((first, fields), (3, expected.map(str::to_owned).to_vec()));
        let (_, fields) = under_two_rows(&[
            &["", "", "", "", "Emergency contact", ""],
            &["Last Name", "First Name", "DOB", "Phone", "Name", "Phone"],
            &["Ng", "Ann", "1980-03-04", "218-555-0102", "Cy Ng", "218-555-0101"],
        ]);
        assert_eq!(fields[3..], ["phone:0", "-", "-"]);
    }

    #[test]
    fn cells_merged_downwards_and_words_broken_over_two_rows_are_one_header() {
        let (first, fields) = under_two_rows(&[
            &["MRN", "Patient", "", "DOB", "Address", "", "", ""],
            &["", "Last Name", "First Name", "", "Street", "City", "State", "Zip"],
            &["1", "Ng", "Ann", "1980-03-04", "12 Oak St", "Duluth", "MN", "55805"],
        ]);
        let expected = ["external_id", "last_name", "first_name", "birth_date", "address_line1", "city", "state"];
        assert_eq!((first, fields[..7].to_vec()), (2, expected.map(|name| format!("{name}:0")).to_vec()));
        let (first, fields) = under_two_rows(&[
            &["Last Name", "First Name", "DOB", "Address", "", "", ""],
            &["", "", "", "Street", "City", "State", "Zip"],
            &["Ng", "Ann", "1980-03-04", "12 Oak St", "Duluth", "MN", "55805"],
        ]);
        assert_eq!((first, fields[3].as_str(), fields[6].as_str()), (2, "address_line1:0", "postal_code:0"));
        let (first, fields) = under_two_rows(&[
            &["Last", "First", "Date of", "Street", "Zip"],
            &["Name", "Name", "Birth", "Address", "Code"],
            &["Ng", "Ann", "1980-03-04", "12 Oak St", "55805"],
        ]);
        assert_eq!((first, fields[2].as_str(), fields[4].as_str()), (2, "birth_date:0", "postal_code:0"));
    }

    #[test]
    fn notes_above_a_header_and_patients_below_it_are_no_second_header_row() {
        for rows in [
            [["Report", "Patient list", "", ""], ["MRN", "Last Name", "First Name", "DOB"], ["1", "Ng", "Ann", ""]],
            [["Provider:", "All", "", ""], ["MRN", "Last Name", "First Name", "DOB"], ["1", "Ng", "Ann", ""]],
            [["Site", "Dr Osei", "", ""], ["MRN", "Last Name", "First Name", "DOB"], ["1", "Ng", "Ann", ""]],
        ] {
            let (first, fields) = under_two_rows(&rows.each_ref().map(<[&str; 4]>::as_slice));
            assert_eq!(first, 2, "{rows:?}");
            assert_eq!(fields, ["external_id:0", "last_name:0", "first_name:0", "birth_date:0"], "{rows:?}");
        }
        let (first, _) = under_two_rows(&[&["Last Name", "First Name", "City"], &["Street", "Zip", "Boston"]]);
        assert_eq!(first, 1, "a patient named Zip Street");
    }

    #[test]
    fn a_mapping_file_names_a_column_under_a_band_with_or_without_it() {
        let rows = table(&[
            &["", "Patient", "", "Guarantor", ""],
            &["MRN", "Last Name", "First Name", "Last Name", "Relation"],
            &["1", "Ng", "Ann", "Ng", "Mother"],
        ]);
        for key in ["Guarantor Relation", "Relation"] {
            let text = format!("[columns]\n\"{key}\" = \"label\"\n");
            let file = MapFile::parse(std::path::Path::new("m.toml"), &text).expect("sound");
            let (_, mut map) = find_columns(&rows, &RULES, Some(&file)).expect("a header");
            map.apply(&file).expect("applies");
            assert_eq!(map.columns[4].slot().map(|slot| slot.field), Some(Field::Label), "{key}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_printed_mapping_gives_the_same_mapping_back(
            headers in proptest::collection::vec("Phone|MRN|City|Nickname|\\PC{0,12}|[\"\\\\#=\\]\n\r\t]{0,5}", 0..12),
        ) {
            let mut row = vec!["Last Name", "First Name"];
            row.extend(headers.iter().map(String::as_str));
            let rows = table(&[&row]);
            let (_, map) = find_columns(&rows, &RULES, None).expect("a header");
            let file = MapFile::parse(std::path::Path::new("m.toml"), &map.to_toml()).expect("sound");
            let (_, mut again) = find_columns(&rows, &RULES, Some(&file)).expect("a header");
            again.apply(&file).expect("applies");
            for (left, right) in map.columns.iter().zip(&again.columns) {
                proptest::prop_assert_eq!(left.content, right.content);
            }
        }
    }
}
