//! Compound files (MS-CFB), in which Excel 97 to 2003 keeps workbooks, and later versions those with a password: the
//! list of streams, and the bytes of one. Chains of sectors are followed no further than the file is long.

/// No more sectors follow.
const CHAIN_ENDS_FROM: u32 = 0xffff_fffa;
/// Bytes below which a stream lies in the small sectors.
const SMALL_STREAM: u64 = 4_096;
const SMALL_SECTOR: usize = 64;
const ENTRY: usize = 128;

/// A compound file in memory.
pub(super) struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    table: Vec<u32>,
    small_table: Vec<u32>,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    start: u32,
    size: u64,
}

impl<'a> Compound<'a> {
    /// Reads the tables; `None` where the file is damaged.
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let sector = match short(bytes, 30)? {
            9 => 512,
            12 => 4_096,
            _ => return None,
        };
        let mut file = Self { bytes, sector, table: Vec::new(), small_table: Vec::new(), entries: Vec::new() };
        file.table = file.sector_table()?;
        let directory = file.chain(long(bytes, 48)?, usize::MAX)?;
        file.entries = directory.chunks_exact(ENTRY).filter_map(Entry::from_bytes).collect();
        let small_table = file.chain(long(bytes, 60)?, usize::MAX).unwrap_or_default();
        file.small_table = small_table.chunks_exact(4).filter_map(|bytes| long(bytes, 0)).collect();
        Some(file)
    }

    /// The numbers of all sectors that follow others, from the list in the header and its chain of further lists.
    fn sector_table(&self) -> Option<Vec<u32>> {
        let per_sector = self.sector / 4;
        let mut lists: Vec<u32> = (0..109).map_while(|place| long(self.bytes, 76 + place * 4)).collect();
        let mut next = long(self.bytes, 68)?;
        let sectors = self.bytes.len() / self.sector;
        for _ in 0..=sectors {
            if next >= CHAIN_ENDS_FROM {
                break;
            }
            let list = self.sector_at(next)?;
            lists.extend((0..per_sector - 1).filter_map(|place| long(list, place * 4)));
            next = long(list, self.sector - 4)?;
        }
        let mut table = Vec::new();
        for number in lists.into_iter().filter(|number| *number < CHAIN_ENDS_FROM).take(sectors + 1) {
            let sector = self.sector_at(number)?;
            table.extend((0..per_sector).filter_map(|place| long(sector, place * 4)));
        }
        Some(table)
    }

    fn sector_at(&self, number: u32) -> Option<&'a [u8]> {
        let start = (number as usize).checked_add(1)?.checked_mul(self.sector)?;
        let end = (start + self.sector).min(self.bytes.len());
        self.bytes.get(start..end)
    }

    /// The bytes of a chain of sectors, `size` of them where there are so many.
    fn chain(&self, first: u32, size: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut number = first;
        for _ in 0..=self.table.len() {
            if number >= CHAIN_ENDS_FROM || bytes.len() >= size {
                bytes.truncate(size);
                return Some(bytes);
            }
            bytes.extend_from_slice(self.sector_at(number)?);
            number = *self.table.get(number as usize)?;
        }
        None
    }

    /// Whether there is a stream or folder of the name.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// The bytes of a stream; `None` where there is none, or it is cut off.
    pub(super) fn stream(&self, name: &str) -> Option<Vec<u8>> {
        let entry = self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))?;
        let size = usize::try_from(entry.size).ok()?;
        if entry.size >= SMALL_STREAM {
            return self.chain(entry.start, size);
        }
        let root = self.entries.first()?;
        let small = self.chain(root.start, usize::try_from(root.size).ok()?)?;
        let mut bytes = Vec::new();
        let mut number = entry.start;
        for _ in 0..=self.small_table.len() {
            if number >= CHAIN_ENDS_FROM || bytes.len() >= size {
                break;
            }
            let start = number as usize * SMALL_SECTOR;
            bytes.extend_from_slice(small.get(start..(start + SMALL_SECTOR).min(small.len()))?);
            number = *self.small_table.get(number as usize)?;
        }
        bytes.truncate(size);
        Some(bytes)
    }
}

impl Entry {
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let length = usize::from(short(bytes, 64)?).saturating_sub(2).min(64);
        let units = bytes.get(..length)?.chunks_exact(2).filter_map(|pair| short(pair, 0));
        let name = char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        // Version 3 keeps sizes in four bytes, and may leave anything in the upper four.
        Some(Self { name, start: long(bytes, 116)?, size: u64::from(long(bytes, 120)?) })
    }
}

/// A number of two bytes, the lower first.
pub(super) fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

/// A number of four bytes, the lowest first.
pub(super) fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_holds_a_workbook() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/legacy.xls");
        let bytes = fs_err::read(path).expect("read");
        let file = Compound::open(&bytes).expect("sound");
        assert!(file.holds("WORKBOOK") && !file.holds("EncryptedPackage"));
        let stream = file.stream("Workbook").expect("a stream");
        // BOF of a workbook, BIFF8.
        assert_eq!((short(&stream, 0), short(&stream, 4)), (Some(0x809), Some(0x600)));
    }

    proptest::proptest! {
        #[test]
        fn damaged_files_end(at in 0_usize..4_096, byte: u8) {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/legacy.xls");
            let mut bytes = fs_err::read(path).expect("read");
            if let Some(damaged) = bytes.get_mut(at) {
                *damaged = byte;
            }
            if let Some(file) = Compound::open(&bytes) {
                let _ = file.stream("Workbook");
            }
        }
    }
}
