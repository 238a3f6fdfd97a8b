//! The dry run through the real binary: what it writes, what it refuses, and that it stays off the network.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::fmt::Write as _;

use support::{Ended, Workplace, outcomes, rows_csv, sample};

const SAMPLES: [&str; 5] = ["clinic-a.csv", "clinic-b.xlsx", "registry-c.tsv", "sponsor-d.ods", "legacy.xls"];

#[test]
fn each_sample_is_checked_and_every_row_is_accounted_for() {
    for name in SAMPLES {
        let workplace = Workplace::new();
        let ended = workplace.run(&["check", &sample(name), "--out", "out"]);
        assert!(matches!(ended.code, Some(0 | 1)), "{name}: {ended:?}");
        for file in ["rows.csv", "report.json", "report.html", "duplicates.csv"] {
            assert!(workplace.path("out").join(file).is_file(), "{name} leaves {file}");
        }
        let rows = rows_csv(&workplace.path("out/rows.csv"));
        let report: serde_json::Value = serde_json::from_str(&workplace.read("out/report.json")).expect("JSON");
        assert_eq!(report["rows"]["read"].as_u64(), Some(rows.len() as u64), "{name}");
        for (outcome, count) in outcomes(&rows) {
            assert_eq!(report["rows"][&outcome].as_u64(), Some(count), "{name}: {outcome}");
        }
        let place = |row: &std::collections::BTreeMap<String, String>| {
            (row["sheet"].clone(), row["row"].parse::<u32>().expect("a number"))
        };
        let places: Vec<(String, u32)> = rows.iter().map(place).collect();
        assert!(places.is_sorted_by(|left, right| left < right), "{name}: rows in input order");
        assert_eq!(ended.code, Some(i32::from(attention(&rows))), "{name}");
    }
}

fn attention(rows: &[std::collections::BTreeMap<String, String>]) -> bool {
    rows.iter().any(|row| matches!(row["outcome"].as_str(), "held" | "rejected" | "failed"))
}

#[cfg(target_os = "linux")]
#[test]
fn checking_makes_no_network_connection() {
    // A process without the right to make network sockets shows the same result: RLIMIT cannot express that, so the
    // system calls are listed instead where strace is there, and the proxy trap below catches the rest.
    let workplace = Workplace::new();
    let trap = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    trap.set_nonblocking(true).expect("non-blocking");
    let address = format!("http://{}", trap.local_addr().expect("an address"));
    let mut command = workplace.onroll(&["check", &sample("clinic-a.csv"), "--out", "out"]);
    for variable in ["ONROLL_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"] {
        command.env(variable, &address);
    }
    let ended = Ended::from(command.output().expect("runs"));
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(trap.accept().is_err(), "nothing connected");
    // The kernel's own count of sockets: /proc/PID/net would show them while it runs, and a run under a network
    // namespace without interfaces must end the same.
    let unshared = std::process::Command::new("unshare").args(["--user", "--net", "true"]).status();
    if unshared.is_ok_and(|status| status.success()) {
        let mut inside = std::process::Command::new("unshare");
        inside.args([
            "--user",
            "--net",
            env!("CARGO_BIN_EXE_onroll"),
            "check",
            &sample("clinic-a.csv"),
            "--out",
            "cut",
        ]);
        let cut = Ended::from(inside.current_dir(workplace.path("")).output().expect("runs"));
        assert_eq!(cut.code, Some(1), "{}", cut.stderr);
        assert_eq!(workplace.read("out/rows.csv"), workplace.read("cut/rows.csv"));
    }
}

#[test]
fn the_same_bytes_come_out_at_any_thread_count() {
    let workplace = Workplace::new();
    workplace.run(&["generate", "--rows", "30000", "--seed", "7", "--out", "roster.csv"]);
    for threads in ["1", "2", "5"] {
        let ended = workplace.run(&["check", "roster.csv", "--threads", threads, "--out", threads]);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    }
    for file in ["rows.csv", "duplicates.csv"] {
        let first = workplace.read(&format!("1/{file}"));
        assert!(first.lines().count() > 1_000, "{file}");
        assert!(first == workplace.read(&format!("2/{file}")), "{file}: 1 and 2 threads");
        assert!(first == workplace.read(&format!("5/{file}")), "{file}: 1 and 5 threads");
    }
}

