//! Whole files through `read_roster`: what is refused and how, and workbooks as a spreadsheet program would show them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook};
use tempfile::TempDir;

use super::*;
use crate::domain::CellKind;

type SeenRow = (u32, Vec<(String, CellKind)>);

#[derive(Debug, Default)]
struct SeenTable {
    sheet: Option<String>,
    hidden: bool,
    rows: Vec<SeenRow>,
    facts: SheetFacts,
    ended: bool,
}

fn read(path: &Path) -> Result<(InputFacts, Vec<SeenTable>), ReadError> {
    let mut tables: Vec<SeenTable> = Vec::new();
    let facts = read_roster(path, &|_| {}, &mut |event| {
        match event {
            ReadEvent::Table { sheet, hidden, .. } => tables.push(SeenTable { sheet, hidden, ..SeenTable::default() }),
            ReadEvent::Rows(rows) => {
                let batch = rows.split();
                let table = tables.last_mut().expect("a table");
                assert!(!table.ended && !batch.is_empty());
                for row in batch.rows() {
                    let cells = row.cells().map(|(text, kind)| (text.to_owned(), kind)).collect();
                    table.rows.push((row.number(), cells));
                }
            }
            ReadEvent::Sheet(facts) => tables.last_mut().expect("a table").facts = *facts,
            ReadEvent::EndOfTable => tables.last_mut().expect("a table").ended = true,
        }
        Ok(())
    })?;
    assert!(tables.iter().all(|table| table.ended));
    Ok((facts, tables))
}

fn texts(row: &SeenRow) -> Vec<&str> {
    row.1.iter().map(|(text, _)| text.as_str()).collect()
}

fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs_err::write(&path, bytes).expect("written");
    path
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn refusal(name: &str, bytes: &[u8]) -> String {
    let folder = folder();
    let sentence = read(&file(&folder, name, bytes)).expect_err("refused").to_string();
    assert!(sentence.contains(name) && !sentence.contains('\n'), "{sentence}");
    sentence
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = folder();
    let missing = read(&folder.path().join("missing.csv")).expect_err("refused").to_string();
    assert!(missing.contains("missing.csv: there is no such file"), "{missing}");
    let address = read(Path::new("https://clinic.example/roster.xlsx")).expect_err("refused").to_string();
    assert!(address.contains("a web address"), "{address}");
    let sentence = read(folder.path()).expect_err("refused").to_string();
    assert!(sentence.contains("this is a folder"), "{sentence}");
}

#[test]
fn what_holds_no_row_is_refused() {
    assert!(refusal("a.csv", b"").contains("empty (0 bytes)"));
    assert!(refusal("a.csv", b"\r\n \r\n").contains("blank rows"));
    assert!(refusal("a.csv", &[0xff, 0xfe, b'\n', 0]).contains("blank rows"));
    let mut workbook = Workbook::new();
    workbook.add_worksheet();
    assert!(refusal("a.xlsx", &workbook.save_to_buffer().expect("saved")).contains("blank rows"));
}

#[test]
fn what_is_no_roster_is_refused_by_its_content_whatever_its_name() {
    for (bytes, word) in [
        (b"%PDF-1.7\n".as_slice(), "a PDF document"),
        (b"\x89PNG\r\n\x1a\n\0", "a PNG image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image"),
        (b"GIF89a\0", "a GIF image"),
        (b"BZh91AY&SY", "a bzip2 archive"),
        (b"\x1f\x8b\x08\0", "the archive cannot be unpacked"),
        (b"\x7fELF\x02", "a program"),
        (b"First,Last\nA\0nn,Ng\n", "a binary file"),
        (b"\xff\xfeF\0\0\0", "a binary file"),
        (b"\r\n <HTML><table>", "an HTML page"),
        (b"\xff\xfe<\0h\0t\0m\0l\0>\0", "an HTML page"),
        (b"\xef\xbb\xbf<?xml version=\"1.0\"?><Workbook>", "an XML document"),
        (
            b"<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
            "XML format of Excel 2003",
        ),
        (b"[{\"last\": \"Ng\"}]", "JSON data"),
    ] {
        for name in ["roster.csv", "roster.xls", "roster.xlsx"] {
            let sentence = refusal(name, bytes);
            assert!(sentence.contains(word), "{sentence}");
        }
    }
}

