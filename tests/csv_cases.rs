//! The cases that every reader of CSV has to get right, as public collections of such files list them; the texts are
//! our own. What matters is each cell, to the letter.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use onroll_core::read::{ReadEvent, read_bytes, read_roster};

fn cells_of(event: ReadEvent, rows: &mut Vec<Vec<String>>) {
    if let ReadEvent::Rows(batch) = event {
        let batch = batch.split();
        rows.extend(batch.rows().map(|row| {
            assert_eq!(row.fault(), None, "row {}", row.number());
            row.cells().map(|(text, _)| text.to_owned()).collect::<Vec<_>>()
        }));
    }
}

/// Each case: what it is, the file, and its cells.
const CASES: [(&str, &str, &[&[&str]]); 14] = [
    ("plain", "unit,bed,ward\n1,2,3\n", &[&["unit", "bed", "ward"], &["1", "2", "3"]]),
    ("plain, CRLF", "unit,bed,ward\r\n1,2,3\r\n", &[&["unit", "bed", "ward"], &["1", "2", "3"]]),
    ("plain, CR", "unit,bed,ward\r1,2,3\r", &[&["unit", "bed", "ward"], &["1", "2", "3"]]),
    ("no final line ending", "unit,bed\n1,2", &[&["unit", "bed"], &["1", "2"]]),
    (
        "comma within quotes",
        "first,last,address,city,zip\nAnn,Ng,\"12 Oak St, Apt 4\",Duluth,55805\n",
        &[&["first", "last", "address", "city", "zip"], &["Ann", "Ng", "12 Oak St, Apt 4", "Duluth", "55805"]],
    ),
    (
        "doubled quotation marks",
        "code,note\n1,\"a \"\"kind\"\" of rash\"\n2,\"\"\"\"\n3,plain\n",
        &[&["code", "note"], &["1", "a \"kind\" of rash"], &["2", "\""], &["3", "plain"]],
    ),
    (
        "empty cells",
        "unit,bed,ward\n1,\"\",\"\"\n2,3,4\n",
        &[&["unit", "bed", "ward"], &["1", "", ""], &["2", "3", "4"]],
    ),
    (
        "empty cells, CRLF",
        "unit,bed,ward\r\n1,\"\",\"\"\r\n2,,4\r\n",
        &[&["unit", "bed", "ward"], &["1", "", ""], &["2", "", "4"]],
    ),
    (
        "line breaks within quotes",
        "unit,bed,ward\n1,2,3\n\"Once upon\na time\",5,6\n7,8,9\n",
        &[&["unit", "bed", "ward"], &["1", "2", "3"], &["Once upon\na time", "5", "6"], &["7", "8", "9"]],
    ),
    (
        "line breaks within quotes, CRLF",
        "unit,bed,ward\r\n1,2,3\r\n\"Once upon\r\na time\",5,6\r\n7,8,9\r\n",
        &[&["unit", "bed", "ward"], &["1", "2", "3"], &["Once upon\r\na time", "5", "6"], &["7", "8", "9"]],
    ),
    (
        "quotation marks and line breaks",
        "unit,note\n1,\"ha\n\"\"ha\"\"\nha\"\n3,4\n",
        &[&["unit", "note"], &["1", "ha\n\"ha\"\nha"], &["3", "4"]],
    ),
    (
        "JSON within a cell",
        "key,value\n1,\"{\"\"type\"\": \"\"Point\"\", \"\"at\"\": [46.8, -92.1]}\"\n2,\"[]\"\n",
        &[&["key", "value"], &["1", "{\"type\": \"Point\", \"at\": [46.8, -92.1]}"], &["2", "[]"]],
    ),
    (
        "letters beyond ASCII",
        "unit,name,note\n1,José,Ünïcödé ✓\n4,村田,ʤ\n",
        &[&["unit", "name", "note"], &["1", "José", "Ünïcödé ✓"], &["4", "村田", "ʤ"]],
    ),
    (
        "coordinates",
        "place,at,since\n\"Duluth, MN\",\"46.7867, -92.1005\",1851\nEly,\"47.9032, -91.8671\",1888\n",
        &[
            &["place", "at", "since"],
            &["Duluth, MN", "46.7867, -92.1005", "1851"],
            &["Ely", "47.9032, -91.8671", "1888"],
        ],
    ),
];

#[test]
fn the_cases_of_csv_that_everybody_lists_are_read_to_the_letter() {
    for (case, text, expected) in CASES {
        let mut rows = Vec::new();
        read_bytes("case.csv", text.as_bytes(), &mut |event| {
            cells_of(event, &mut rows);
            Ok(())
        })
        .expect(case);
        assert_eq!(rows, expected, "{case}");
    }
}

#[test]
fn they_are_the_same_from_a_file_and_behind_a_byte_order_mark() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("case.csv");
    for (case, text, expected) in CASES {
        for mark in ["", "\u{feff}"] {
            fs_err::write(&path, format!("{mark}{text}")).expect("written");
            let mut rows = Vec::new();
            read_roster(&path, &|_| {}, &mut |event| {
                cells_of(event, &mut rows);
                Ok(())
            })
            .expect(case);
            assert_eq!(rows, expected, "{case}");
        }
    }
}

#[test]
fn rows_of_more_and_of_fewer_cells_keep_the_cells_that_they_have() {
    let mut rows = Vec::new();
    read_bytes("case.csv", b"unit,bed,ward\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n", &mut |event| {
        cells_of(event, &mut rows);
        Ok(())
    })
    .expect("read");
    let expected: [&[&str]; 5] =
        [&["unit", "bed", "ward"], &["1", "2", "3"], &["4", "5"], &["6", "7", "8", "9"], &["10", "11", "12"]];
    assert_eq!(rows, expected);
}
