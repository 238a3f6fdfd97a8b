//! Columns as people really send them, through the real binary: several fields in one cell, no header row, headers that
//! say one thing over cells that say another, and what each of these leaves in the reports.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use support::{Ended, SandboxProcess, Workplace, rows_csv};

/// Runs `check` on a roster of this text and returns how it ended, its report and its rows.
fn checked(workplace: &Workplace, text: &str, options: &[&str]) -> (Ended, Value, Vec<BTreeMap<String, String>>) {
    workplace.write("roster.csv", text);
    let mut arguments = vec!["check", "roster.csv", "--out", "out"];
    arguments.extend(options);
    let ended = workplace.run(&arguments);
    assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
    let report = serde_json::from_str(&workplace.read("out/report.json")).expect("JSON");
    let rows = rows_csv(&workplace.path("out/rows.csv"));
    (ended, report, rows)
}

fn fields(report: &Value) -> Vec<&str> {
    let columns = report["input"][0]["mapping"].as_array().expect("columns");
    columns.iter().map(|column| column["field"].as_str().unwrap_or("-")).collect()
}

fn has(row: &BTreeMap<String, String>, finding: &str) -> bool {
    row["findings"].split(';').any(|found| found == finding)
}

/// Uploads a roster of this text into a sandbox and returns what the vendor holds, by first name.
fn uploaded(text: &str) -> BTreeMap<String, Value> {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &[]);
    workplace.write("roster.csv", text);
    let ended = sandbox.run(&workplace, &["upload", "roster.csv", "--out", "out"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    by_first_name(&sandbox)
}

/// The subjects on the roll without those that the sandbox begins with.
fn by_first_name(sandbox: &SandboxProcess) -> BTreeMap<String, Value> {
    let subjects = sandbox.subjects().into_iter().map(|subject| {
        let first = subject["firstName"].as_str().expect("a first name").to_owned();
        (first, subject)
    });
    subjects.filter(|(first, _)| !["Helen", "Justin", "Marissa"].contains(&first.as_str())).collect()
}

/// The text on one line: where it was broken does not matter.
fn words_of(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const COMBINED: &str = "\
MRN,Patient Name,DOB,Sex,Address,Phone 1,Phone 2
101,\"Ng, Ann Marie\",1980-03-04,F,\"12 Oak St Apt 4, Springfield, IL 62704\",217-555-0101,217-555-0102
102,\"Smith, John Q. Jr\",1971-05-16,M,\"PO Box 9, Duluth, MN 55805\",218-555-0103,
103,\"de la Cruz, Ana\",1990-11-30,F,\"77 Elm Ave, Unit 2B, Boston, MA, 02134\",,617-555-0104
104,Kate,1985-07-08,F,\"9 Birch Rd, Duluth, MN 55805\",218-555-0105,
105,\"Osei, Abena\",1962-02-02,F,12 Park Ave West Springfield IL 62704,217-555-0106,
106,\"Larsen, Tove\",1955-09-21,F,,217-555-0107,
";

#[test]
fn whole_names_and_one_line_addresses_reach_the_vendor_in_their_parts() {
    let subjects = uploaded(COMBINED);
    assert_eq!(subjects.keys().map(String::as_str).collect::<Vec<_>>(), ["Abena", "Ana", "Ann", "John", "Tove"]);
    let ann = &subjects["Ann"];
    assert_eq!((ann["middleName"].as_str(), ann["lastName"].as_str()), (Some("Marie"), Some("Ng")));
    let address = |name: &str, field: &str| subjects[name][field].as_str().unwrap_or_default().to_owned();
    let of = |name: &str| {
        ["addressLine1", "addressLine2", "addressCity", "addressState", "addressPostalCode"]
            .map(|field| address(name, field))
    };
    assert_eq!(of("Ann"), ["12 Oak St", "Apt 4", "Springfield", "IL", "62704"], "{ann}");
    assert_eq!(of("John"), ["PO Box 9", "", "Duluth", "MN", "55805"]);
    assert_eq!(of("Ana"), ["77 Elm Ave", "Unit 2B", "Boston", "MA", "02134"]);
    assert_eq!(of("Abena"), ["", "", "", "", ""], "an address that cannot be split is not sent");
    assert_eq!(subjects["John"]["additionalNames"][0]["last"].as_str(), Some("Smith Jr"));
    assert_eq!(subjects["Ana"]["lastName"].as_str(), Some("de la Cruz"));
}

#[test]
fn cells_that_cannot_be_split_surely_are_findings_and_not_guesses() {
    let workplace = Workplace::new();
    let (ended, report, rows) = checked(&workplace, COMBINED, &[]);
    assert_eq!(fields(&report), ["external_id", "full_name", "birth_date", "sex", "full_address", "phone", "phone"]);
    let outcomes: Vec<&str> = rows.iter().map(|row| row["outcome"].as_str()).collect();
    assert_eq!(outcomes[3], "held");
    assert!(has(&rows[3], "M110:last_name") && has(&rows[3], "M110:first_name"), "{:?}", rows[3]);
    assert!(has(&rows[4], "M111:address_line1") && outcomes[4] == outcomes[0], "{:?}", rows[4]);
    for row in [0, 1, 2, 5] {
        assert!(!rows[row]["findings"].contains("M11"), "{:?}", rows[row]);
    }
    assert!(ended.stdout.contains("full_address"), "{}", ended.stdout);
    let evidence = report["input"][0]["mapping"][4]["evidence"].as_str();
    assert_eq!(evidence, Some("5 of 5 cells examined are full addresses"), "be they ones that cannot be split");
    // These files are there to show the cell itself: what was changed, and the row to be mended. No other file does.
    let shows_cells =
        |file: &std::path::Path| ["changes.csv", "fix.csv", "fix.xlsx"].iter().any(|name| file.ends_with(name));
    let is_report = |file: &&std::path::PathBuf| file.starts_with(workplace.path("out")) && !shows_cells(file);
    for file in workplace.files().iter().filter(is_report) {
        assert!(!fs_err::read_to_string(file).expect("text").contains("Park Ave"), "{}", file.display());
    }
}

#[test]
fn the_last_address_line_may_stand_in_any_of_the_address_columns() {
    let subjects = uploaded(
        "MRN,Last Name,First Name,DOB,Address 1,Address 2,Address 3\n\
         1,Ng,Ann,1980-03-04,12 Oak St,Apt 4,\"Springfield, IL 62704\"\n\
         2,Osei,Abena,1962-02-02,9 Birch Rd,,\"Duluth, MN 55805\"\n\
         3,Larsen,Tove,1955-09-21,7 Elm Ave,Unit 3,\"Boston, MA 02134-1000\"\n",
    );
    let of = |name: &str| {
        ["addressLine1", "addressLine2", "addressCity", "addressState"]
            .map(|field| subjects[name][field].as_str().unwrap_or(""))
    };
    assert_eq!(of("Ann"), ["12 Oak St", "Apt 4", "Springfield", "IL"]);
    assert_eq!(of("Abena"), ["9 Birch Rd", "", "Duluth", "MN"]);
}

#[test]
fn a_third_address_line_is_the_second_where_there_is_none_and_else_a_finding() {
    let workplace = Workplace::new();
    let text = "MRN,Last Name,First Name,DOB,Address 1,Address 2,Address 3,City,State,Zip\n\
                1,Ng,Ann,1980-03-04,12 Oak St,,Building C,Duluth,MN,55805\n\
                2,Osei,Abena,1962-02-02,9 Birch Rd,Apt 4,Building D,Duluth,MN,55805\n";
    let (_, report, rows) = checked(&workplace, text, &[]);
    assert_eq!(fields(&report)[6], "further_address_line");
    assert!(!rows[0]["findings"].contains("M116") && has(&rows[1], "M116:address_line2"), "{rows:?}");
}

#[test]
fn numbered_addresses_are_addresses_and_not_lines_of_one() {
    let workplace = Workplace::new();
    let text = "MRN,Last Name,First Name,DOB,Address 1,City 1,State 1,Zip 1,Address 2,City 2,State 2,Zip 2\n\
                1,Ng,Ann,1980-03-04,12 Oak St,Duluth,MN,55805,9 Birch Rd,Boston,MA,02134\n";
    let (_, report, _) = checked(&workplace, text, &[]);
    let expected = [
        "address_line1",
        "city",
        "state",
        "postal_code",
        "additional_address_line1",
        "additional_city",
        "additional_state",
        "additional_postal_code",
    ];
    assert_eq!(fields(&report)[4..], expected);
}

#[test]
fn a_name_column_without_commas_is_split_only_where_its_order_shows() {
    let workplace = Workplace::new();
    let rows_of = |names: [&str; 4], header: &str| {
        let rows = names.iter().enumerate().map(|(number, name)| format!("{number},{name},198{number}-03-04"));
        [format!("MRN,{header},DOB")].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
    };
    let frequent = ["Jennifer Johnson", "Robert Miller", "Quill Zyzzyva", "Susan K Davis"];
    let (_, _, rows) = checked(&workplace, &rows_of(frequent, "Name"), &[]);
    assert!(rows.iter().all(|row| !row["findings"].contains("M110")), "{rows:?}");
    let unknown = ["Quill Zyzzyva", "Brix Quux", "Aba Cada", "Tarn Ozz"];
    let (_, _, rows) = checked(&workplace, &rows_of(unknown, "Name"), &[]);
    assert!(rows.iter().all(|row| has(row, "M110:last_name")), "{rows:?}");
    let (_, _, rows) = checked(&workplace, &rows_of(unknown, "Name (First Last)"), &[]);
    assert!(rows.iter().all(|row| !row["findings"].contains("M110")), "{rows:?}");
    workplace.write("m.toml", "[columns]\nName = { field = \"full_name\", order = \"last_first\" }\n");
    let (_, _, rows) = checked(&workplace, &rows_of(unknown, "Name"), &["--map", "m.toml"]);
    assert!(rows.iter().all(|row| !row["findings"].contains("M110")), "{rows:?}");
}

#[test]
fn a_name_in_another_order_than_its_column_is_not_split_and_no_header_outweighs_all_names() {
    let workplace = Workplace::new();
    let mut names = vec!["Jennifer Johnson", "Robert Miller", "Susan Davis", "Linda Anderson", "Patricia Walker"];
    names.extend(["Barbara Peterson", "Karen Mitchell", "Nancy Nelson", "Betty Carter", "Helen Phillips"]);
    names.push("Thompson Jessica");
    let text_of = |header: &str| {
        let rows = names.iter().enumerate().map(|(number, name)| format!("{number},{name},19{}-03-04", 60 + number));
        [format!("MRN,{header},DOB")].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
    };
    let (_, _, rows) = checked(&workplace, &text_of("Name"), &[]);
    let held = rows.iter().map(|row| has(row, "M110:last_name")).collect::<Vec<_>>();
    assert_eq!(held, [vec![false; 10], vec![true]].concat());
    let (_, _, rows) = checked(&workplace, &text_of("Name (Last First)"), &[]);
    assert!(rows.iter().all(|row| has(row, "M110:last_name")), "{rows:?}");
}

const HEADERLESS: &str = "\
A-1001,Johnson,Jennifer,1980-03-04,F,12 Oak St,Duluth,MN,55805,218-555-0101,jj@clinic.example.org
A-1002,Smith,Robert,1971-05-16,M,9 Birch Rd,Boston,MA,02134,617-555-0102,
A-1003,Miller,Susan,1990-11-30,F,77 Elm Ave,Springfield,IL,62704,217-555-0103,sm@clinic.example.org
A-1004,Davis,Linda,1962-02-02,F,4 Ash Ct,Warwick,RI,02886,401-555-0104,
";

const HEADERLESS_FIELDS: [&str; 11] = [
    "external_id",
    "last_name",
    "first_name",
    "birth_date",
    "sex",
    "address_line1",
    "city",
    "state",
    "postal_code",
    "phone",
    "email",
];

#[test]
fn a_roster_without_a_header_row_is_mapped_by_its_content_and_every_row_is_a_patient() {
    let workplace = Workplace::new();
    let (ended, report, rows) = checked(&workplace, HEADERLESS, &[]);
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[0]["row"], "1");
    assert_eq!(fields(&report), HEADERLESS_FIELDS);
    assert_eq!(report["input"][0]["header_row"], Value::Null);
    assert_eq!(report["input"][0]["confirm_mapping"], true);
    assert!(ended.stdout.contains("no header row") && ended.stdout.contains("--accept-mapping"), "{}", ended.stdout);
    let html = workplace.read("out/report.html");
    assert!(html.contains("to be confirmed") && html.contains("cells examined are dates"));
    for text in [&ended.stdout, &html, &workplace.read("out/report.json")] {
        assert!(!text.contains("Johnson") && !text.contains("Jennifer"), "no patient is shown");
    }
}

#[test]
fn an_upload_without_a_header_row_waits_for_a_confirmed_mapping() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &[]);
    workplace.write("roster.csv", HEADERLESS);
    let ended = sandbox.run(&workplace, &["upload", "roster.csv", "--out", "out"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    for word in ["roster.csv", "onroll map", "--map", "--accept-mapping"] {
        assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
    }
    assert!(by_first_name(&sandbox).is_empty());
    let accepted = sandbox.run(&workplace, &["upload", "roster.csv", "--out", "accepted", "--accept-mapping"]);
    assert!(matches!(accepted.code, Some(0 | 1)), "{accepted:?}");
    assert_eq!(by_first_name(&sandbox).len(), 4);
    let map = workplace.run(&["map", "roster.csv"]);
    assert_eq!(map.code, Some(0), "{}", map.stderr);
    assert!(map.stdout.contains("header = \"none\"") && map.stdout.contains("\"(column 4)\" = \"birth_date\""));
    assert!(!map.stdout.contains("Johnson"), "no patient is shown");
    workplace.write("m.toml", &map.stdout);
    let mapped = sandbox.run(&workplace, &["upload", "roster.csv", "--out", "mapped", "--map", "m.toml"]);
    assert!(matches!(mapped.code, Some(0 | 1)), "{mapped:?}");
    let report: Value = serde_json::from_str(&workplace.read("mapped/report.json")).expect("JSON");
    assert_eq!((report["rows"]["read"].as_u64(), fields(&report)), (Some(4), HEADERLESS_FIELDS.to_vec()));
    assert_eq!(by_first_name(&sandbox).len(), 4, "nobody twice");
}

#[test]
fn a_header_in_words_that_are_not_known_is_no_patient() {
    let workplace = Workplace::new();
    let text = format!("Kennung,Zuname,Rufname,Gebtag,Geschl,Weg,Wohnort,Land,Leitzahl,Fernspr,Elpost\n{HEADERLESS}");
    let (_, report, rows) = checked(&workplace, &text, &[]);
    assert_eq!((rows.len(), report["input"][0]["header_row"].as_u64()), (4, Some(1)));
    assert_eq!(report["input"][0]["confirm_mapping"], true);
    assert_eq!(fields(&report), HEADERLESS_FIELDS);
}

#[test]
fn known_headers_among_unknown_ones_are_believed_and_those_of_others_left_out() {
    let workplace = Workplace::new();
    let text = "Kennung,Zuname,Rufname,DOB,Emergency Contact Phone,Wohnort,State,Zip\n\
                A-1,Johnson,Jennifer,1980-03-04,218-555-0101,Duluth,MN,55805\n\
                A-2,Smith,Robert,1971-05-16,617-555-0102,Boston,MA,02134\n\
                A-3,Miller,Susan,1990-11-30,217-555-0103,Springfield,IL,62704\n";
    let (_, report, rows) = checked(&workplace, text, &[]);
    assert_eq!((rows.len(), report["input"][0]["confirm_mapping"].as_bool()), (3, Some(true)));
    let expected = ["external_id", "last_name", "first_name", "birth_date", "-", "city", "state", "postal_code"];
    assert_eq!(fields(&report), expected);
}

#[test]
fn a_table_without_header_and_without_names_is_refused_with_what_to_do() {
    let workplace = Workplace::new();
    let visits = "1,2026-01-02,55805\n2,2019-01-03,55806\n3,2011-01-04,55807\n";
    let wrestlers = "\"Duggan, Jim\",1987\n\"Hart, Bret\",1984\n\"Miller, Susan\",1992\n";
    for (text, cell) in [(visits, "55805"), (wrestlers, "Hart")] {
        workplace.write("list.csv", text);
        let ended = workplace.run(&["check", "list.csv"]);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.stderr.contains("--map") && !ended.stderr.contains(cell), "{}", ended.stderr);
    }
}

