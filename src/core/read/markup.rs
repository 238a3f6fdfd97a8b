//! A scanner of XML for the parts of workbooks: tags and text as they come, from pieces of any size. It holds one token
//! at a time and knows no entities but the five of XML and characters by number; a document type declaration, from
//! which entities could grow without end, is refused.

use std::io;

use memchr::{memchr, memmem};

/// Bytes that one tag or text may have: a cell has at most 32,767 characters.
const TOKEN_MAX: usize = 1 << 20;

/// Where the scanner gets its bytes; `None` at the end.
pub(super) type NextPiece<'a> = dyn FnMut() -> io::Result<Option<Vec<u8>>> + 'a;

/// Why markup cannot be read on.
#[derive(Debug)]
pub(super) enum Fault {
    /// What the pieces said.
    Io(io::Error),
    /// It is no well-formed XML.
    Malformed(&'static str),
    /// A tag or text that is longer than any in a workbook.
    TooLong,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// One tag or text. Names come without their prefix.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `<name attributes>`
    Open(&'a [u8], &'a [u8]),
    /// `<name attributes/>`
    Empty(&'a [u8], &'a [u8]),
    /// `</name>`
    Close(&'a [u8]),
    /// Text in which entities are still written out.
    Text(&'a [u8]),
    /// Text as it is.
    Verbatim(&'a [u8]),
}

/// Takes XML apart.
pub(super) struct Scanner<'a> {
    next_piece: Box<NextPiece<'a>>,
    bytes: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(next_piece: Box<NextPiece<'a>>) -> Self {
        Self { next_piece, bytes: Vec::new(), at: 0, ended: false }
    }

    /// The next token; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token<'_>>, Fault> {
        loop {
            if self.at == self.bytes.len() && !self.fill()? {
                return Ok(None);
            }
            if self.bytes.get(self.at) != Some(&b'<') {
                let length = self.distance(b'<')?;
                let start = self.at;
                self.at += length;
                return Ok(Some(Token::Text(self.slice(start, self.at))));
            }
            while self.bytes.len() - self.at < 9 && self.fill()? {}
            let rest = self.slice(self.at, self.bytes.len());
            if rest.starts_with(b"<!--") {
                self.at += 4;
                self.skip_to(b"-->")?;
            } else if rest.starts_with(b"<?") {
                self.skip_to(b"?>")?;
            } else if rest.starts_with(b"<![CDATA[") {
                let start = self.at + 9;
                self.at = start;
                // Skipping may move what the window holds: positions are counted from its end.
                let length = self.skip_to(b"]]>")?;
                let end = self.at - 3;
                return Ok(Some(Token::Verbatim(self.slice(end - length, end))));
            } else if rest.starts_with(b"<!") {
                return Err(Fault::Malformed("it has a document type declaration"));
            } else {
                return self.tag().map(Some);
            }
        }
    }

    /// What is at hand of the markup that comes next; empty where the next piece begins.
    pub(super) fn window(&self) -> &[u8] {
        self.slice(self.at, self.bytes.len())
    }

    /// Goes on behind bytes of the window that have been understood without the scanner.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.bytes.len());
    }

    fn tag(&mut self) -> Result<Token<'_>, Fault> {
        let length = self.tag_length()?;
        let start = self.at;
        self.at += length + 1;
        let inner = self.slice(start + 1, start + length);
        if let Some(name) = inner.strip_prefix(b"/") {
            return Ok(Token::Close(local_name(name.trim_ascii_end())));
        }
        let (inner, is_empty) = inner.strip_suffix(b"/").map_or((inner, false), |inner| (inner, true));
        let name_end = inner.iter().position(u8::is_ascii_whitespace).unwrap_or(inner.len());
        let (name, attributes) = inner.split_at(name_end);
        if name.is_empty() {
            return Err(Fault::Malformed("it has a tag without a name"));
        }
        let name = local_name(name);
        Ok(if is_empty { Token::Empty(name, attributes) } else { Token::Open(name, attributes) })
    }

