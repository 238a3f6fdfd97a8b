//! How large a roster may be, set by the user: on the command line, in the environment and in `onroll.toml`; and what
//! is said where a limit is met.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::io::Write as _;

use support::{Ended, Workplace, rows_csv, sample};

/// A workbook of three patients, with a remark far to the right of the first.
fn workbook(remark_at: u16) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, header) in (0..).zip(["MRN", "Last Name", "First Name", "Date of Birth"]) {
        sheet.write(0, column, header).expect("written");
    }
    for (row, last) in (1..).zip(["Ng", "Hale", "Ortiz"]) {
        for (column, value) in (0..).zip([&format!("7000{row}"), last, "Ann-Marie-Josephine", "03/14/1980"]) {
            sheet.write(row, column, value).expect("written");
        }
    }
    sheet.write(0, remark_at, "City").expect("written");
    sheet.write(1, remark_at, "Duluth").expect("written");
    workbook.save_to_buffer().expect("saved")
}

fn check(workplace: &Workplace, roster: &str, limits: &[&str]) -> Ended {
    let mut arguments = vec!["check", roster, "--out", "out"];
    arguments.extend(limits.iter().flat_map(|limit| ["--limit", limit]));
    workplace.run(&arguments)
}

fn is_read(ended: &Ended) -> bool {
    matches!(ended.code, Some(0 | 1))
}

#[test]
fn every_limit_of_a_workbook_can_be_set_and_says_how_to_raise_it() {
    let workplace = Workplace::new();
    workplace.write("roster.xlsx", workbook(4));
    for (limit, low, high) in [
        ("file", "1KiB", "1MiB"),
        ("parts", "3", "30"),
        ("part", "300", "1MiB"),
        ("unpacked", "2KiB", "1MiB"),
        ("cells", "10", "100"),
        ("characters", "12", "19"),
    ] {
        let ended = check(&workplace, "roster.xlsx", &[&format!("{limit}={low}")]);
        assert_eq!(ended.code, Some(3), "{limit}: {ended:?}");
        let told = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("roster.xlsx") && told.contains(&format!("--limit {limit}=NUMBER")), "{told}");
        let ended = check(&workplace, "roster.xlsx", &[&format!("{limit}={high}")]);
        assert!(is_read(&ended), "{limit}: {ended:?}");
    }
}

#[test]
fn the_shared_texts_of_a_workbook_and_the_repeated_cells_of_an_ods_are_limited() {
    let workplace = Workplace::new();
    workplace.write("roster.xlsx", workbook(4));
    let table = ["MRN|Last Name|First Name|Date of Birth", "7001|Ng|Ann|1980-03-04", "7002|Hale|Bo|1981-03-04"]
        .map(|row| {
            let cells = row
                .split('|')
                .map(|cell| {
                    format!("<table:table-cell office:value-type=\"string\"><text:p>{cell}</text:p></table:table-cell>")
                })
                .collect::<Vec<_>>()
                .concat();
            format!("<table:table-row>{cells}</table:table-row>")
        })
        .concat();
    let repeated = "<table:table-row><table:table-cell table:number-columns-repeated=\"4\" office:value-type=\"string\">\
                    <text:p>Z</text:p></table:table-cell></table:table-row>";
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"Roster\">{table}{repeated}\
         </table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let mut ods = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)] {
        ods.start_file(name, zip::write::SimpleFileOptions::default()).expect("begun");
        ods.write_all(text.as_bytes()).expect("packed");
    }
    workplace.write("roster.ods", ods.finish().expect("packed").into_inner());
    for (roster, limit, low, high) in [
        ("roster.xlsx", "texts", "40", "1KiB"),
        ("roster.ods", "repeated", "2", "3"),
        ("roster.ods", "repeated", "1", "9"),
    ] {
        let ended = check(&workplace, roster, &[&format!("{limit}={low}")]);
        assert_eq!(ended.code, Some(3), "{limit}: {ended:?}");
        let told = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(&format!("--limit {limit}=NUMBER")), "{told}");
        let ended = check(&workplace, roster, &[&format!("{limit}={high}")]);
        assert!(is_read(&ended), "{limit}: {ended:?}");
    }
}

