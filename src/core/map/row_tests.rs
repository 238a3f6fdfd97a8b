//! What the rows of an export come to: which cell is which field's, and of which address.

use super::column_map::{MappedCells, RowShape};
use super::export_tests::{RULES, assert_mapped, batch_of};
use super::find::find_columns;

#[test]
fn guards_that_keep_zeros_in_a_spreadsheet_come_off_every_cell() {
    let rows = [
        ["MRN", "First Name", "Last Name", "DOB", "Zip", "Address"],
        ["=\"00048213\"", "Ann", "'Blanchard", "'01/13/1940", "=\"02115\"", "'t Hooft Ln 5"],
        ["'00048230", "=\"Bea\"", "'Thornbury", "=\"02/14/1943\"", "'02115", "14 Holloway Ln"],
        ["00048247", "'Abd", "'Holloway", "03/15/1946", "02115", "=\"\""],
    ];
    let batch = batch_of(&rows.each_ref().map(<[&str; 6]>::as_slice));
    let (first, map) = find_columns(&batch, &RULES, None).expect("a roster");
    let mut mapped = MappedCells::default();
    let texts: Vec<Vec<String>> = batch
        .rows()
        .skip(first)
        .map(|row| {
            assert_eq!(map.map_row(&row, &RULES, &mut mapped), RowShape::Fits);
            mapped.cells.iter().map(|cell| cell.text.to_owned()).collect()
        })
        .collect();
    assert_eq!(texts[0], ["00048213", "Ann", "Blanchard", "01/13/1940", "'t Hooft Ln 5", "02115"]);
    assert_eq!(texts[1], ["00048230", "Bea", "Thornbury", "02/14/1943", "14 Holloway Ln", "02115"]);
    assert_eq!(texts[2], ["00048247", "'Abd", "Holloway", "03/15/1946", "02115"]);
}

/// The fields and cells of each row below the first, as `field:group text`.
fn mapped_rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
    let batch = batch_of(rows);
    let (first, map) = find_columns(&batch, &RULES, None).expect("a roster");
    let mut mapped = MappedCells::default();
    let mut of_row = |row| {
        assert_eq!(map.map_row(&row, &RULES, &mut mapped), RowShape::Fits);
        let cells = mapped.cells.iter().skip(2);
        let mut found: Vec<String> =
            cells.map(|cell| format!("{}:{} {}", cell.slot.field, cell.slot.group, cell.text)).collect();
        found.extend(mapped.findings.iter().map(|finding| finding.code.code().to_owned()));
        found
    };
    batch.rows().skip(first).map(&mut of_row).collect()
}

#[test]
fn home_and_mailing_address_stay_whole_and_are_never_mixed() {
    let address = ["Address", "City", "Zip"];
    let mailing = ["Mailing Address", "Mailing City", "Mailing Zip"];
    for is_mailing_first in [false, true] {
        let row = |home: [&'static str; 3], mail: [&'static str; 3]| {
            let both = if is_mailing_first { [mail, home] } else { [home, mail] };
            ["First Name", "Last Name"].into_iter().chain(both.concat()).collect::<Vec<_>>()
        };
        let rows = [
            row(address, mailing),
            row(["101 Main St", "", ""], ["9 Elm St", "Chicago", "60601"]),
            row(["", "Duluth", "55805"], ["9 Elm St", "Chicago", "60601"]),
            row(["", "", ""], ["PO Box 5", "Chicago", "60601"]),
            row(["1 Oak St", "Duluth", "55805"], ["9 Elm St", "Chicago", "60601"]),
        ];
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let found = mapped_rows(&rows);
        let home = ["address_line1:0 9 Elm St", "city:0 Chicago", "postal_code:0 60601"];
        let told = ["M118"];
        assert_eq!(found[0], [&home[..], &["additional_address_line1:0 101 Main St"], &told].concat());
        let further = ["additional_city:0 Duluth", "additional_postal_code:0 55805"];
        assert_eq!(found[1], [&home[..], &further, &told].concat());
        let home = ["address_line1:0 PO Box 5", "city:0 Chicago", "postal_code:0 60601", "M118"];
        assert_eq!(found[2], home);
        let further =
            ["additional_address_line1:0 9 Elm St", "additional_city:0 Chicago", "additional_postal_code:0 60601"];
        let home = ["address_line1:0 1 Oak St", "city:0 Duluth", "postal_code:0 55805"];
        assert_eq!(found[3], [&home[..], &further].concat());
    }
}