const CONTRADICTED: &str = "\
MRN,Last Name,First Name,DOB,Phone,City
1,Ng,Ann,(218) 555-0101,1980-03-04,Duluth
2,Osei,Abena,(617) 555-0102,1962-02-02,Boston
3,Larsen,Tove,(217) 555-0103,1955-09-21,Springfield
";

#[test]
fn a_column_under_an_unknown_header_stays_unused_and_says_what_it_looks_like() {
    let workplace = Workplace::new();
    let text = "MRN,Last Name,First Name,DOB,Zp,Fax\n\
                1,Ng,Ann,1980-03-04,55805,218-555-0101\n\
                2,Osei,Abena,1962-02-02,02134,\n\
                3,Larsen,Tove,1955-09-21,62704,\n";
    let (ended, report, _) = checked(&workplace, text, &[]);
    assert_eq!(fields(&report)[4..], ["-", "-"]);
    assert!(words_of(&ended.stdout).contains("no field has this header; the cells look like ZIPs"));
    assert_eq!(report["input"][0]["mapping"][5]["reason"], "no field has this header");
    assert_eq!(report["input"][0]["confirm_mapping"], false);
}

#[test]
fn a_header_that_its_cells_contradict_is_not_believed_and_every_row_says_so() {
    let workplace = Workplace::new();
    let (ended, report, rows) = checked(&workplace, CONTRADICTED, &[]);
    assert_eq!(fields(&report), ["external_id", "last_name", "first_name", "-", "-", "city"]);
    let column = &report["input"][0]["mapping"][3];
    assert_eq!(column["reason"], "the header says birth_date, but the cells are phone numbers");
    assert_eq!(column["evidence"], "0 of 3 cells examined are dates");
    for row in &rows {
        assert!(has(row, "M113:birth_date") && has(row, "M113:phone"), "{row:?}");
    }
    assert!(ended.stdout.contains("the header says birth_date"), "{}", ended.stdout);
    workplace.write("m.toml", "[columns]\nDOB = \"phone\"\nPhone = \"birth_date\"\n");
    let (_, report, rows) = checked(&workplace, CONTRADICTED, &["--map", "m.toml"]);
    assert_eq!(fields(&report)[3..5], ["phone", "birth_date"]);
    assert!(rows.iter().all(|row| !row["findings"].contains("M113")), "a mapping is believed: {rows:?}");
}