#[test]
fn columns_beyond_the_limit_are_left_out_and_read_where_it_is_raised() {
    let workplace = Workplace::new();
    workplace.write("wide.xlsx", workbook(1_500));
    let left_out = |limits: &[&str]| {
        let ended = check(&workplace, "wide.xlsx", limits);
        assert!(is_read(&ended), "{ended:?}");
        let report: serde_json::Value = serde_json::from_str(&workplace.read("out/report.json")).expect("JSON");
        report["input"][0]["values_left_out"].as_u64().expect("a number")
    };
    assert_eq!(left_out(&[]), 2);
    assert_eq!(left_out(&["columns=1600"]), 0);
}

#[test]
fn an_old_workbook_is_limited_by_its_size_and_by_what_its_cells_span() {
    let workplace = Workplace::new();
    let legacy = sample("legacy.xls");
    for limit in ["xls-file=1KiB", "xls-cells=20"] {
        let ended = check(&workplace, &legacy, &[limit]);
        let name = limit.split('=').next().unwrap_or_default();
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.stderr.contains(&format!("--limit {name}=NUMBER")), "{ended:?}");
    }
    assert!(is_read(&check(&workplace, &legacy, &["xls-cells=100000", "xls-file=10MiB"])));
}

#[test]
fn rows_of_delimited_text_and_what_an_archive_unpacks_to_are_limited() {
    let workplace = Workplace::new();
    let header = "MRN,Last Name,First Name,Date of Birth,Note\n";
    let long = format!("{header}1,Ng,Ann,1980-03-04,{}\n2,Ng,Bo,1981-03-04,x\n", "x".repeat(3 << 20));
    workplace.write("long.csv", &long);
    let ended = check(&workplace, "long.csv", &["row=1MiB"]);
    assert!(ended.code == Some(3) && ended.stderr.contains("--limit row=NUMBER"), "{ended:?}");
    assert!(is_read(&check(&workplace, "long.csv", &["row=4MiB"])));
    let mut archive = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    archive.write_all(long.as_bytes()).expect("written");
    workplace.write("long.csv.gz", archive.finish().expect("packed"));
    let ended = check(&workplace, "long.csv.gz", &["archive=2MiB"]);
    assert!(ended.code == Some(3) && ended.stderr.contains("--limit archive=NUMBER"), "{ended:?}");
    assert!(is_read(&check(&workplace, "long.csv.gz", &["archive=4MiB"])));
}

#[test]
fn a_limit_of_the_environment_and_of_the_settings_file_holds_and_the_command_line_is_stronger() {
    let workplace = Workplace::new();
    workplace.write("roster.xlsx", workbook(4));
    let ended: Ended = workplace
        .onroll(&["check", "roster.xlsx", "--out", "out"])
        .env("ONROLL_LIMIT", "columns=2000,cells=10")
        .output()
        .expect("run")
        .into();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    workplace.write("onroll.toml", "limit = [\"cells=10\"]\n");
    assert_eq!(check(&workplace, "roster.xlsx", &[]).code, Some(3));
    assert!(is_read(&check(&workplace, "roster.xlsx", &["cells=1000"])));
    assert_eq!(rows_csv(&workplace.path("out/rows.csv")).len(), 3);
    workplace.write("onroll.toml", "limit = [\"shoes=10\"]\n");
    let ended = check(&workplace, "roster.xlsx", &[]);
    assert!(ended.code == Some(4) && ended.stderr.contains("onroll.toml"), "{ended:?}");
}

#[test]
fn a_limit_that_is_none_is_refused_with_those_that_are() {
    let workplace = Workplace::new();
    workplace.write("roster.xlsx", workbook(4));
    for (limit, words) in [("shoes=3", "archive-ratio"), ("columns=0", "from 1 to 16384"), ("columns", "NAME=NUMBER")] {
        let ended = check(&workplace, "roster.xlsx", &[limit]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{ended:?}");
    }
}
