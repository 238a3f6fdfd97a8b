//! What a failed request means: did it arrive, may it be sent again, and who has to act.

use std::time::Duration;

use onroll_core::domain::Text;

/// What is known after a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureClass {
    /// It did not leave, or reached nobody: no connection, no name, no TLS.
    NotSent,
    /// It was refused, and sending it again as it is would be refused again.
    Definite,
    /// Refused for being one too many; nothing happened.
    Throttled,
    /// It may or may not have been done: no answer, a broken one, or a fault on the vendor's side.
    Ambiguous,
    /// A subject with one of the ids exists.
    Exists,
    /// There is no such thing in this project. An answer to looking something up.
    NotFound,
    /// The token is refused, also a fresh one; or the project is not one of the credentials'.
    Unauthorized,
    /// The credentials may not do this.
    Forbidden,
}

impl FailureClass {
    /// A word for events, logs and the ledger.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotSent => "not sent",
            Self::Definite => "refused",
            Self::Throttled => "throttled",
            Self::Ambiguous => "no clear answer",
            Self::Exists => "exists",
            Self::NotFound => "not found",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
        }
    }

    /// Whether the same request may be sent again as it is.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::NotSent | Self::Throttled | Self::Ambiguous)
    }
}

/// A failed request. `Debug` shows no text from the vendor: it may hold personal data.
#[derive(Clone, Debug)]
pub struct ApiFailure {
    /// What is known.
    pub class: FailureClass,
    /// The HTTP status, when one came.
    pub status: Option<u16>,
    /// How long the vendor asks to wait.
    pub retry_after: Option<Duration>,
    /// The vendor's own words, untrusted.
    pub detail: Option<Text>,
}

impl ApiFailure {
    /// A failure of which only the class is known.
    pub const fn new(class: FailureClass) -> Self {
        Self { class, status: None, retry_after: None, detail: None }
    }

    /// What the ledger notes as the answer.
    pub fn note(&self) -> String {
        match self.status {
            Some(status) => format!("{} ({status})", self.class.word()),
            None => self.class.word().to_owned(),
        }
    }
}

/// What an HTTP status means; `None` for the two that mean success. Redirects are not followed, so that a request may
/// have been done and answered with one.
pub const fn class_of_status(status: u16) -> Option<FailureClass> {
    match status {
        200 | 201 => None,
        401 => Some(FailureClass::Unauthorized),
        403 => Some(FailureClass::Forbidden),
        404 => Some(FailureClass::NotFound),
        409 => Some(FailureClass::Exists),
        429 => Some(FailureClass::Throttled),
        408 => Some(FailureClass::Ambiguous),
        400..=499 => Some(FailureClass::Definite),
        _ => Some(FailureClass::Ambiguous),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_means_what_the_contract_says() {
        use FailureClass::{Ambiguous, Definite, Exists, Forbidden, NotFound, Throttled, Unauthorized};
        let table = [
            (200, None),
            (201, None),
            (202, Some(Ambiguous)),
            (204, Some(Ambiguous)),
            (302, Some(Ambiguous)),
            (400, Some(Definite)),
            (401, Some(Unauthorized)),
            (403, Some(Forbidden)),
            (404, Some(NotFound)),
            (408, Some(Ambiguous)),
            (409, Some(Exists)),
            (413, Some(Definite)),
            (422, Some(Definite)),
            (429, Some(Throttled)),
            (500, Some(Ambiguous)),
            (503, Some(Ambiguous)),
            (504, Some(Ambiguous)),
            (99, Some(Ambiguous)),
        ];
        for (status, expected) in table {
            assert_eq!(class_of_status(status), expected, "{status}");
        }
    }

    #[test]
    fn only_what_may_be_repeated_is_retryable() {
        use FailureClass::{Ambiguous, Definite, Exists, Forbidden, NotFound, NotSent, Throttled, Unauthorized};
        assert!([NotSent, Throttled, Ambiguous].iter().all(|class| class.is_retryable()));
        assert!(![Definite, Exists, NotFound, Unauthorized, Forbidden].iter().any(|class| class.is_retryable()));
    }
}