/// Runs `check` on a file and returns the code and the one sentence.
fn refusal(workplace: &Workplace, arguments: &[&str]) -> (Option<i32>, String) {
    let ended = workplace.run(arguments);
    let lines: Vec<&str> = ended.stderr.lines().filter(|line| line.starts_with("error:")).collect();
    assert_eq!(lines.len(), 1, "one sentence: {}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    (ended.code, lines[0].to_owned())
}

#[test]
fn what_cannot_be_read_gets_one_clear_sentence_and_code_3() {
    let workplace = Workplace::new();
    workplace.write("empty.csv", "");
    workplace.write("blank.csv", "\n\n  \n");
    workplace.write("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01");
    workplace.write("paper.csv", "%PDF-1.7\n1 0 obj\n");
    workplace.write("half.xlsx", b"PK\x03\x04 and nothing more");
    workplace.write("page.xls", "<html><body><table><tr><td>Last Name</td></tr></table></body></html>");
    fs_err::create_dir(workplace.path("folder")).expect("a folder");
    for (name, word) in [
        ("missing.csv", "missing.csv"),
        ("empty.csv", "empty"),
        ("blank.csv", "blank.csv"),
        ("picture.csv", "picture.csv"),
        ("paper.csv", "PDF"),
        ("half.xlsx", "half.xlsx"),
        ("page.xls", "HTML"),
        ("folder", "folder"),
    ] {
        let (code, sentence) = refusal(&workplace, &["check", name]);
        assert_eq!(code, Some(3), "{name}: {sentence}");
        assert!(sentence.contains(word), "{name}: {sentence}");
    }
    assert!(!workplace.path("onroll-out").exists(), "a refused input leaves no report");
}

#[test]
fn a_roster_without_a_last_name_column_names_the_headers_seen() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", "First Name,Shoe Size,DOB\nAnn,38,1980-03-04\n");
    let (code, sentence) = refusal(&workplace, &["check", "roster.csv"]);
    assert_eq!(code, Some(3));
    assert!(sentence.contains("Shoe Size") && sentence.contains("--map"), "{sentence}");
    assert!(!sentence.contains("Ann"), "{sentence}");
}