/// A ZIP archive of empty files that are stored as they are.
fn archive(names: &[&str], declared_bytes: u32) -> Vec<u8> {
    let (mut files, mut directory) = (Vec::new(), Vec::new());
    for name in names {
        let offset = u32::try_from(files.len()).expect("small");
        let length = u16::try_from(name.len()).expect("short");
        files.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        files.extend(length.to_le_bytes());
        files.extend(b"\0\0");
        files.extend(name.as_bytes());
        directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        directory.extend(declared_bytes.to_le_bytes());
        directory.extend(length.to_le_bytes());
        directory.extend([0; 12]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(names.len()).expect("few").to_le_bytes();
    let (offset, length) = (u32::try_from(files.len()).expect("small"), u32::try_from(directory.len()).expect("small"));
    files.extend(directory);
    files.extend(b"PK\x05\x06\0\0\0\0");
    files.extend([count, count].concat());
    files.extend(length.to_le_bytes());
    files.extend(offset.to_le_bytes());
    files.extend(b"\0\0");
    files
}

#[test]
fn archives_that_hold_no_workbook_are_refused() {
    assert!(refusal("a.xlsx", &archive(&["roster.csv"], 0)).contains("the file is empty"));
    assert!(refusal("a.zip", &archive(&[], 0)).contains("it contains no file"));
    assert!(
        refusal("a.zip", &archive(&["a.csv", "b.csv"], 0))
            .contains("contains 2 files, but onroll reads archives of one roster")
    );
    assert!(refusal("a.xlsx", &archive(&["[Content_Types].xml", "word/document.xml"], 0)).contains("a Word document"));
    assert!(refusal("a.xlsb", &archive(&["xl/workbook.bin"], 0)).contains("cannot be read"));
    assert!(refusal("a.xlsx", &archive(&["xl/workbook.xml"], 0)).contains("cannot be read"));
    assert!(refusal("a.ods", &archive(&["mimetype", "content.xml"], 0)).contains("a.ods"));
}

#[test]
fn archives_made_to_exhaust_memory_are_refused_before_they_are_unpacked() {
    let sentence = refusal("a.xlsx", &archive(&["xl/workbook.xml", "xl/worksheets/sheet1.xml"], u32::MAX));
    assert!(sentence.contains("7 GiB after decompression, and the limit is 6 GiB"), "{sentence}");
}

#[test]
fn torn_workbooks_are_refused_wherever_they_are_cut_off() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().write_row(0, 0, ["Last Name", "First Name"]).expect("written");
    let bytes = workbook.save_to_buffer().expect("saved");
    for length in (4..bytes.len()).step_by(97) {
        let sentence = refusal("a.xlsx", &bytes[..length]);
        assert!(sentence.contains("cut off"), "{length}: {sentence}");
    }
    // The directory is whole, and what it lists is not.
    for damaged in (30..bytes.len() - 1_500).step_by(211) {
        let mut bytes = bytes.clone();
        bytes[damaged..damaged + 20].fill(0xaa);
        let folder = folder();
        if let Err(error) = read(&file(&folder, "a.xlsx", &bytes)) {
            assert!(error.to_string().contains("a.xlsx"), "{error}");
        }
    }
}

/// A compound file (MS-CFB 2.2, version 3) whose directory lists one empty stream of this name.
fn compound(stream: &str) -> Vec<u8> {
    const FREE: u32 = 0xffff_ffff;
    const END: u32 = 0xffff_fffe;
    let mut header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    header.extend([0; 16]);
    header.extend([0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0]);
    header.extend([0; 6]);
    for number in [0, 1, 1, 0, 4096, END, 0, END, 0, 0] {
        header.extend(u32::to_le_bytes(number));
    }
    header.resize(512, 0xff);
    let mut table: Vec<u8> = [0xffff_fffd, END].iter().flat_map(|number| u32::to_le_bytes(*number)).collect();
    table.resize(512, 0xff);
    let mut directory = Vec::new();
    for (name, kind, child) in [("Root Entry", 5, 1), (stream, 2, FREE)] {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u16::try_from(entry.len() + 2).expect("short");
        entry.resize(64, 0);
        entry.extend(length.to_le_bytes());
        entry.extend([kind, 1]);
        for number in [FREE, FREE, child] {
            entry.extend(u32::to_le_bytes(number));
        }
        entry.resize(116, 0);
        entry.extend(END.to_le_bytes());
        entry.resize(128, 0);
        directory.extend(entry);
    }
    directory.resize(512, 0);
    [header, table, directory].concat()
}

#[test]
fn workbooks_with_a_password_are_refused() {
    let sentence = refusal("a.xlsx", &compound("EncryptedPackage"));
    assert!(sentence.contains("protected by a password"), "{sentence}");
}

#[test]
fn compound_files_that_are_no_workbook_are_refused() {
    assert!(refusal("a.xls", &compound("WordDocument")).contains("a Word document"));
    assert!(refusal("a.xls", &compound("Something")).contains("cannot be read"));
    assert!(
        refusal("a.xls", &[&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0; 600]].concat()).contains("cannot be read")
    );
}

