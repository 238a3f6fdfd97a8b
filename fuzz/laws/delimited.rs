//! What has to hold when any bytes are read as a delimited file. Shared by the fuzz target and the replay of its corpus.

use onroll_core::read::{ReadError, ReadEvent, read_bytes};

/// Reads the bytes; panics when a law is broken.
pub(crate) fn check(data: &[u8]) {
    let (mut last_row, mut last_byte) = (0, None);
    let mut ended = false;
    let is_plain = data.is_ascii() && !data.iter().any(|byte| matches!(byte, b'"' | b'\'' | 0));
    let outcome = read_bytes("fuzzed", data, &mut |event| {
        match event {
            ReadEvent::Table { .. } | ReadEvent::Sheet(_) => {}
            ReadEvent::Rows(rows) => {
                for row in rows.split().rows() {
                    assert!(row.number() > last_row, "row numbers rise");
                    last_row = row.number();
                    assert!(row.byte() > last_byte, "places rise");
                    last_byte = row.byte();
                    assert!(
                        row.fault().is_none() || row.is_empty(),
                        "nothing is taken from a row that cannot be split"
                    );
                    if is_plain {
                        let from = usize::try_from(row.byte().expect("a place")).expect("small");
                        let mut rest = &data[from..];
                        for (text, _) in row.cells() {
                            assert!(rest.starts_with(text.as_bytes()), "the cells stand where the row is");
                            rest = rest.get(text.len() + 1..).unwrap_or_default();
                        }
                    }
                }
            }
            ReadEvent::EndOfTable => ended = true,
        }
        Ok(())
    });
    match outcome {
        Ok(facts) => assert!(ended && facts.bytes == data.len() as u64, "all of it was read"),
        Err(error) => assert_sentence(&error),
    }
    if let Some(byte) = last_byte {
        assert!(byte < data.len() as u64 * 1_100 + 1, "a place lies in the file, unless it is packed");
    }
}

fn assert_sentence(error: &ReadError) {
    let sentence = error.to_string();
    assert!(sentence.starts_with("fuzzed") && !sentence.contains('\n'), "a refusal is one sentence about the file");
}
