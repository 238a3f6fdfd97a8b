//! Any bytes, and any XML within a workbook, are read or refused: no panic, rows in order.
#![no_main]

#[path = "../laws/workbook.rs"]
mod workbook;

libfuzzer_sys::fuzz_target!(|data: &[u8]| workbook::check(data));
