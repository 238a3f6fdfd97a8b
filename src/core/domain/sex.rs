//! Sex assigned at birth, as the vendor takes it, and the letters that mean one in other languages.

/// Sex assigned at birth. The vendor's enumeration has M, F and null; the absent case is `Option::None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sex {
    /// `F` on the wire.
    Female,
    /// `M` on the wire.
    Male,
}

impl Sex {
    /// The vendor's one-letter form, the one it guarantees in the long term.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
        }
    }
}

/// A letter alone for the sex that means another one in another language, or nothing. The whole column shows which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SexLetter {
    /// Male, and mujer: female.
    M,
    /// Hombre, homme: male.
    H,
    /// Weiblich: female.
    W,
}

impl SexLetter {
    /// The letter in lower case.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::M => "m",
            Self::H => "h",
            Self::W => "w",
        }
    }
}

/// Cells of a column of sexes, by what they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SexEvidence {
    /// The letter M alone.
    pub m: u32,
    /// The letter F alone.
    pub f: u32,
    /// The letter H alone.
    pub h: u32,
    /// The letter W alone.
    pub w: u32,
    /// Words for male.
    pub male_words: u32,
    /// Words for female.
    pub female_words: u32,
}

/// What the letters of a column mean. F is female in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SexLetters {
    /// M: male in English, French and German, female beside the H of Spanish; `None` if nothing shows which.
    pub m: Option<Sex>,
    /// H.
    pub h: Option<Sex>,
    /// W.
    pub w: Option<Sex>,
}

/// Of so many M one has to be an H for the column to be of another language, and not a slip.
const FEWEST_H: u32 = 20;
/// From one H to so many M on, where there is no F, M is the sex that is not H.
const MANY_H: u32 = 5;

impl SexEvidence {
    /// Adds the evidence of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.m += other.m;
        self.f += other.f;
        self.h += other.h;
        self.w += other.w;
        self.male_words += other.male_words;
        self.female_words += other.female_words;
    }

    /// What the letters mean; `None` where the column has none of another language.
    pub fn letters(&self) -> Option<SexLetters> {
        if self.h == 0 && self.w == 0 {
            return None;
        }
        let english = SexLetters { m: Some(Sex::Male), h: None, w: None };
        let (has_male, has_female) = (self.m + self.male_words > 0, self.f + self.female_words > 0);
        Some(match (self.h, self.w) {
            (0, _) if has_male && self.f == 0 => SexLetters { w: Some(Sex::Female), ..english },
            (0, _) | (_, 1..) => english,
            _ if self.m == 0 && has_female => SexLetters { h: Some(Sex::Male), ..english },
            _ if self.m == 0 || self.h.saturating_mul(FEWEST_H) < self.m.min(self.f) => english,
            _ if has_female && self.h >= self.m.saturating_mul(FEWEST_H) => {
                SexLetters { m: None, h: Some(Sex::Male), w: None }
            }
            _ if self.f == 0 && self.male_words == 0 && self.h.saturating_mul(MANY_H) >= self.m => {
                SexLetters { m: Some(Sex::Female), h: Some(Sex::Male), w: None }
            }
            _ => SexLetters { m: None, h: None, w: None },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(m: u32, f: u32, h: u32, w: u32) -> Option<[&'static str; 3]> {
        let letters = SexEvidence { m, f, h, w, ..SexEvidence::default() }.letters()?;
        Some([letters.m, letters.h, letters.w].map(|sex| sex.map_or("-", Sex::letter)))
    }

    #[test]
    fn the_other_letters_of_a_column_tell_what_m_h_and_w_mean() {
        for (counts, expected) in [
            ([5, 5, 0, 0], None),
            // Hombre and mujer, homme and femme, männlich and weiblich.
            ([1, 0, 1, 0], Some(["F", "M", "-"])),
            ([60, 0, 40, 0], Some(["F", "M", "-"])),
            ([0, 3, 2, 0], Some(["M", "M", "-"])),
            ([2, 0, 0, 3], Some(["M", "-", "F"])),
            // No language has all of them: nobody can tell what M is.
            ([5, 5, 5, 0], Some(["-", "-", "-"])),
            // Nearly all of one letter, and an H: a slip among men, or the one man among women.
            ([1000, 0, 1, 0], Some(["-", "-", "-"])),
            // A slip in a French column, and in an English one.
            ([1, 60, 40, 0], Some(["-", "M", "-"])),
            ([500, 500, 1, 0], Some(["M", "-", "-"])),
            ([0, 0, 4, 0], Some(["M", "-", "-"])),
            ([5, 5, 0, 1], Some(["M", "-", "-"])),
            ([0, 0, 3, 4], Some(["M", "-", "-"])),
        ] {
            let [m, f, h, w] = counts;
            assert_eq!(letters(m, f, h, w), expected, "{counts:?}");
        }
    }

    #[test]
    fn a_column_that_writes_male_out_has_no_m_for_women() {
        let evidence = SexEvidence { m: 3, h: 3, male_words: 1, ..SexEvidence::default() };
        assert_eq!(evidence.letters().map(|letters| letters.m), Some(None));
    }
}
