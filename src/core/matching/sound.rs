//! Whether two names sound alike in English: spellings of one consonant are one sound, vowels between consonants are
//! none. A weak measure, asked only of names whose letters differ too much for a typing error.

/// Consonants from which two names that sound alike say something.
const FEWEST_SOUNDS: usize = 2;

/// Whether two folded names have the same sounds, and enough of them.
pub(super) fn sound_alike(left: &str, right: &str) -> bool {
    let mut others = Sounds::from_name(right);
    let mut count = 0;
    for sound in Sounds::from_name(left) {
        if others.next() != Some(sound) {
            return false;
        }
        count += usize::from(sound != VOWEL);
    }
    others.next().is_none() && count >= FEWEST_SOUNDS
}

/// Stands for any vowel at the beginning of a name.
const VOWEL: u8 = b'a';
/// The sound of "sh" and "ch".
const HUSH: u8 = b'S';

/// The sounds of a name, one after the other. Own rules, after the spellings that Soundex (Russell 1918) puts together.
struct Sounds<'a> {
    rest: &'a [u8],
    first: bool,
    /// The second sound of an x.
    pending: Option<u8>,
    last: u8,
}

impl<'a> Sounds<'a> {
    const fn from_name(name: &'a str) -> Self {
        Self { rest: name.as_bytes(), first: true, pending: None, last: 0 }
    }

    /// The next sound with the letters it takes; 0 for letters without a sound.
    fn step(&self) -> (u8, usize) {
        let at = |place: usize| self.rest.get(place).copied().unwrap_or_default();
        let soft = matches!(at(1), b'e' | b'i' | b'y');
        match (at(0), at(1)) {
            (b'p', b'h') => (b'f', 2),
            (b's' | b'c', b'h') => (HUSH, 2),
            (b't' | b's', b'c') if at(2) == b'h' => (HUSH, 3),
            (b'c', b'k') => (b'k', 2),
            (b'k' | b'g', b'n') if self.first => (b'n', 2),
            (b'w', b'r') if self.first => (b'r', 2),
            (b'g', b'h') if !self.first => (0, 2),
            (b't', b'h') => (b't', 2),
            (b'd', b'g') => (b'j', 2),
            (b'c', _) if soft => (b's', 1),
            (b'g', _) if soft => (b'j', 1),
            (b'c' | b'q', _) => (b'k', 1),
            (b'z', _) => (b's', 1),
            (b'v', _) => (b'f', 1),
            (b'a' | b'e' | b'i' | b'o' | b'u' | b'y', _) if self.first => (VOWEL, 1),
            (b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'w' | b'h', _) if !self.first => (0, 1),
            (letter, _) => (letter, 1),
        }
    }
}

impl Iterator for Sounds<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if let Some(sound) = self.pending.take() {
            return Some(sound);
        }
        while !self.rest.is_empty() {
            let (mut sound, letters) = self.step();
            if sound == b'x' {
                (sound, self.pending) = (b'k', Some(b's'));
            }
            self.rest = self.rest.get(letters..).unwrap_or_default();
            self.first = false;
            let repeated = sound == self.last;
            self.last = if self.pending.is_some() { b's' } else { sound };
            if sound != 0 && !repeated {
                return Some(sound);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_sound_are_alike_and_other_sounds_are_not() {
        for (left, right) in [
            ("catherine", "kathryn"),
            ("jackson", "jaxon"),
            ("philip", "filip"),
            ("geoffrey", "jeffery"),
            ("wright", "right"),
            ("knight", "night"),
            ("schmidt", "shmidt"),
            ("meyer", "mayer"),
            ("stephen", "steven"),
        ] {
            assert!(sound_alike(left, right), "{left} {right}");
            assert!(sound_alike(right, left), "{right} {left}");
        }
        for (left, right) in [("anna", "ann"), ("lee", "lou"), ("maria", "marta"), ("", ""), ("kim", "tim")] {
            assert!(!sound_alike(left, right), "{left} {right}");
        }
    }
}
