//! What can be wrong with, or was changed in, a row: bad data is a value here, never an `Err`.
//!
//! The texts behind the codes stand in `rules/findings.toml`; a test there keeps file and enum in step.

use std::fmt;
use std::str::FromStr;

use super::field::Field;

/// What a finding does to its row. Ordered from harmless to fatal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A value was changed on the way.
    Changed,
    /// A value is missing or was dropped; the patient stays.
    Warn,
    /// The row waits for a person's decision.
    Hold,
    /// The row cannot be put on the roll.
    Reject,
}

impl Severity {
    /// The lower-case word used in rule files and reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Changed => "changed",
            Self::Warn => "warn",
            Self::Hold => "hold",
            Self::Reject => "reject",
        }
    }
}

macro_rules! finding_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident => $code:literal, $severity:ident;)+) => {
        /// A stable code. Letters: R row, N name, D date, S sex, A address, C contact, I identifier, M match, V vendor.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum FindingCode { $($(#[doc = $doc])+ $variant,)+ }

        impl FindingCode {
            /// Every code, in the order of the enumeration.
            pub const ALL: &'static [FindingCode] = &[$(FindingCode::$variant,)+];

            /// The code as printed, such as `D103`.
            pub const fn code(self) -> &'static str {
                match self { $(FindingCode::$variant => $code,)+ }
            }

            /// What it does to the row.
            pub const fn severity(self) -> Severity {
                match self { $(FindingCode::$variant => Severity::$severity,)+ }
            }
        }

        impl FromStr for FindingCode {
            type Err = UnknownFindingCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text.to_ascii_uppercase().as_str() {
                    $($code => Ok(FindingCode::$variant),)+
                    _ => Err(UnknownFindingCode(text.to_owned())),
                }
            }
        }
    };
}