    /// The distance to the `>` that ends the tag here: one within quotation marks does not.
    fn tag_length(&mut self) -> Result<usize, Fault> {
        let mut seen = 0;
        let mut quote = None;
        loop {
            let rest = self.slice(self.at, self.bytes.len());
            for (offset, byte) in rest.get(seen..).unwrap_or_default().iter().enumerate() {
                match (quote, byte) {
                    (None, b'>') => return Ok(seen + offset),
                    (None, b'"' | b'\'') => quote = Some(*byte),
                    (Some(mark), _) if mark == *byte => quote = None,
                    _ => {}
                }
            }
            seen = rest.len();
            if seen > TOKEN_MAX {
                return Err(Fault::TooLong);
            }
            if !self.fill()? {
                return Err(Fault::Malformed("it ends within a tag"));
            }
        }
    }

    /// The distance to a byte, or to the end.
    fn distance(&mut self, byte: u8) -> Result<usize, Fault> {
        let mut seen = 0;
        loop {
            let rest = self.slice(self.at, self.bytes.len());
            if let Some(found) = memchr(byte, rest.get(seen..).unwrap_or_default()) {
                return Ok(seen + found);
            }
            seen = rest.len();
            if seen > TOKEN_MAX {
                return Err(Fault::TooLong);
            }
            if !self.fill()? {
                return Ok(seen);
            }
        }
    }

    /// Goes on behind a mark; gives the number of bytes before it.
    fn skip_to(&mut self, mark: &[u8]) -> Result<usize, Fault> {
        loop {
            let rest = self.slice(self.at, self.bytes.len());
            if let Some(found) = memmem::find(rest, mark) {
                self.at += found + mark.len();
                return Ok(found);
            }
            if rest.len() > TOKEN_MAX {
                return Err(Fault::TooLong);
            }
            if !self.fill()? {
                return Err(Fault::Malformed("it ends within a comment, an instruction or a quoted text"));
            }
        }
    }