#[test]
fn a_mapping_file_overrides_the_headers() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", "A,B,C,D\nAnn,Ng,1980-03-04,F\n");
    workplace.write("map.toml", "[columns]\nA = \"first_name\"\nB = \"last_name\"\nC = \"birth_date\"\nD = \"sex\"\n");
    let ended = workplace.run(&["check", "roster.csv", "--map", "map.toml", "--out", "out"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(rows_csv(&workplace.path("out/rows.csv"))[0]["outcome"], "not_attempted");
    workplace.write("wrong.toml", "[columns]\nZ = \"first_name\"\n");
    let (code, sentence) = refusal(&workplace, &["check", "roster.csv", "--map", "wrong.toml"]);
    assert_eq!(code, Some(4), "{sentence}");
    assert!(sentence.contains('Z'), "{sentence}");
}

#[test]
fn the_printed_mapping_can_be_given_back() {
    let workplace = Workplace::new();
    for name in SAMPLES {
        let printed = workplace.run(&["map", &sample(name)]);
        assert_eq!(printed.code, Some(0), "{name}: {}", printed.stderr);
        workplace.write("map.toml", &printed.stdout);
        workplace.run(&["check", &sample(name), "--out", "plain"]);
        let mapped = workplace.run(&["check", &sample(name), "--map", "map.toml", "--out", "mapped"]);
        assert!(matches!(mapped.code, Some(0 | 1)), "{name}: {}", mapped.stderr);
        assert_eq!(workplace.read("plain/rows.csv"), workplace.read("mapped/rows.csv"), "{name}");
    }
}

#[test]
fn a_broken_rules_file_is_refused_with_file_table_and_key() {
    let workplace = Workplace::new();
    workplace.write(
        "rules/headers.toml",
        "[words]\nfiller = []\nveto = []\n[last_name]\nspellings = [\"last name\"]\n[shoe_size]\nspellings = [\"shoes\"]\n",
    );
    let (code, sentence) = refusal(&workplace, &["check", &sample("clinic-a.csv"), "--rules", "rules"]);
    assert_eq!(code, Some(4), "{sentence}");
    assert!(sentence.contains("headers.toml") && sentence.contains("shoe_size"), "{sentence}");
    workplace.write("torn/completeness.toml", "[weights\n");
    let (code, sentence) = refusal(&workplace, &["check", &sample("clinic-a.csv"), "--rules", "torn"]);
    assert_eq!(code, Some(4), "{sentence}");
    assert!(sentence.contains("completeness.toml"), "{sentence}");
}

#[test]
fn an_ambiguous_date_column_is_settled_by_its_other_cells_or_held() {
    let workplace = Workplace::new();
    let header = "First,Last,DOB,Sex\n";
    workplace.write("settled.csv", format!("{header}Ann,Ng,03/04/1980,F\nBea,Ruiz,25/12/1975,F\n"));
    workplace.write("open.csv", format!("{header}Ann,Ng,03/04/1980,F\n"));
    workplace.run(&["check", "settled.csv", "--out", "settled"]);
    assert_eq!(outcomes(&rows_csv(&workplace.path("settled/rows.csv")))["not_attempted"], 2);
    let open = workplace.run(&["check", "open.csv", "--out", "open"]);
    assert_eq!(open.code, Some(1));
    let rows = rows_csv(&workplace.path("open/rows.csv"));
    assert_eq!((rows[0]["outcome"].as_str(), rows[0]["findings"].contains("D103")), ("held", true));
    let told = workplace.run(&["check", "open.csv", "--date-order", "dmy", "--out", "told"]);
    assert_eq!(told.code, Some(0), "{}", told.stderr);
}

#[test]
fn explain_knows_every_code_and_says_so_for_one_it_does_not_know() {
    let workplace = Workplace::new();
    let list = workplace.run(&["explain"]);
    assert_eq!(list.code, Some(0));
    for line in list.stdout.lines() {
        let code = line.split_whitespace().next().expect("a code");
        let one = workplace.run(&["explain", code]);
        assert_eq!(one.code, Some(0), "{code}");
        assert!(one.stdout.contains("Meaning") && one.stdout.contains("Fix"), "{}", one.stdout);
    }
    assert!(list.stdout.lines().count() > 25);
    assert_eq!(refusal(&workplace, &["explain", "Q999"]).0, Some(2));
}

#[test]
fn json_on_stdout_is_the_report_and_quiet_is_quiet() {
    let workplace = Workplace::new();
    let ended = workplace.run(&["-q", "check", &sample("clinic-a.csv"), "--format", "json", "--out", "out"]);
    assert_eq!(ended.stderr, "");
    let printed: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let written: serde_json::Value = serde_json::from_str(&workplace.read("out/report.json")).expect("JSON");
    assert_eq!(printed, written);
    assert_eq!(printed["schema"], "onroll.report/1");
}

#[test]
fn fail_on_decides_about_the_exit_code() {
    let workplace = Workplace::new();
    let roster = sample("clinic-a.csv");
    assert_eq!(workplace.run(&["check", &roster, "--fail-on", "never"]).code, Some(0));
    workplace.write("warn.csv", "First,Last,DOB,Sex\nAnn,Ng,1980-03-04,X\n");
    assert_eq!(workplace.run(&["check", "warn.csv"]).code, Some(0));
    assert_eq!(workplace.run(&["check", "warn.csv", "--fail-on", "warn"]).code, Some(1));
}

#[test]
fn completions_and_the_manual_are_printed() {
    let workplace = Workplace::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(workplace.run(&["completions", shell]).stdout.contains("onroll"), "{shell}");
    }
    assert!(workplace.run(&["man"]).stdout.contains(".TH"));
}

