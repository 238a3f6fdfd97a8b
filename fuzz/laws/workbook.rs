//! What has to hold when any bytes are read as a workbook. Shared by the fuzz target and the replay of its corpus.
//!
//! Bytes that begin like a workbook are one. Others are the parts of an xlsx workbook, set apart by lines of `=====`: the
//! first sheet, the shared strings, the styles, and the list of sheets; a part that is missing is an ordinary one. That lets
//! the fuzzer reach the XML, which a packed file would hide from it.

use std::io::Write as _;

use onroll_core::read::{ReadEvent, read_roster};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// Reads the bytes; panics when a law is broken.
pub(crate) fn check(data: &[u8]) {
    let is_workbook = data.starts_with(b"PK") || data.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]);
    let bytes = if is_workbook { data.to_vec() } else { workbook_of(data) };
    let folder = std::env::temp_dir().join(format!("onroll-fuzz-{}", std::process::id()));
    fs_err::create_dir_all(&folder).expect("a folder");
    let path = folder.join("fuzzed.xlsx");
    fs_err::write(&path, bytes).expect("written");
    let mut last_row = 0;
    let outcome = read_roster(&path, &|_| {}, &mut |event| {
        match event {
            ReadEvent::Table { .. } => last_row = 0,
            ReadEvent::Rows(rows) => {
                for row in rows.split().rows() {
                    assert!(row.number() > last_row, "row numbers rise");
                    last_row = row.number();
                    assert!(!row.cells().any(|(text, _)| text.contains('\0')), "no NUL comes out of XML");
                }
            }
            ReadEvent::Sheet(_) | ReadEvent::EndOfTable => {}
        }
        Ok(())
    });
    if let Err(error) = outcome {
        assert!(!error.to_string().contains('\n'), "a refusal is one sentence: {error}");
    }
}

/// An xlsx workbook of these parts.
fn workbook_of(data: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split("\n=====\n");
    let sheet = parts.next().unwrap_or_default().to_owned();
    let part =
        |given: Option<&str>, usual: String| given.filter(|part| !part.trim().is_empty()).map_or(usual, str::to_owned);
    let strings =
        part(parts.next(), format!("<sst xmlns=\"{MAIN}\"><si><t>Last Name</t></si><si><t>First Name</t></si></sst>"));
    let styles = part(
        parts.next(),
        format!(
            "<styleSheet xmlns=\"{MAIN}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
        ),
    );
    let list = part(
        parts.next(),
        format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
        ),
    );
    let relation = |id: u8, kind: &str, target: &str| {
        format!("<Relationship Id=\"rId{id}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>")
    };
    let relations = format!(
        "<Relationships xmlns=\"{PACKAGE}/relationships\">{}{}{}</Relationships>",
        relation(1, "worksheet", "worksheets/sheet1.xml"),
        relation(2, "sharedStrings", "sharedStrings.xml"),
        relation(3, "styles", "styles.xml"),
    );
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in [
        ("[Content_Types].xml", format!("<Types xmlns=\"{PACKAGE}/content-types\"/>")),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}/relationships\">{}</Relationships>",
                relation(1, "officeDocument", "xl/workbook.xml")
            ),
        ),
        ("xl/workbook.xml", list),
        ("xl/_rels/workbook.xml.rels", relations),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/sharedStrings.xml", strings),
        ("xl/styles.xml", styles),
    ] {
        archive.start_file(name, stored).expect("a part");
        archive.write_all(content.as_bytes()).expect("written");
    }
    archive.finish().expect("an archive").into_inner()
}