#[test]
fn a_second_address_by_number_is_the_patients_where_the_first_is_empty_and_a_prior_one_never_is() {
    let found = mapped_rows(&[
        &["First Name", "Last Name", "Address 1", "City 1", "Zip 1", "Address 2", "City 2", "Zip 2"],
        &["Al", "Crow", "", "", "", "8 Elm St", "Duluth", "55805"],
        &["Bea", "Dove", "UNKNOWN", "", "", "8 Elm St", "Duluth", "55805"],
        &["Cy", "Finch", "2 Oak St", "Duluth", "55802", "8 Elm St", "Duluth", "55805"],
    ]);
    let home = ["address_line1:0 8 Elm St", "city:0 Duluth", "postal_code:0 55805"];
    assert_eq!(found[0], [&home[..], &["M118"]].concat());
    assert_eq!(found[1], [&home[..], &["additional_address_line1:0 UNKNOWN", "M118"]].concat());
    assert_eq!(found[2].len(), 6);
    let found = mapped_rows(&[
        &["First Name", "Last Name", "Address", "City", "Zip", "Previous Address", "Previous City", "Previous Zip"],
        &["Al", "Crow", "", "", "", "8 Elm St", "Duluth", "55805"],
    ]);
    assert_eq!(found[0].first().map(String::as_str), Some("additional_address_line1:0 8 Elm St"));
}

#[test]
fn epics_coded_columns_are_used_where_no_other_column_says_the_same() {
    assert_mapped(&[
        ("PAT_LAST_NAME", "last_name"),
        ("PAT_FIRST_NAME", "first_name"),
        ("SEX_C", "sex"),
        ("STATE_C", "state"),
        ("HOME_PHONE", "phone"),
        ("WORK_PHONE", "phone:3"),
        ("CELL_PHONE", "phone:2"),
    ]);
    assert_mapped(&[
        ("PAT_LAST_NAME", "last_name"),
        ("PAT_FIRST_NAME", "first_name"),
        ("SEX_C", "-"),
        ("SEX", "sex"),
        ("STATE_C", "-"),
        ("STATE", "state"),
    ]);
}

#[test]
fn contact_beside_patient_is_how_the_patient_is_reached_unless_it_names_somebody() {
    let of_two = |lower: [&str; 6]| {
        let upper = ["Patient", "", "", "Contact", "", ""];
        let data = ["Ng", "Ann", "1980-03-04", "814-555-0112", "12 Fir St", "16501"];
        let batch = batch_of(&[upper.as_slice(), &lower, &data]);
        let (_, map) = find_columns(&batch, &RULES, None).expect("a roster");
        map.columns.iter().filter(|column| column.content.is_some()).count()
    };
    assert_eq!(of_two(["Last", "First", "DOB", "Phone", "Street", "Zip"]), 6);
    assert_eq!(of_two(["Last", "First", "DOB", "Phone", "Relationship", "Zip"]), 3);
    assert_eq!(of_two(["Last", "First", "Phone", "Phone", "Street", "Zip"]), 3);
}

#[test]
fn columns_that_complete_one_address_stay_together() {
    assert_mapped(&[
        ("First Name", "first_name"),
        ("Last Name", "last_name"),
        ("Street Address", "address_line1"),
        ("Mailing City", "city"),
        ("Mailing State", "state"),
        ("Home Zip", "postal_code"),
    ]);
    assert_mapped(&[
        ("First Name", "first_name"),
        ("Last Name", "last_name"),
        ("Home Address", "address_line1"),
        ("City", "city"),
        ("Zip", "postal_code"),
        ("Mailing Address", "additional_address_line1"),
        ("Previous Address", "additional_address_line1:2"),
    ]);
}

#[test]
fn a_unit_on_the_third_line_is_kept_and_the_name_beside_the_street_is_left_out() {
    let found = mapped_rows(&[
        &["First Name", "Last Name", "Address1", "Address2", "Address3"],
        &["Al", "Crow", "c/o Sue Abel", "1 Oak St", "Apt 3"],
        &["Bea", "Dove", "1 Oak St", "Sunny Acres Nursing Home", "Rm 12"],
        &["Cy", "Finch", "1 Oak St", "Apt 3", "c/o Sue Abel"],
        &["Di", "Gull", "1 Oak St", "Bldg 4", "Apt 3"],
    ]);
    let lines = |second: &str| {
        vec!["address_line1:0 1 Oak St".to_owned(), format!("address_line2:0 {second}"), "M116".to_owned()]
    };
    assert_eq!(found, ["Apt 3", "Rm 12", "Apt 3", "Bldg 4"].map(lines));
}

#[test]
fn names_with_a_number_under_plain_headers_are_names_and_record_numbers_are_none() {
    let columns = |cells: [&str; 3]| {
        let rows = cells.map(|first| [first, "Ng", "1980-03-04"]);
        let rows = [["First Name", "Last Name", "DOB"]].iter().chain(&rows).map(<[&str; 3]>::as_slice);
        let batch = batch_of(&rows.collect::<Vec<_>>());
        find_columns(&batch, &RULES, None).map(|(_, map)| map.columns[0].content.is_some())
    };
    assert_eq!(columns(["First1", "First2", "First31"]).ok(), Some(true));
    assert_eq!(columns(["Jaspreet7", "Ann12", "Bea3"]).ok(), Some(true));
    for codes in [["A10293", "A10294", "A10295"], ["HTR-001008", "HTR-001009", "HTR-001010"], ["MRN1", "MRN2", "MRN3"]]
    {
        assert_ne!(columns(codes).ok(), Some(true), "{codes:?}");
    }
}