/// A workbook of two sheets whose columns differ.
fn two_sheets_of_other_columns() -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    for (clinic, last_column) in [("North", ["MRN", "70001"]), ("South", ["Zip", "55805"])] {
        let sheet = workbook.add_worksheet().set_name(clinic).expect("a name");
        let columns = [["Last Name", "Ng"], ["First Name", "Ann"], ["Date of Birth", "03/04/1980"], last_column];
        for (column, texts) in (0..).zip(columns) {
            for (row, text) in (0..).zip(texts) {
                sheet.write(row, column, text).expect("written");
            }
        }
    }
    workbook.save_to_buffer().expect("saved")
}

#[test]
fn a_sheet_is_chosen_by_its_name_or_its_number() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    for (clinic, first) in [("North", "Ann"), ("South", "Bea"), ("West", "Cleo")] {
        let sheet = workbook.add_worksheet().set_name(clinic).expect("a name");
        for (column, header) in (0..).zip(["MRN", "Last Name", "First Name", "Date of Birth"]) {
            sheet.write(0, column, header).expect("written");
            for row in 1..=3_u32 {
                let value = [
                    format!("{clinic}{row}"),
                    ["Ng", "Hale", "Ortiz"][row as usize - 1].to_owned(),
                    first.to_owned(),
                    format!("03/1{row}/1980"),
                ];
                sheet.write(row, column, value[usize::from(column)].as_str()).expect("written");
            }
        }
    }
    let workplace = Workplace::new();
    workplace.write("clinics.xlsx", workbook.save_to_buffer().expect("saved"));
    let sheets_read = |chosen: &[&str]| {
        let mut arguments = vec!["check", "clinics.xlsx", "--out", "out"];
        arguments.extend(chosen.iter().flat_map(|sheet| ["--sheet", sheet]));
        let ended = workplace.run(&arguments);
        assert!(matches!(ended.code, Some(0 | 1)), "{chosen:?}: {ended:?}");
        let rows = rows_csv(&workplace.path("out/rows.csv"));
        let mut sheets: Vec<String> = rows.iter().map(|row| row["sheet"].clone()).collect();
        assert_eq!(sheets.len() % 3, 0, "{chosen:?}: whole sheets");
        sheets.dedup();
        sheets
    };
    assert_eq!(sheets_read(&[]), ["North", "South", "West"]);
    assert_eq!(sheets_read(&["South"]), ["South"]);
    assert_eq!(sheets_read(&["3"]), ["West"]);
    assert_eq!(sheets_read(&["West", "1"]), ["North", "West"]);
    workplace.write("one-each.xlsx", two_sheets_of_other_columns());
    let mapping = |chosen: &str| workplace.run(&["map", "one-each.xlsx", "--sheet", chosen]).stdout;
    let maps = |chosen: &str, header: &str| mapping(chosen).contains(&format!("\n\"{header}\" = "));
    assert!(maps("2", "Zip") && !maps("2", "MRN"), "{}", mapping("2"));
    assert!(maps("North", "MRN") && !maps("North", "Zip"));
    let (code, sentence) = refusal(&workplace, &["map", "one-each.xlsx", "--sheet", "East"]);
    assert_eq!(code, Some(2), "{sentence}");
    for absent in ["East", "4", "0"] {
        let (code, sentence) = refusal(&workplace, &["check", "clinics.xlsx", "--out", "none", "--sheet", absent]);
        assert_eq!(code, Some(2), "{absent}: {sentence}");
        assert!(sentence.contains(absent) && sentence.contains("North"), "{sentence}");
    }
}