#[test]
fn a_required_column_that_holds_something_else_is_refused_by_number() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", "Last Name,First Name,DOB\n11,Ann,1980-03-04\n12,Bea,1981-03-04\n13,Cy,1982-03-04\n");
    let ended = workplace.run(&["check", "roster.csv"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(
        ended.stderr.contains("in column 1 the header says last_name, but the cells are numbers"),
        "{}",
        ended.stderr
    );
}

#[test]
fn columns_of_one_meaning_fill_and_check_each_other() {
    let workplace = Workplace::new();
    let text = "MRN,Last Name,First Name,DOB,Birth Date,City,Town\n\
                1,Ng,Ann,1980-03-04,03/04/1980,Duluth,\n\
                2,Osei,Abena,,1962-02-02,,Boston\n\
                3,Larsen,Tove,1955-09-21,1956-09-21,Springfield,Springfield\n\
                4,Roth,Kelly,1949-12-01,1949-12-01,Dover,Wilmington\n";
    let (_, report, rows) = checked(&workplace, text, &[]);
    assert_eq!(fields(&report), ["external_id", "last_name", "first_name", "birth_date", "-", "city", "-"]);
    assert!(!rows[0]["findings"].contains("M11"), "{:?}", rows[0]);
    assert!(!rows[1]["findings"].contains("D101"), "the second column fills the first: {:?}", rows[1]);
    assert!(has(&rows[2], "M115:birth_date") && rows[2]["outcome"] == "held", "{:?}", rows[2]);
    assert!(has(&rows[3], "M114:city") && rows[3]["outcome"] != "held", "{:?}", rows[3]);
}

#[test]
fn the_last_name_column_may_hold_whole_names() {
    let workplace = Workplace::new();
    let text =
        "MRN,Last Name,DOB\n1,\"Ng, Ann\",1980-03-04\n2,\"Osei, Abena\",1962-02-02\n3,\"Larsen, Tove\",1955-09-21\n";
    let (_, report, _) = checked(&workplace, text, &[]);
    assert_eq!(fields(&report), ["external_id", "full_name", "birth_date"]);
    let text = "MRN,Last Name,Name,DOB\n1,Ng,Ann,1980-03-04\n2,Osei,Abena,1962-02-02\n3,Larsen,Tove,1955-09-21\n";
    let (_, report, _) = checked(&workplace, text, &[]);
    assert_eq!(fields(&report), ["external_id", "last_name", "first_name", "birth_date"]);
}

#[test]
fn confidence_falls_with_cells_that_do_not_look_like_the_field() {
    let workplace = Workplace::new();
    let rows = (0..10).map(|number| {
        let birth = if number < 5 { "1980-03-04" } else { "about 1980" };
        format!("{number},Ng,Ann,{birth}")
    });
    let text = format!("MRN,Last Name,First Name,DOB\n{}", rows.collect::<Vec<_>>().join("\n"));
    let (_, report, _) = checked(&workplace, &text, &[]);
    let birth = &report["input"][0]["mapping"][3];
    assert_eq!(
        (birth["confidence"].as_f64(), birth["evidence"].as_str()),
        (Some(0.8), Some("5 of 10 cells examined are dates"))
    );
    assert_eq!(report["input"][0]["mapping"][1]["confidence"].as_f64(), Some(1.0));
}

#[test]
fn first_and_last_names_under_each_others_header_are_refused_and_not_exchanged() {
    let workplace = Workplace::new();
    let names = [
        ("Johnson", "Jennifer"),
        ("Smith", "Robert"),
        ("Miller", "Susan"),
        ("Davis", "Linda"),
        ("Anderson", "Patricia"),
        ("Peterson", "Barbara"),
    ];
    let rows = (0..12).zip(names.iter().cycle());
    let rows = rows.map(|(number, (last, first))| format!("{number},{last},{first},19{}-03-04", 50 + number));
    let rows = rows.collect::<Vec<_>>().join("\n");
    workplace.write("roster.csv", format!("MRN,First Name,Last Name,DOB\n{rows}\n"));
    let ended = workplace.run(&["check", "roster.csv"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    for sentence in [
        "in column 2 the header says first_name, but the cells are family names",
        "in column 3 the header says last_name, but the cells are given names",
    ] {
        assert!(words_of(&ended.stderr).contains(sentence), "{}", ended.stderr);
    }
    let text = format!("MRN,Last Name,First Name,DOB\n{rows}\n");
    let (_, report, _) = checked(&workplace, &text, &[]);
    assert_eq!(fields(&report), ["external_id", "last_name", "first_name", "birth_date"]);
}

#[test]
fn a_workbook_with_merged_header_cells_is_read_by_both_of_its_header_rows() {
    let workplace = Workplace::new();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    let format = rust_xlsxwriter::Format::new();
    sheet.write(0, 0, "Clinic B, patient list").expect("written");
    sheet.merge_range(2, 0, 3, 0, "MRN", &format).expect("merged");
    for (first, last, band) in [(1, 3, "Patient"), (4, 5, "Emergency Contact"), (6, 9, "Home Address")] {
        sheet.merge_range(2, first, 2, last, band, &format).expect("merged");
    }
    sheet.merge_range(2, 10, 3, 10, "Phone", &format).expect("merged");
    let headers = ["", "Last", "First", "DOB", "Name", "Phone", "Street", "City", "State", "Zip", ""];
    let rows = [
        ["7", "Ng", "Ann", "1980-03-04", "Bo Ng", "218-555-0109", "12 Oak St", "Duluth", "MN", "55805", "218-555-0101"],
        ["8", "Osei", "Abena", "1962-02-02", "Cy Osei", "617-555-0109", "9 Elm St", "Boston", "MA", "02134", ""],
    ];
    for (row, cells) in (3..).zip([headers].iter().chain(&rows)) {
        for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write(row, column, *cell).expect("written");
        }
    }
    workbook.save(workplace.path("roster.xlsx")).expect("saved");
    let ended = workplace.run(&["check", "roster.xlsx", "--out", "out"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    let report: Value = serde_json::from_str(&workplace.read("out/report.json")).expect("JSON");
    let expected = [
        "external_id",
        "last_name",
        "first_name",
        "birth_date",
        "-",
        "-",
        "address_line1",
        "city",
        "state",
        "postal_code",
        "phone",
    ];
    assert_eq!(fields(&report), expected);
    let input = &report["input"][0];
    assert_eq!((input["header_row"].as_u64(), input["rows"].as_u64()), (Some(4), Some(2)));
}

#[test]
fn a_header_repeated_on_every_page_puts_no_patient_on_the_roll() {
    let subjects = uploaded(
        "MRN,Last Name,First Name,DOB\n1,Ng,Ann,1980-03-04\nMRN,Last Name,First Name,DOB\n2,Osei,Abena,1962-02-02\n",
    );
    assert_eq!(subjects.keys().map(String::as_str).collect::<Vec<_>>(), ["Abena", "Ann"]);
    let workplace = Workplace::new();
    let text = "Last Name,First Name,DOB\nNg,Ann,1980-03-04\nLast Name,First Name,DOB\n";
    let (_, _, rows) = checked(&workplace, text, &[]);
    assert_eq!((rows[1]["outcome"].as_str(), rows[1]["findings"].as_str()), ("rejected", "M117"));
}

/// A table of 72 rows whose columns repeat these words in turn, at different paces.
fn repeating(header: &str, columns: &[&[&str]]) -> String {
    let mut text = format!("{header}\n");
    for row in 0..72_usize {
        let cells = columns.iter().enumerate().map(|(pace, words)| match words {
            ["#"] => format!("{}", row + 1),
            ["date"] => format!("{}-{:02}-{:02}", 1990 + row / 6, 1 + row % 12, 1 + row % 28),
            words => words[(row + row / words.len() * pace) % words.len()].to_owned(),
        });
        text.push_str(&cells.collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    text
}

fn refused(text: &str) -> String {
    let workplace = Workplace::new();
    workplace.write("list.csv", text);
    let ended = workplace.run(&["check", "list.csv", "--out", "out"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    words_of(&ended.stderr)
}

#[test]
fn a_list_of_birds_that_met_aeroplanes_is_no_roster_whatever_its_cells_look_like() {
    let text = repeating(
        "Aircraft Airline Operator,Flight Date,Origin State,Wildlife Species,Time of day",
        &[
            &["MILITARY", "Southern", "Delta", "Business", "United"],
            &["date"],
            &["Louisiana", "Texas", "Utah", "Ohio", "Maine", "Iowa", "Idaho"],
            &[
                "Turkey vulture",
                "Mourning dove",
                "Barn swallow",
                "Bald eagle",
                "Horned lark",
                "Red fox",
                "Barn owl",
                "Cattle egret",
                "Cliff swallow",
                "Laughing gull",
                "Great egret",
                "Chimney swift",
                "Mute swan",
                "Grey heron",
                "Tree swallow",
                "Red-tailed hawk",
                "European starling",
                "American kestrel",
                "Common grackle",
                "Mallard duck",
                "Great heron",
                "Purple martin",
                "Ruby hummingbird",
                "Osprey adult",
            ],
            &["Day", "Night", "Dawn", "Dusk"],
        ],
    );
    assert!(refused(&text).contains("no header row found in the first"), "{}", refused(&text));
}

#[test]
fn answers_beside_a_known_header_are_no_names_and_the_header_no_patient() {
    let answers: &[&str] = &["James Favor", "Mary Oppose", "Ann Strongly Oppose", "John Strongly Favor"];
    let text =
        repeating(",anx,educ,gender,emo", &[&["#"], &["calm", "upset"], answers, &["male", "female"], &["7", "6"]]);
    let told = refused(&text);
    assert!(told.contains("gender"), "{told}");
}

#[test]
fn a_column_of_row_numbers_without_a_header_disturbs_no_header() {
    let roster = ",Last Name,First Name,DOB\n0,Ng,Ann,1980-03-04\n1,Ruiz,Omar,1981-04-05\n2,Ito,Bea,1982-05-06\n";
    let (_, report, rows) = checked(&Workplace::new(), roster, &[]);
    assert_eq!(fields(&report), ["-", "last_name", "first_name", "birth_date"]);
    assert_eq!((report["input"][0]["header_row"].as_u64(), rows.len()), (Some(1), 3));
}

#[test]
fn a_known_header_among_unknown_ones_is_enough_to_be_no_patient() {
    let mut roster = "Nummer;Efternamn;Fornamn;Gender\n".to_owned();
    let people =
        [("Smith", "James"), ("Nguyen", "Mary"), ("Garcia", "John"), ("Johnson", "Linda"), ("Lopez", "Robert")];
    for (number, (last, first)) in people.into_iter().enumerate() {
        let _ = writeln!(roster, "A{number}7;{last};{first};{}", ["F", "M"][number % 2]);
    }
    let (_, report, rows) = checked(&Workplace::new(), &roster, &[]);
    assert_eq!(fields(&report), ["external_id", "last_name", "first_name", "sex"]);
    assert_eq!((report["input"][0]["header_row"].as_u64(), rows.len()), (Some(1), 5));
}

/// A workbook of patients, and of the physicians who treat them.
fn write_patients_and_providers(workplace: &Workplace) {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheets: [(&str, [&[&str]; 2]); 2] = [
        ("Patients", [&["MRN", "Last Name", "First Name", "DOB"], &["1", "Osei", "Abena", "1962-02-02"]]),
        ("Providers", [&["Last Name", "First Name", "NPI", "Phone"], &["Ng", "Ann", "1234567893", "218-555-0101"]]),
    ];
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(name).expect("a name");
        for (row, cells) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(cells) {
                sheet.write_string(row, column, *cell).expect("written");
            }
        }
    }
    workbook.save(workplace.path("roster.xlsx")).expect("saved");
}

#[test]
fn a_sheet_of_providers_beside_the_roster_is_passed_over_unless_it_is_asked_for() {
    let workplace = Workplace::new();
    write_patients_and_providers(&workplace);
    let ended = workplace.run(&["check", "roster.xlsx", "--out", "out"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    assert!(words_of(&ended.stdout).contains("a list of providers, not of patients"), "{}", ended.stdout);
    assert_eq!(rows_csv(&workplace.path("out/rows.csv")).len(), 1);
    let asked = workplace.run(&["check", "roster.xlsx", "--sheet", "Providers", "--out", "asked"]);
    assert!(matches!(asked.code, Some(0 | 1)), "{asked:?}");
    assert_eq!(rows_csv(&workplace.path("asked/rows.csv")).len(), 1);
    assert!(words_of(&asked.stdout).contains("check that these are patients, not providers"), "{}", asked.stdout);
}

#[test]
fn a_delimited_list_of_providers_is_told_as_doubtful() {
    let workplace = Workplace::new();
    let text = "Last Name,First Name,NPI,Phone\nNg,Ann,1234567893,218-555-0101\n";
    let (ended, report, _) = checked(&workplace, text, &[]);
    assert!(words_of(&ended.stdout).contains("check that these are patients, not providers"), "{}", ended.stdout);
    assert_eq!(report["input"][0]["doubts"].as_array().map(Vec::len), Some(1));
}

#[test]
fn one_number_in_columns_of_two_kinds_is_no_identifier_of_one_person() {
    let text = "PERSON_ID,MRN,Last Name,First Name,DOB,Sex\n\
                1001,5550,Osei,Abena,1962-02-02,F\n\
                7788,1001,Larsen,Tove,1955-09-21,F\n";
    let subjects = uploaded(text);
    let system = |first: &str, id: usize| subjects[first]["externalIdentifiers"][id]["externalSystem"].as_str();
    assert_eq!((system("Abena", 0), system("Abena", 1)), (Some("roster"), Some("roster MRN")));
    assert_eq!(subjects.len(), 2, "none is held");
}

#[test]
fn a_choice_of_sheets_is_told_to_have_no_effect_on_delimited_text() {
    let workplace = Workplace::new();
    let text = "MRN,Last Name,First Name\n1,Osei,Abena\n";
    let (ended, _, rows) = checked(&workplace, text, &["--sheet", "2"]);
    assert!(
        words_of(&ended.stdout).contains("`--sheet` works only with workbooks; the whole file was read"),
        "{}",
        ended.stdout
    );
    assert_eq!(rows.len(), 1);
}

#[test]
fn a_file_where_the_reports_should_go_is_refused_before_anything_is_read() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", "MRN,Last Name,First Name\n1,Osei,Abena\n");
    for out in ["roster.csv", "roster.csv/below"] {
        let ended = workplace.run(&["check", "roster.csv", "--out", out]);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert!(ended.stderr.contains("is a file") && ended.stderr.contains("--out"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("ledger") && !ended.stderr.contains("Reading"), "{}", ended.stderr);
    }
}

#[test]
fn a_file_in_an_encoding_of_dos_is_told_with_what_to_do() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", b"MRN,Last Name,First Name\n1,Mu\xa4oz,Mar\xa1a\n2,Pe\xa4a,Zo\x89\n");
    let ended = workplace.run(&["check", "roster.csv", "--out", "out"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    assert!(words_of(&ended.stdout).contains("save the file as UTF-8"), "{}", ended.stdout);
}