fn save(workbook: &mut Workbook, folder: &TempDir) -> PathBuf {
    file(folder, "roster.csv", &workbook.save_to_buffer().expect("saved"))
}

#[test]
fn a_workbook_is_read_as_a_spreadsheet_program_shows_it() {
    let folder = folder();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Roster").expect("named");
    sheet.write_row(1, 0, ["MRN", "ZIP", "Zero ZIP", "DOB", "Seen", "Weight", "Alive", "Note"]).expect("written");
    sheet.write(3, 0, 1_234_567_890_123_456_u64).expect("written");
    sheet.write(3, 1, 2_134).expect("written");
    sheet.write_with_format(3, 2, 2_134, &CellFormat::new().set_num_format("00000")).expect("written");
    let date = CellFormat::new().set_num_format("m/d/yyyy");
    let born = ExcelDateTime::from_ymd(1980, 3, 4).expect("a date");
    sheet.write_with_format(3, 3, &born, &date).expect("written");
    let seen = born.clone().and_hms(8, 30, 0).expect("a time");
    sheet.write_with_format(3, 4, &seen, &CellFormat::new().set_num_format("m/d/yyyy h:mm")).expect("written");
    sheet.write(3, 5, 98.6).expect("written");
    sheet.write(3, 6, true).expect("written");
    sheet.write(3, 7, Formula::new("=NA()").set_result("#N/A")).expect("written");
    sheet.write_blank(4, 0, &date).expect("written");
    sheet.write(6, 1, "last").expect("written");
    let (facts, tables) = read(&save(&mut workbook, &folder)).expect("read");
    assert_eq!((facts.format, facts.encoding.as_str()), (Format::Xlsx, ""));
    assert_eq!(tables.len(), 1);
    let rows = &tables[0].rows;
    assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 4, 7]);
    let kinds: Vec<CellKind> = rows[1].1.iter().map(|(_, kind)| *kind).collect();
    assert_eq!(
        texts(&rows[1]),
        ["1234567890123456", "2134", "02134", "1980-03-04", "1980-03-04T08:30:00", "98.6", "TRUE", "#N/A"]
    );
    let (number, date) = (CellKind::Number, CellKind::Date);
    assert_eq!(kinds, [number, number, number, date, date, number, CellKind::Boolean, CellKind::Error]);
    assert_eq!(texts(&rows[2]), ["", "last", "", "", "", "", "", ""]);
}

#[test]
fn every_sheet_is_a_table_and_hidden_ones_say_so() {
    let folder = folder();
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Clinic A").expect("named").write(0, 0, "Last").expect("written");
    workbook.add_worksheet().set_name("Empty").expect("named");
    let hidden = workbook.add_worksheet().set_name("Codes").expect("named");
    hidden.write(0, 0, "Code").expect("written");
    hidden.set_hidden(true);
    let (_, tables) = read(&save(&mut workbook, &folder)).expect("read");
    let seen: Vec<(Option<&str>, bool, usize)> =
        tables.iter().map(|table| (table.sheet.as_deref(), table.hidden, table.rows.len())).collect();
    assert_eq!(seen, [(Some("Clinic A"), false, 1), (Some("Empty"), false, 0), (Some("Codes"), true, 1)]);
}

#[test]
fn rows_of_a_workbook_have_one_width_over_all_batches() {
    let folder = folder();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_row(0, 0, ["Last", "First", "City"]).expect("written");
    for (row, column) in (1..9_000).zip([0, 1, 2].into_iter().cycle()) {
        sheet.write(row, column, "x").expect("written");
    }
    sheet.write(8_999, 9, "stray note").expect("written");
    let (_, tables) = read(&save(&mut workbook, &folder)).expect("read");
    let rows = &tables[0].rows;
    assert_eq!(rows.len(), 9_000);
    assert!(rows.iter().all(|(_, cells)| cells.len() == 3));
    assert!(rows.iter().zip(1..).all(|((number, _), expected)| *number == expected));
}