#[test]
fn a_sheet_of_more_rows_than_a_batch_is_read_under_the_header_of_its_first() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, header) in (0..).zip(["MRN", "Last Name", "First Name", "Date of Birth", "Sex"]) {
        sheet.write(0, column, header).expect("written");
        for row in 1..=9_000_u32 {
            let value = match column {
                0 => format!("{}", 700_000 + row),
                1 => format!("Ng{}", ["a", "b", "c", "d"][row as usize % 4]),
                2 => "Ann".to_owned(),
                3 => format!("{:02}/{:02}/19{}", 1 + row % 12, 1 + row % 28, 20 + row % 70),
                _ => "F".to_owned(),
            };
            sheet.write(row, column, value.as_str()).expect("written");
        }
    }
    let workplace = Workplace::new();
    workplace.write("large.xlsx", workbook.save_to_buffer().expect("saved"));
    let ended = workplace.run(&["check", "large.xlsx", "--out", "out"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    let report = workplace.read("out/report.json");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let table = &report["input"][0];
    assert_eq!((&table["header_row"], &table["confirm_mapping"]), (&1.into(), &false.into()));
    assert_eq!(table["mapping"][0]["field"], "external_id");
    let rows = rows_csv(&workplace.path("out/rows.csv"));
    assert_eq!(rows.len(), 9_000);
    assert!((700_001..).zip(&rows).all(|(number, row)| row["external_id"] == format!("{number}")));
}

/// A roster with a sound row, then rows that cannot be split, each with its number and the bytes before it.
fn with_unsplit_rows() -> (Vec<u8>, Vec<(u64, u64, &'static str)>) {
    let mut roster = "MRN,Last Name,First Name,Date of Birth\n1,Ng,Ann,1980-03-04\n\n".as_bytes().to_vec();
    let mut places = Vec::new();
    let rows: [(&[u8], &str); 4] = [
        (b"2,Zzyzx,Bo,1981-03-04,Qqq,1982-03-04\n", "R101"),
        (b"3,Zzyzx\n", "R101"),
        (b"4,Zz\0yzx,Cy,1983-03-04\n", "R111"),
        (b"5,\"Zzyzx\" Q,Di,1984-03-04\n", "R110"),
    ];
    for (row, (text, code)) in (4..).zip(rows) {
        places.push((row, roster.len() as u64, code));
        roster.extend_from_slice(text);
    }
    for number in 6..30 {
        roster.extend_from_slice(format!("{number},Ito,Ed,1985-03-{number:02}\n").as_bytes());
    }
    (roster, places)
}

#[test]
fn rows_that_cannot_be_split_are_located_in_the_report_and_their_text_is_not_told() {
    let (roster, places) = with_unsplit_rows();
    let workplace = Workplace::new();
    workplace.write("roster.csv", &roster);
    let ended = workplace.run(&["check", "roster.csv", "--out", "out"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let text = workplace.read("out/report.json");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let table = &report["input"][0];
    let told: Vec<(u64, u64, &str)> = table["not_split"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            let number = |key: &str| row[key].as_u64().expect("a number");
            (number("row"), number("byte"), row["finding"].as_str().expect("a code"))
        })
        .collect();
    assert_eq!((told, table["rows_not_split"].as_u64()), (places.clone(), Some(4)));
    let printed = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let (row, byte, _) = places[0];
    assert!(
        printed.contains(&format!(
            "4 rows could not be split into columns, the first row {row} (line {row}, byte {byte})"
        )),
        "{printed}"
    );
    for told in [&text, &ended.stdout, &workplace.read("out/report.html")] {
        assert!(!told.contains("Zzyzx"), "the text of a row is not told");
    }
}

#[test]
fn the_place_of_an_unsplit_row_is_counted_in_the_bytes_of_the_file_whatever_its_encoding() {
    let roster =
        "MRN,Last Name,First Name,Date of Birth\r\n1,Ng,José,1980-03-04\r\n2,Ito\r\n3,Ruiz,Omar,1981-04-05\r\n";
    let before = roster.find("2,Ito").expect("there");
    let units = roster[..before].encode_utf16().count() as u64;
    let utf16: Vec<u8> = format!("\u{feff}{roster}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xef\xbb\xbf", roster.as_bytes()].concat();
    let latin =
        roster.replace('é', "\u{1}").into_bytes().iter().map(|byte| if *byte == 1 { 0xe9 } else { *byte }).collect();
    for (bytes, place) in [
        (roster.as_bytes().to_vec(), before as u64),
        (utf16, 2 + 2 * units),
        (marked, 3 + before as u64),
        (latin, before as u64 - 1),
    ] {
        let workplace = Workplace::new();
        workplace.write("roster.csv", &bytes);
        workplace.run(&["check", "roster.csv", "--out", "out"]);
        let report: serde_json::Value = serde_json::from_str(&workplace.read("out/report.json")).expect("JSON");
        let first = &report["input"][0]["not_split"][0];
        assert_eq!((first["row"].as_u64(), first["byte"].as_u64()), (Some(3), Some(place)));
        assert!(bytes[usize::try_from(place).expect("small")..].starts_with(b"2"));
    }
}

#[test]
fn an_unsplit_row_below_cells_with_line_breaks_is_told_with_the_line_that_an_editor_shows() {
    for end in ["\n", "\r\n", "\r"] {
        // Long enough to be read in several pieces.
        let mut roster = "MRN,Last Name,First Name,Date of Birth,Note\n".to_owned();
        for number in 0..2_000 {
            let _ = writeln!(roster, "{number},Ng,Ann,1980-03-04,\"{}\nb\n\nc\"", "x".repeat(300));
        }
        roster.push_str("\n5,Ito\n6,\"Ruiz\nY\" Q,Di,1984-03-04,z\n7,Ruiz\n");
        let roster = roster.replace('\n', end);
        let line_of = |text: &str| {
            let before = &roster[..roster.rfind(text).expect("there")];
            Some(1 + before.matches(end).count() as u64)
        };
        for (bytes, sep) in [(roster.clone().into_bytes(), 0), (format!("sep=,{end}{roster}").into_bytes(), 1)] {
            let workplace = Workplace::new();
            workplace.write("roster.csv", &bytes);
            let ended = workplace.run(&["check", "roster.csv", "--out", "out"]);
            let report: serde_json::Value = serde_json::from_str(&workplace.read("out/report.json")).expect("JSON");
            let rows = report["input"][0]["not_split"].as_array().expect("rows");
            let told: Vec<_> = rows.iter().map(|row| (row["row"].as_u64(), row["line"].as_u64())).collect();
            let lines = ["5,Ito", "6,\"Ruiz", "Y\" Q", "7,Ruiz"].map(|text| line_of(text).map(|line| line + sep));
            assert_eq!(told, (2_003..2_007).map(Some).zip(lines).collect::<Vec<_>>(), "{end:?}");
            let printed = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            let first = format!("the first row 2003 (line {}, byte", lines[0].expect("a line"));
            assert!(printed.contains(&first), "{printed}");
        }
    }
}

#[test]
fn of_many_unsplit_rows_the_first_hundred_are_located_and_all_are_counted() {
    // Long enough to be read in several pieces.
    let note = "x".repeat(600);
    let mut roster = "MRN,Last Name,First Name,Date of Birth,Note\n".to_owned();
    for row in 0..3_000 {
        let (month, day, year) = (1 + row % 12, 1 + row % 28, 1930 + row % 70);
        if row % 20 == 7 {
            roster.push_str("7,Ng\n");
        } else {
            let _ = writeln!(roster, "{row},Ng,Ann,{year}-{month:02}-{day:02},{note}");
        }
    }
    let workplace = Workplace::new();
    workplace.write("roster.csv", &roster);
    let ended = workplace.run(&["check", "roster.csv", "--out", "out", "-q"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let report: serde_json::Value = serde_json::from_str(&workplace.read("out/report.json")).expect("JSON");
    let table = &report["input"][0];
    let located = table["not_split"].as_array().expect("rows");
    assert_eq!((table["rows_not_split"].as_u64(), located.len()), (Some(150), 100));
    for (place, row) in located.iter().enumerate() {
        assert_eq!(row["row"].as_u64(), Some(9 + 20 * place as u64));
        let byte = usize::try_from(row["byte"].as_u64().expect("a place")).expect("small");
        assert!(roster[byte..].starts_with("7,Ng\n"));
    }
}

/// Makes a pipe by name as `mkfifo` does.
#[cfg(unix)]
fn pipe_by_name(workplace: &Workplace, name: &str) {
    let made = std::process::Command::new("mkfifo").arg(workplace.path(name)).status().expect("mkfifo");
    assert!(made.success());
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_writes_into_is_not_waited_for_without_end() {
    let workplace = Workplace::new();
    pipe_by_name(&workplace, "roster.csv");
    let (code, sentence) = refusal(&workplace, &["check", "roster.csv", "--out", "out"]);
    assert_eq!(code, Some(3), "{sentence}");
    assert!(sentence.contains("roster.csv: nothing was written to this pipe"), "{sentence}");
}

#[cfg(unix)]
#[test]
fn a_pipe_by_name_is_read_when_its_writer_comes_later() {
    let workplace = Workplace::new();
    pipe_by_name(&workplace, "roster.csv");
    let path = workplace.path("roster.csv");
    let writer = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_secs(1));
        fs_err::write(path, "MRN,Last Name,First Name,Date of Birth\n1,Ng,Ann,1980-03-04\n").expect("written");
    });
    let ended = workplace.run(&["check", "roster.csv", "--out", "out"]);
    writer.join().expect("written");
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    assert_eq!(rows_csv(&workplace.path("out/rows.csv")).len(), 1);
}

#[test]
fn a_reader_that_gives_up_on_an_old_workbook_is_told_as_a_damaged_file() {
    let workplace = Workplace::new();
    let mut command = workplace.onroll(&["check", &sample("legacy.xls"), "--out", "out"]);
    let ended: Ended = command.env("ONROLL_FAIL_POINT", "xls.load=1:panic").output().expect("runs").into();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("the reader gave up on its records"), "{ended:?}");
    assert!(!ended.stderr.contains("panicked") && !ended.stderr.contains("made for a test"), "{ended:?}");
    assert!(!workplace.path("out/rows.csv").exists());
}

#[test]
fn equally_named_rosters_of_two_folders_have_two_systems_of_numbers() {
    let workplace = Workplace::new();
    let header = "MRN,Last Name,First Name,DOB,Sex,Address,City,State,ZIP,Phone\n";
    let north = "1001,Smith,John,1950-01-12,M,1 Elm St,Dover,NH,03820,603-555-0111\n";
    let south = "1001,Smith,Mary,1980-02-02,F,9 Lake Dr,Topeka,KS,66611,785-555-0122\n";
    for (folder, row) in [("north", north), ("south", south)] {
        fs_err::create_dir(workplace.path(folder)).expect("a folder");
        workplace.write(&format!("{folder}/patients.csv"), format!("{header}{row}"));
    }
    let ended = workplace.run(&["check", "north/patients.csv", "south/patients.csv", "--out", "out"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let rows = support::rows_csv(&workplace.path("out/rows.csv"));
    assert!(rows.iter().all(|row| row["outcome"] == "not_attempted"), "{rows:?}");
}

#[test]
fn a_list_of_names_with_nothing_that_tells_people_apart_is_read_with_a_doubt() {
    let workplace = Workplace::new();
    workplace.write("list.csv", "First Name,Last Name,City,State\nAnna,Falk,Duluth,MN\nBen,Quist,Duluth,MN\n");
    let doubt = "check that these are patients";
    let ended = workplace.run(&["check", "list.csv", "--out", "list"]);
    assert!(ended.stdout.contains(doubt), "{}", ended.stdout);
    assert!(workplace.read("list/report.html").contains(doubt));
    workplace.write("roster.csv", "First Name,Last Name,DOB\nAnna,Falk,1980-03-14\nBen,Quist,1971-11-02\n");
    let ended = workplace.run(&["check", "roster.csv", "--out", "roster"]);
    assert!(!ended.stdout.contains(doubt), "{}", ended.stdout);
}