    fn slice(&self, start: usize, end: usize) -> &[u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// Takes another piece into the window. Returns whether there was one. What has been read is dropped.
    fn fill(&mut self) -> Result<bool, Fault> {
        while !self.ended {
            match (self.next_piece)()? {
                None => self.ended = true,
                Some(piece) if piece.is_empty() => {}
                Some(piece) => {
                    if self.at == self.bytes.len() {
                        self.bytes = piece;
                    } else {
                        self.bytes.drain(..self.at);
                        self.bytes.extend_from_slice(&piece);
                    }
                    self.at = 0;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// A name without its prefix.
fn local_name(name: &[u8]) -> &[u8] {
    memchr(b':', name).map_or(name, |colon| name.get(colon + 1..).unwrap_or_default())
}

/// The attributes of a tag in order, names as they are written, values with their entities.
pub(super) fn attributes(mut rest: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let equals = memchr(b'=', rest)?;
        let name = rest.get(..equals)?.trim_ascii();
        let value = rest.get(equals + 1..)?.trim_ascii_start();
        let (quote, value) = value.split_first()?;
        let end = memchr(*quote, value)?;
        rest = value.get(end + 1..)?;
        Some((name, value.get(..end)?))
    })
}

/// The value of an attribute, with its entities; the name may have a prefix.
pub(super) fn attribute<'a>(tag: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    attributes(tag).find(|(name, _)| *name == wanted || local_name(name) == wanted).map(|(_, value)| value)
}

/// The text of an attribute.
pub(super) fn attribute_text(tag: &[u8], wanted: &[u8]) -> Option<String> {
    let mut text = String::new();
    push_text(attribute(tag, wanted)?, &mut text).ok()?;
    Some(text)
}

/// Whether an attribute says yes, as XML Schema writes it.
pub(super) fn is_set(tag: &[u8], wanted: &[u8]) -> bool {
    matches!(attribute(tag, wanted), Some(b"1" | b"true" | b"on"))
}

/// Appends text with its entities resolved and its line ends made one.
///
/// # Errors
/// When it is no UTF-8, or an entity is not known.
pub(super) fn push_text(raw: &[u8], text: &mut String) -> Result<(), Fault> {
    let raw = std::str::from_utf8(raw).map_err(|_| Fault::Malformed("its text is not UTF-8"))?;
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\r']) {
        let (before, marked) = rest.split_at(at);
        text.push_str(before);
        if let Some(after) = marked.strip_prefix('\r') {
            text.push('\n');
            rest = after.strip_prefix('\n').unwrap_or(after);
            continue;
        }
        let (entity, after) = marked
            .get(1..)
            .and_then(|rest| rest.split_once(';'))
            .ok_or(Fault::Malformed("it has an entity without an end"))?;
        text.push(character(entity).ok_or(Fault::Malformed("it has an unknown entity"))?);
        rest = after;
    }
    text.push_str(rest);
    Ok(())
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            code.ok().and_then(char::from_u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens of a text that comes in pieces of a size, each as a short text.
    fn tokens(text: &str, size: usize) -> Result<Vec<String>, String> {
        let mut pieces = text.as_bytes().chunks(size).map(<[u8]>::to_vec);
        let mut scanner = Scanner::new(Box::new(move || Ok(pieces.next())));
        let mut seen: Vec<String> = Vec::new();
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        loop {
            let token = match scanner.next().map_err(|fault| format!("{fault:?}"))? {
                None => return Ok(seen),
                Some(Token::Open(name, tag)) => format!("<{}|{}>", shown(name), shown(tag).trim()),
                Some(Token::Empty(name, tag)) => format!("<{}|{}/>", shown(name), shown(tag).trim()),
                Some(Token::Close(name)) => format!("</{}>", shown(name)),
                Some(Token::Verbatim(text)) => format!("[{}]", shown(text)),
                Some(Token::Text(text)) => shown(text),
            };
            seen.push(token);
        }
    }

    #[test]
    fn tags_and_text_are_the_same_whatever_the_pieces() {
        let text = "\u{feff}<?xml version=\"1.0\"?><!-- a > b --><x:row r=\"1\" note='a>b'><c/>A&amp;B<v >1</v >\
            <![CDATA[<raw>]]]></x:row>";
        let whole = tokens(text, 1_000).expect("well formed");
        let expected =
            ["\u{feff}", "<row|r=\"1\" note='a>b'>", "<c|/>", "A&amp;B", "<v|>", "1", "</v>", "[<raw>]]", "</row>"];
        assert_eq!(whole, expected);
        for size in 1..60 {
            // Text may come in two where a piece ends at its end; joined it is the same.
            assert_eq!(tokens(text, size).expect("well formed").concat(), whole.concat(), "{size}");
        }
    }

    #[test]
    fn what_is_cut_off_or_could_grow_is_refused() {
        for text in ["<a", "<a b='>", "<!-- ", "<![CDATA[x", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "< >"] {
            assert!(tokens(text, 7).is_err(), "{text}");
        }
        assert!(tokens(&format!("<a>{}</a>", "x".repeat(TOKEN_MAX * 2)), 1 << 16).is_err());
    }

    #[test]
    fn attributes_and_entities_are_read() {
        let tag = b" r:id=\"rId1\" name='A &quot;B&quot; &#233;&#xe9;'  hidden = \"1\"";
        assert_eq!(attribute(tag, b"id"), Some(&b"rId1"[..]));
        assert_eq!(attribute_text(tag, b"name").as_deref(), Some("A \"B\" \u{e9}\u{e9}"));
        assert!(is_set(tag, b"hidden") && !is_set(tag, b"visible"));
        let mut text = String::new();
        assert!(push_text(b"a\r\nb\rc", &mut text).is_ok());
        assert_eq!(text, "a\nb\nc");
        assert!(push_text(b"&bomb;", &mut text).is_err() && push_text(b"&amp", &mut text).is_err());
        assert!(push_text(b"\xff", &mut text).is_err() && push_text(b"&#xD800;", &mut text).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end_in_tokens_or_a_fault(text in "[<>/!?\\-\\[\\]\"'= a-cCDAT&;#x]{0,60}", size in 1_usize..9) {
            let _ = tokens(&text, size);
        }
    }
}
