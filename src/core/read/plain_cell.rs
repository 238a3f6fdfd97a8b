//! The usual form of a cell in an xlsx sheet, `<c r="B4" s="1" t="s"><v>30</v></c>`, taken in one step: nearly all
//! bytes of a large sheet stand in such cells. Whatever is written otherwise is left to the scanner, which understands
//! these the same way.

use memchr::memchr;

/// Bytes that a place, a style or a type may have here; longer ones are left to the scanner.
const VALUE_MAX: usize = 16;

/// A cell as it is written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PlainCell<'a> {
    /// `r`: where it stands.
    pub(super) place: Option<&'a [u8]>,
    /// `s`: its style.
    pub(super) style: Option<&'a [u8]>,
    /// `t`: how its value is written.
    pub(super) written: Option<&'a [u8]>,
    /// What stands in `v`, with its entities; `None` for a cell that only has a format.
    pub(super) value: Option<&'a [u8]>,
    /// Bytes of the cell.
    pub(super) length: usize,
}

/// The cell that `markup` begins with, where it has the usual form and ends within.
pub(super) fn plain_cell(markup: &[u8]) -> Option<PlainCell<'_>> {
    let mut rest = markup.strip_prefix(b"<c")?;
    let mut cell = PlainCell::default();
    while let Some(attribute) = rest.strip_prefix(b" ") {
        let (name, value) = attribute.split_first()?;
        let value = value.strip_prefix(b"=\"")?;
        let end = value.iter().take(VALUE_MAX).position(|byte| *byte == b'"')?;
        let (value, after) = value.split_at(end);
        match name {
            b'r' => cell.place = Some(value),
            b's' => cell.style = Some(value),
            b't' => cell.written = Some(value),
            _ => return None,
        }
        rest = after.get(1..)?;
    }
    let after = if let Some(value) = rest.strip_prefix(b"><v>") {
        let (value, after) = value.split_at(memchr(b'<', value)?);
        cell.value = Some(value);
        after.strip_prefix(b"</v></c>")?
    } else {
        rest.strip_prefix(b"/>")?
    };
    cell.length = markup.len() - after.len();
    Some(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_cells_are_taken_whole() {
        let markup = b"<c r=\"B4\" s=\"1\" t=\"s\"><v>30</v></c><c r=\"C4\"/></row>";
        let cell = plain_cell(markup).expect("usual");
        assert_eq!((cell.place, cell.style, cell.written), (Some(&b"B4"[..]), Some(&b"1"[..]), Some(&b"s"[..])));
        assert_eq!((cell.value, cell.length), (Some(&b"30"[..]), 35));
        let next = plain_cell(&markup[cell.length..]).expect("usual");
        assert_eq!((next.place, next.value, next.length), (Some(&b"C4"[..]), None, 11));
        assert_eq!(plain_cell(b"<c><v></v></c>").and_then(|cell| cell.value), Some(&b""[..]));
    }

    #[test]
    fn other_markup_is_left_to_the_scanner() {
        for markup in [
            &b""[..],
            b"<col min=\"1\"/>",
            b"<c  r=\"A1\"/>",
            b"<c r='A1'><v>1</v></c>",
            b"<c r = \"A1\"/>",
            b"<c x=\"A1\"/>",
            b"<c x='\"><v>1</v></c>",
            b"<c r=\"A1\" cm=\"1\"><v>1</v></c>",
            b"<c r=\"A1\"><f>B1</f><v>1</v></c>",
            b"<c r=\"A1\"><v>1<!-- one --></v></c>",
            b"<c r=\"A1\"><v xml:space=\"preserve\">1</v></c>",
            b"<c r=\"A1\"><v>1</v> </c>",
            b"<c r=\"A1\"><v>1</v></c",
            b"<c r=\"A123456789012345678\"><v>1</v></c>",
            b"<c r=\"A1",
        ] {
            assert_eq!(plain_cell(markup), None, "{}", String::from_utf8_lossy(markup));
        }
    }
}