#[test]
fn a_value_far_to_the_right_is_refused_with_its_place() {
    let folder = folder();
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Roster").expect("named").write(4, 16_000, "x").expect("written");
    let sentence = read(&save(&mut workbook, &folder)).expect_err("refused").to_string();
    assert!(sentence.contains("sheet \"Roster\" has a value in row 5, column 16001"), "{sentence}");
}

#[test]
fn facts_and_progress_are_those_of_the_file() {
    let folder = folder();
    let text = format!("First,Last\n{}", "Ann,Ng\n".repeat(400_000));
    let path = file(&folder, "roster.csv", text.as_bytes());
    let last = AtomicU64::new(0);
    let facts = read_roster(&path, &|bytes| last.store(bytes, Ordering::Relaxed), &mut |_| Ok(())).expect("read");
    assert_eq!((facts.bytes, last.into_inner()), (text.len() as u64, text.len() as u64));
    assert_eq!((facts.format.delimiter(), facts.encoding.as_str()), (Some(','), "UTF-8"));
    let abc = file(&folder, "abc.csv", b"abc");
    // The test vector of FIPS 180-2, appendix B.1.
    let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(read(&abc).expect("read").0.sha256, known);
}

#[test]
fn a_workbook_whose_receiver_is_gone_ends_without_an_error() {
    let folder = folder();
    let mut workbook = Workbook::new();
    workbook.add_worksheet().write(0, 0, "Last").expect("written");
    let path = save(&mut workbook, &folder);
    for allowed in 0..3 {
        let mut events = 0;
        let outcome = read_roster(&path, &|_| {}, &mut |_| {
            events += 1;
            if events > allowed { Err(Stopped) } else { Ok(()) }
        });
        assert!(outcome.is_ok());
        assert_eq!(events, allowed + 1);
    }
}

#[test]
fn the_samples_of_every_kind_are_read() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    for (name, format) in [
        ("clinic-a.csv", Format::Delimited { delimiter: ',' }),
        ("site-e.csv", Format::Delimited { delimiter: ';' }),
        ("registry-c.tsv", Format::Delimited { delimiter: '\t' }),
        ("clinic-b.xlsx", Format::Xlsx),
        ("sponsor-d.ods", Format::Ods),
        ("legacy.xls", Format::Xls),
    ] {
        let (facts, tables) = read(&samples.join(name)).expect(name);
        assert_eq!(facts.format, format, "{name}");
        assert!(tables.iter().any(|table| table.rows.len() > 10), "{name}");
    }
}

/// The rows of a file with this name and these bytes, and how it was read.
fn read_back(name: &str, bytes: &[u8]) -> (InputFacts, Vec<Vec<String>>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs_err::write(&path, bytes).expect("written");
    let mut rows = Vec::new();
    let facts = read_roster(&path, &|_| {}, &mut |event| {
        if let ReadEvent::Rows(batch) = event {
            rows.extend(
                batch.split().rows().map(|row| row.cells().map(|(text, _)| text.to_owned()).collect::<Vec<_>>()),
            );
        }
        Ok(())
    });
    (facts.expect("read"), rows)
}

#[test]
fn packed_rosters_are_read_as_if_they_were_not_packed() {
    use std::io::Write as _;
    let text = b"First,Last\nAnn,Ng\n\"B, C\",Ruiz\n".repeat(50);
    let plain = read_back("roster.csv", &text).1;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&text).expect("packed");
    let gzip = gzip.finish().expect("packed");
    let zstd = ruzstd::encoding::compress_to_vec(text.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.add_directory("__MACOSX/", options).expect("packed");
    zip.start_file("__MACOSX/._roster.csv", options).expect("packed");
    zip.start_file("roster.csv", options).expect("packed");
    zip.write_all(&text).expect("packed");
    let zip = zip.finish().expect("packed").into_inner();
    for (bytes, packing) in [(&gzip, Packing::Gzip), (&zstd, Packing::Zstandard), (&zip, Packing::Zip)] {
        let (facts, rows) = read_back("roster.bin", bytes);
        assert_eq!((facts.packing, facts.bytes), (Some(packing), bytes.len() as u64));
        assert_eq!(rows, plain, "{packing:?}");
        let torn = refusal("roster.csv.gz", bytes.get(..bytes.len() / 2).expect("half"));
        assert!(torn.contains("roster.csv.gz"), "{torn}");
    }
    let twice = [gzip.clone(), gzip].concat();
    assert_eq!(read_back("roster.csv.gz", &twice).1.len(), 2 * plain.len(), "members one after the other");
}
