//! The exit codes and the error that carries one: the only place where a failure becomes a number.

use std::process::ExitCode;

use crate::ledger::LedgerError;
use crate::runs::RunError;
use crate::upload::UploadError;
use onroll_core::map::MapError;
use onroll_core::pipeline::PipelineError;
use onroll_core::report::ReportError;
use onroll_core::rules::RulesError;

/// How the program ends. Documented for users in docs/exit-codes.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Done, but some rows need attention.
    Attention = 1,
    /// The command could not be understood.
    Usage = 2,
    /// An input cannot be read, or is not a roster.
    Input = 3,
    /// A setting, rule file, mapping, ledger or output folder cannot be used, or a mapping must be confirmed.
    Configuration = 4,
    /// xCures refused the credentials or the project.
    Access = 5,
    /// Some requests were sent, and it is not known whether they succeeded.
    OutcomesUnknown = 6,
    /// A defect of onroll itself.
    Bug = 70,
    /// Paused; the same command continues where this run stopped.
    Paused = 75,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure with its exit code. The message holds no personal data.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// How the program ends.
    pub exit: Exit,
    /// What happened, where, and what to do next.
    pub message: String,
}

impl Failure {
    /// A failure with a message.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// A file or folder that onroll cannot write or read. The error names the path.
    pub fn file(error: &std::io::Error) -> Self {
        Self::new(Exit::Configuration, error.to_string())
    }
}

impl From<RulesError> for Failure {
    fn from(error: RulesError) -> Self {
        Self::new(Exit::Configuration, error.to_string())
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::new(Exit::Configuration, error.to_string())
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        let exit = match &error {
            ReportError::File { .. } => Exit::Configuration,
            ReportError::Imbalance(_) => Exit::Bug,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Self {
        let exit = match &error {
            UploadError::Credentials | UploadError::Project { .. } | UploadError::Forbidden { .. } => Exit::Access,
            UploadError::NotReachable { .. } => Exit::Paused,
            UploadError::Address { .. } | UploadError::Ledger(_) => Exit::Configuration,
            UploadError::WorkerLost => Exit::OutcomesUnknown,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let message = error.to_string();
        let exit = match error {
            RunError::Pipeline(error) => return (*error).into(),
            RunError::Report(error) => return error.into(),
            RunError::Upload { source, .. } => Self::from(*source).exit,
            RunError::Ledger(_)
            | RunError::Memory(_)
            | RunError::UnconfirmedMapping { .. }
            | RunError::OtherVersion(_)
            | RunError::Runtime(_) => Exit::Configuration,
            RunError::Unplanned { .. } => Exit::Usage,
            RunError::NotStorable(_) | RunError::WriterLost => Exit::Bug,
        };
        Self::new(exit, message)
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        let exit = match &error {
            PipelineError::Decisions(_)
            | PipelineError::Memory(_)
            | PipelineError::MapFile { .. }
            | PipelineError::NoRoster { source: MapError::MapFile(_), .. } => Exit::Configuration,
            PipelineError::Read(_) | PipelineError::NoRoster { .. } | PipelineError::MissingRequired { .. } => {
                Exit::Input
            }
            PipelineError::TooManyTables | PipelineError::NoSuchSheet { .. } => Exit::Usage,
        };
        Self::new(exit, error.to_string())
    }
}
