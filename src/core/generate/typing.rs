//! The errors of typing hands: one letter or digit inserted, left out, replaced, or exchanged with the next.

use super::draws::Draws;

/// Keys beside a letter on a US keyboard; for the others any letter may come.
const NEIGHBOURS: [(u8, &[u8]); 10] = [
    (b'a', b"qsw"),
    (b'e', b"wrd"),
    (b'i', b"uok"),
    (b'o', b"ipl"),
    (b'u', b"yij"),
    (b'n', b"mbh"),
    (b'm', b"nkj"),
    (b's', b"adz"),
    (b'r', b"etf"),
    (b't', b"ryg"),
];

/// Makes one error in the letters from `start` to the end. The first letter is spared nine times in ten.
pub(super) fn letter_error(line: &mut Vec<u8>, start: usize, draws: &mut Draws) {
    let length = line.len().saturating_sub(start);
    if length < 2 {
        return;
    }
    let spared = usize::from(draws.below(10) > 0);
    let at = start + spared + draws.index(length - spared);
    let Some(letter) = line.get(at).copied() else { return };
    match draws.below(4) {
        0 => line.insert(at, slip(letter, draws)),
        1 => {
            line.remove(at);
        }
        2 => replace(line, at, slip(letter, draws)),
        _ if at + 1 < line.len() => line.swap(at, at + 1),
        _ => line.swap(at - 1, at),
    }
}

/// Replaces one digit from `start` to the end, or exchanges two neighbours. What is no digit stays.
pub(super) fn digit_error(line: &mut [u8], start: usize, draws: &mut Draws) {
    let length = line.len().saturating_sub(start);
    if length == 0 {
        return;
    }
    let at = start + draws.index(length);
    if draws.chance(0.4) && at + 1 < line.len() {
        line.swap(at, at + 1);
    } else if line.get(at).is_some_and(u8::is_ascii_digit) {
        replace(line, at, draws.pick(b"0123456789"));
    }
}

/// What a hand types that misses the letter.
fn slip(letter: u8, draws: &mut Draws) -> u8 {
    let lower = letter.to_ascii_lowercase();
    let neighbours = NEIGHBOURS.iter().find(|(key, _)| *key == lower).map(|(_, keys)| *keys);
    match neighbours.filter(|_| draws.chance(0.5)) {
        Some(keys) => draws.pick(keys),
        None => draws.pick(b"abcdefghijklmnopqrstuvwxyz"),
    }
}

fn replace(line: &mut [u8], at: usize, byte: u8) {
    if let Some(place) = line.get_mut(at) {
        *place = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::super::draws::DrawSource;
    use super::*;

    #[test]
    fn a_letter_error_is_one_error_and_leaves_what_stands_before() {
        let source = DrawSource::new(1);
        let mut changed = 0;
        for index in 0..2_000 {
            let mut line = b"x,Martinez".to_vec();
            letter_error(&mut line, 2, &mut source.row(index));
            assert!(line.starts_with(b"x,"));
            let text = std::str::from_utf8(&line[2..]).expect("ASCII");
            assert!(strsim::osa_distance(text, "Martinez") <= 1, "{text}");
            changed += u32::from(text != "Martinez");
        }
        assert!(changed > 1_900, "{changed}");
    }

    #[test]
    fn a_digit_error_keeps_the_digits_digits() {
        let source = DrawSource::new(1);
        let mut changed = 0;
        for index in 0..1_000 {
            let mut line = b"19801224".to_vec();
            digit_error(&mut line, 2, &mut source.row(index));
            assert!(line.starts_with(b"19") && line.len() == 8 && line.iter().all(u8::is_ascii_digit));
            changed += u32::from(line != b"19801224");
        }
        assert!(changed > 700, "{changed}");
    }

    #[test]
    fn short_words_survive() {
        let source = DrawSource::new(1);
        for word in ["", "J"] {
            let mut line = word.as_bytes().to_vec();
            letter_error(&mut line, 0, &mut source.row(0));
            assert_eq!(line, word.as_bytes());
        }
        digit_error(&mut [], 0, &mut source.row(0));
    }
}