finding_codes! {
    /// The row has more or fewer cells than the header.
    RaggedRow => "R101", Reject;
    /// The row's bytes are not text in the file's encoding.
    UndecodableRow => "R102", Reject;
    /// A quotation mark in the row stands where none can.
    MisquotedRow => "R110", Reject;
    /// The row holds NUL bytes.
    NulInRow => "R111", Reject;
    /// A text that was not quoted had fallen apart; the only way to put it together was taken.
    RowRepaired => "R112", Changed;
    /// A value stands for no value.
    Placeholder => "R105", Info;
    /// A cell holds a spreadsheet error such as `#N/A`.
    ErrorCell => "R103", Warn;
    /// A cell holds a formula whose value is not in the file.
    FormulaWithoutValue => "R104", Warn;
    /// The row of a sheet is a total, a note or a row of another table.
    NoPatient => "R121", Reject;
    /// The workbook hides the row.
    HiddenRow => "R120", Info;
    /// The first name is missing.
    FirstNameMissing => "N101", Reject;
    /// The last name is missing.
    LastNameMissing => "N102", Reject;
    /// A required name is a placeholder such as `UNKNOWN`.
    NamePlaceholder => "N103", Reject;
    /// A generational suffix was parted from the last name.
    SuffixParted => "N104", Changed;
    /// A name that was all one case was given name case.
    NameCaseRepaired => "N105", Changed;
    /// A title, a degree or a note was parted from a name.
    TitleParted => "N106", Changed;
    /// A second name in the same cell became a further name.
    AliasParted => "N107", Changed;
    /// The first name is what wards call a newborn without one.
    TemporaryName => "N108", Warn;
    /// The column of suffixes holds something that is no suffix.
    SuffixUnknown => "N109", Warn;
    /// Apostrophes, hyphens or stray marks in a name were written in one way.
    NameMarksTidied => "N110", Changed;
    /// Letters of a name that another program had broken were put right.
    NameMended => "N111", Changed;
    /// Letters of a name are lost.
    NameLettersLost => "N112", Warn;
    /// Something that is no name stands in a required name.
    NameDoubtful => "N113", Hold;
    /// The date of birth is missing.
    BirthDateMissing => "D101", Warn;
    /// The date of birth cannot be read as a date.
    BirthDateUnreadable => "D102", Warn;
    /// Day and month of a date cannot be distinguished in this column.
    DateAmbiguous => "D103", Hold;
    /// The date of birth lies in the future.
    BirthDateInFuture => "D104", Warn;
    /// The date of birth lies more than 120 years back.
    BirthDateTooOld => "D105", Warn;
    /// The date of death cannot be read, or lies in the future.
    DeathDateUnreadable => "D106", Warn;
    /// The date of death lies before the date of birth.
    DeathBeforeBirth => "D107", Hold;
    /// A year of two digits was given its century.
    CenturySupplied => "D108", Changed;
    /// Far more people of the file have the date of birth than chance allows.
    BirthDateShared => "D120", Warn;
    /// A day number of a workbook was read as the date that it stands for.
    DayNumberRead => "D109", Changed;
    /// A program may have exchanged day and month of the date.
    DateExchanged => "D110", Hold;
    /// The sex is missing.
    SexMissing => "S101", Warn;
    /// The sex is neither male nor female, so that none is sent.
    SexNotSent => "S102", Warn;
    /// The letter for the sex was read in the language of its column.
    SexForeign => "S103", Changed;
    /// No address at all.
    AddressMissing => "A101", Warn;
    /// The address lacks line 1, city, state or ZIP.
    AddressIncomplete => "A102", Warn;
    /// The state is not one of the United States or its territories.
    StateUnknown => "A103", Warn;
    /// The ZIP has neither 5 nor 9 digits.
    PostalCodeUnreadable => "A104", Warn;
    /// The street lines were brought into the standard spelling of the Postal Service.
    AddressStandardised => "A110", Changed;
    /// City, state or ZIP stood in the street line or in the city too.
    PlaceRepeated => "A118", Changed;
    /// A unit on the street line was moved to the second line.
    UnitMoved => "A111", Changed;
    /// The ZIP had lost its leading zeros.
    PostalCodeZerosRestored => "A112", Changed;
    /// The ZIP does not lie in the state.
    PostalCodeOutsideState => "A113", Warn;
    /// The street line has no house number, box or route.
    HouseNumberMissing => "A114", Warn;
    /// The four digits behind the ZIP were zeros, which stand for none.
    PostalCodeFillerDropped => "A115", Changed;
    /// Far more people of the file have the address than chance allows.
    AddressShared => "A120", Warn;
    /// The telephone number is not one of the North American Numbering Plan.
    PhoneUnreadable => "C101", Warn;
    /// The e-mail address is not one.
    EmailUnreadable => "C102", Warn;
    /// Far more people of the file have the telephone number than chance allows.
    PhoneShared => "C120", Warn;
    /// Far more people of the file have the e-mail address than chance allows.
    EmailShared => "C121", Warn;
    /// The extension of a telephone number has no place in the vendor's record.
    ExtensionDropped => "C103", Changed;
    /// Letters of a telephone number were replaced by the digits on their keys.
    PhoneLetters => "C104", Changed;
    /// The telephone number is toll-free: it reaches a business.
    PhoneTollFree => "C105", Warn;
    /// The e-mail address was taken out of what stood around it.
    EmailTidied => "C106", Changed;
    /// A word beside the telephone number says whose it is.
    PhoneNoteDropped => "C107", Changed;
    /// The column of subject ids holds something that is no UUID.
    SubjectIdUnreadable => "I101", Warn;
    /// A spreadsheet program turned the identifier into scientific notation: its digits are lost.
    IdentifierDigitsLost => "I102", Warn;
    /// A cell holds a social security number, which is not sent.
    SocialSecurityNumber => "I103", Warn;
    /// The row was merged with another row of the same person.
    MergedWithRow => "M101", Info;
    /// Rows that match by identifier disagree in birth date, sex or name.
    MergeConflict => "M102", Hold;
    /// Rows of the same name carry nothing that could tell them apart or show them to be one person.
    Indistinguishable => "M103", Hold;
    /// Rows of one person carry different subject ids.
    SubjectIdConflict => "M104", Hold;
    /// A further phone or e-mail address of a merged person has no place in the vendor's record.
    ContactNotCarried => "M105", Info;
    /// The match weight of two rows is too high to send both and too low to merge them.
    PossibleDuplicate => "M106", Hold;
    /// The row may describe a person who is on the roll under another id.
    PossiblyOnRoll => "M107", Hold;
    /// The roster says something about a person on the roll that was not sent.
    ChangedOnRoll => "M108", Warn;
    /// A whole name in one cell cannot be split surely.
    NameNotSplit => "M110", Hold;
    /// An address in one cell cannot be split surely.
    AddressNotSplit => "M111", Warn;
    /// A further name in one cell cannot be split surely.
    AdditionalNameNotSplit => "M112", Warn;
    /// The cell stands in a column whose content contradicts its header.
    ColumnContradicted => "M113", Warn;
    /// Two columns of one meaning disagree.
    ColumnsDisagree => "M114", Warn;
    /// Two columns disagree about the name or a date of the patient.
    IdentityColumnsDisagree => "M115", Hold;
    /// A third address line has no place in the vendor's record.
    AddressLineNotCarried => "M116", Warn;
    /// The row is the header again.
    HeaderRepeated => "M117", Reject;
    /// The row has too little of a first address, so that its mailing or second one is sent as the address.
    MailingAddressUsed => "M118", Changed;
    /// A value breaks one of the vendor's limits.
    VendorLimit => "V101", Reject;
    /// The vendor refused the subject.
    VendorRefused => "V102", Reject;
    /// The vendor holds another person under this subject id.
    HeldByAnotherPerson => "V103", Hold;
}

/// A code that does not exist.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no finding with the code \"{0}\"; `onroll explain` without a code lists them all")]
pub struct UnknownFindingCode(pub String);

impl FindingCode {
    /// Whether the cells of a row with it belong to no column for certain.
    pub const fn leaves_a_row_unsplit(self) -> bool {
        matches!(self, Self::RaggedRow | Self::UndecodableRow | Self::MisquotedRow | Self::NulInRow)
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// One thing found in one row. Carries no personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// What was found.
    pub code: FindingCode,
    /// The field it concerns; `None` when it concerns the row.
    pub field: Option<Field>,
}

impl Finding {
    /// A finding about a field.
    pub const fn in_field(code: FindingCode, field: Field) -> Self {
        Self { code, field: Some(field) }
    }

    /// A finding about the row as a whole.
    pub const fn in_row(code: FindingCode) -> Self {
        Self { code, field: None }
    }

    /// The severity of its code.
    pub const fn severity(self) -> Severity {
        self.code.severity()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) => write!(formatter, "{}:{field}", self.code),
            None => write!(formatter, "{}", self.code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_own_text_in_either_case() {
        for code in FindingCode::ALL {
            assert_eq!(code.code().to_ascii_lowercase().parse(), Ok(*code));
        }
    }

    #[test]
    fn no_code_is_used_twice() {
        let mut codes: Vec<_> = FindingCode::ALL.iter().map(|code| code.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), FindingCode::ALL.len());
    }
}
