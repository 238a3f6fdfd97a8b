//! The raw flags, exactly as they were typed. `settings` resolves them, and no stage ever sees these.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Creates each patient of a roster in xCures exactly once, and accounts for every row.
#[derive(Debug, Parser)]
#[command(name = "onroll", version, about, max_term_width = 100, propagate_version = true)]
pub struct Arguments {
    /// Print only errors to stderr; results still go to stdout
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Log what happens to stderr, never with patient data; give it twice for more detail
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Dry run: read, check and match a roster, and write the quality report; no network
    Check(CheckArguments),
    /// Create the subjects in xCures and write the reconciliation report; can be resumed
    Upload(UploadArguments),
    /// Check credentials, project, ledger and clock, and say what to do if one is wrong
    Doctor(DoctorArguments),
    /// Show the runs in the ledger, and what is left to do in each
    Status(StatusArguments),
    /// Write the reports of a run again, from the ledger
    Report(ReportArguments),
    /// Serve the xCures API on this machine, with faults on demand
    Sandbox(SandboxArguments),
    /// Measure the matching against known identities: precision, recall, F1
    Evaluate(EvaluateArguments),
    /// Write a synthetic roster, and its truth: which rows are the same person
    Generate(GenerateArguments),
    /// Explain what a finding means and how to fix it
    Explain(ExplainArguments),
    /// Print the column mapping onroll would use, to save and edit
    Map(MapArguments),
    /// Export the rule files for editing, or check edited ones
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// How rosters are read; shared by `check`, `upload` and `map`.
#[derive(Debug, Args)]
pub struct RosterArguments {
    /// The rosters: paths, globs, or - to read delimited text from standard input
    #[arg(required = true, value_name = "ROSTER")]
    pub rosters: Vec<String>,
    /// Use this column mapping (`onroll map` prints one that you can edit)
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Read this sheet of a workbook, by name or number; repeatable (default: every sheet with a roster)
    #[arg(long, value_name = "SHEET")]
    pub sheet: Vec<String>,
    /// Use the rule files of this folder in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Name the system that assigned the external ids, if no column does
    #[arg(long, value_name = "NAME")]
    pub system: Option<String>,
    /// Day/month order to assume if a column is ambiguous
    #[arg(long, value_enum)]
    pub date_order: Option<DateOrderArgument>,
    /// Where to send a suffix such as Jr, because xCures has no field for it (default: additional-names)
    #[arg(long, value_enum)]
    pub suffix: Option<SuffixArgument>,
    /// Match with the model.json of an earlier run, without estimating a new model
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Apply a steward's decisions: a duplicates.csv with the column `decision` filled in
    #[arg(long, value_name = "FILE")]
    pub decisions: Option<PathBuf>,
    /// Number of threads (default: one per core)
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Change a limit on the size of files, such as columns=2000 or file=2GiB (docs/reading.md lists them all);
    /// repeatable; separated by commas in the environment variable
    #[arg(long, value_name = "NAME=NUMBER", env = "ONROLL_LIMIT", value_delimiter = ',')]
    pub limit: Vec<String>,
}

/// Where results go; shared by `check`, `upload` and `report`.
#[derive(Debug, Args)]
pub struct OutputArguments {
    /// Folder for the reports (default: onroll-out/RUN)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What to print at the end
    #[arg(long, value_enum)]
    pub format: Option<FormatArgument>,
    /// Which rows make the exit code 1
    #[arg(long, value_enum)]
    pub fail_on: Option<FailOnArgument>,
    /// Print how long each stage took
    #[arg(long)]
    pub timings: bool,
}

/// `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// How the rosters are read.
    #[command(flatten)]
    pub roster: RosterArguments,
    /// Where results go.
    #[command(flatten)]
    pub output: OutputArguments,
    /// Show who is already in xCures, according to this ledger of earlier uploads; the ledger is only read
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
}

/// `upload`.
#[derive(Debug, Args)]
pub struct UploadArguments {
    /// How the rosters are read.
    #[command(flatten)]
    pub roster: RosterArguments,
    /// Where results go.
    #[command(flatten)]
    pub output: OutputArguments,
    /// Accept columns that were mapped by their cells alone, after you have reviewed them with `check`
    #[arg(long)]
    pub accept_mapping: bool,
    /// Which service, and with which credentials.
    #[command(flatten)]
    pub vendor: VendorArguments,
    /// Maximum requests in flight, 1 to 15; onroll sends fewer if xCures asks for that
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=15))]
    pub in_flight: Option<u8>,
    /// What the ledger keeps about each patient sent (default: records)
    #[arg(long, value_enum)]
    pub remember: Option<RememberArgument>,
}

/// The xCures side; shared by `upload` and `doctor`.
#[derive(Debug, Args)]
pub struct VendorArguments {
    /// Run against the embedded sandbox instead of xCures
    #[arg(long, conflicts_with_all = ["url", "project", "credentials", "credentials_command"])]
    pub sandbox: bool,
    /// Play the faults in this scenario file in the embedded sandbox
    #[arg(long, value_name = "FILE", requires = "sandbox")]
    pub scenario: Option<PathBuf>,
    /// The xCures project in which to create the patients
    #[arg(long, value_name = "UUID", env = "ONROLL_PROJECT")]
    pub project: Option<uuid::Uuid>,
    /// Base address of the API
    #[arg(long, value_name = "URL", env = "ONROLL_URL")]
    pub url: Option<String>,
    /// File with the lines `client_id = "..."` and `client_secret = "..."`, readable only by you (default: the
    /// environment variables `ONROLL_CLIENT_ID` and `ONROLL_CLIENT_SECRET`)
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// Shell command that prints the same two lines, for example from a password manager
    #[arg(long, value_name = "COMMAND", conflicts_with = "credentials")]
    pub credentials_command: Option<String>,
    /// The ledger (default: one per host and project in your data folder)
    #[arg(long, value_name = "FILE", env = "ONROLL_LEDGER")]
    pub ledger: Option<PathBuf>,
}

/// `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Which service, and with which credentials.
    #[command(flatten)]
    pub vendor: VendorArguments,
}

/// `status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Which ledger.
    #[command(flatten)]
    pub ledger: LedgerArguments,
    /// List the decisions on pairs in the ledger, including those that were replaced
    #[arg(long)]
    pub decisions: bool,
}

/// Which ledger; shared by `status` and `report`.
#[derive(Debug, Args)]
pub struct LedgerArguments {
    /// The ledger (default: every ledger in your data folder, and the ledger of the sandbox)
    #[arg(long, value_name = "FILE", env = "ONROLL_LEDGER")]
    pub ledger: Option<PathBuf>,
}

/// `report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// The run's id, as shown by `onroll status`
    pub run: String,
    /// Which ledger.
    #[command(flatten)]
    pub ledger: LedgerArguments,
    /// Where results go.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// `sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArguments {
    /// Port on 127.0.0.1; 0 chooses a free one
    #[arg(long, default_value_t = 8787)]
    pub port: u16,
    /// Keep the subjects in this file (default: in memory)
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
    /// Write one line of JSON per request to this file
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Play the faults in this scenario file; docs/sandbox.md explains them, tests/scenarios has examples
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Milliseconds that each answer takes
    #[arg(long, value_name = "MS")]
    pub latency_ms: Option<u64>,
    /// Up to this many further milliseconds, drawn at random for each answer
    #[arg(long, value_name = "MS")]
    pub jitter_ms: Option<u64>,
    /// Answer 429 while more requests than this are in flight
    #[arg(long, value_name = "N")]
    pub ceiling: Option<usize>,
    /// Send Retry-After with each 429
    #[arg(long, value_name = "SECONDS")]
    pub retry_after: Option<u64>,
    /// Fail the Nth request: `N=STATUS`, or `N=cut` to lose the answer after the work is done; repeatable
    #[arg(long, value_name = "N=FAILURE")]
    pub fail: Vec<String>,
    /// Seconds until a token expires
    #[arg(long, value_name = "SECONDS")]
    pub token_life: Option<u64>,
    /// Seed for everything random (default: 1)
    #[arg(long)]
    pub seed: Option<u64>,
}

/// `generate`.
#[derive(Debug, Args)]
pub struct GenerateArguments {
    /// Number of rows, duplicates included
    #[arg(long, default_value_t = 1_000)]
    pub rows: u64,
    /// Seed; the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The CSV file to write the roster to
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Write the truth to this file: one line per row, with the person's number
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
    /// Which kind of roster to write
    #[arg(long, value_enum, default_value_t)]
    pub kind: KindArgument,
    /// Share of rows that describe the same person as another row, 0 to 0.9
    #[arg(long, default_value_t = 0.1)]
    pub duplicates: f64,
    /// How frequent errors are: 0 for none, 1 for the usual rate, up to 10 times that (default: 1; 0 for --kind clean)
    #[arg(long)]
    pub noise: Option<f64>,
    /// Share of rows without birth date and sex, 0 to 1 (not for --kind office or distinct)
    #[arg(long, default_value_t = 0.0)]
    pub undated: f64,
}

/// What a synthetic roster is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum KindArgument {
    /// An export with record numbers: few relatives, and birth dates that are correct if given
    #[default]
    Office,
    /// A clinic's register without record numbers: households, twins, namesakes, movers, every front-desk error
    Clinic,
    /// A census of the same households: names, birth date, sex and address only
    Population,
    /// As clinic, without errors
    Clean,
    /// People with nothing in common, one row each, without errors: to create an exact number of subjects
    Distinct,
}

/// `evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// How the rosters are read.
    #[command(flatten)]
    pub roster: RosterArguments,
    /// The truth: a CSV file with the columns row (the row in the roster, whose header is row 1) and person, as
    /// `onroll generate --truth` writes it
    #[arg(long, value_name = "FILE", required_unless_present = "truth_column", conflicts_with = "truth_column")]
    pub truth: Option<PathBuf>,
    /// The column of the roster with the truth: the same value for the same person; it must not be mapped to a field
    #[arg(long, value_name = "NAME")]
    pub truth_column: Option<String>,
    /// Folder for evaluation.html and evaluation.json (default: onroll-out/RUN)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What to print at the end
    #[arg(long, value_enum)]
    pub format: Option<FormatArgument>,
}

/// `rules`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Write the built-in rule files into a folder
    Export {
        /// The folder; none of the rule files may exist in it yet
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Check whether the rule files in a folder are valid, and list which are edited
    Check {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// `explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// The code, such as D103 (default: list all codes)
    pub code: Option<String>,
    /// Use the rule files of this folder in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
}

/// `map`.
#[derive(Debug, Args)]
pub struct MapArguments {
    /// How the rosters are read.
    #[command(flatten)]
    pub roster: RosterArguments,
}

/// Order of day and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrderArgument {
    /// Month, day, year
    Mdy,
    /// Day, month, year
    Dmy,
}

/// What the ledger keeps about patients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RememberArgument {
    /// The record sent for each, so that a later roster with another spelling is recognised
    #[default]
    Records,
    /// Only ids and keyed hashes; records already in the ledger are erased
    Identifiers,
}

/// Where a generational suffix goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuffixArgument {
    /// Into an additional name; the last name is sent without it
    AdditionalNames,
    /// After the last name
    LastName,
    /// Nowhere: it is not sent
    Dropped,
}

/// What is printed at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FormatArgument {
    /// A summary for people
    #[default]
    Human,
    /// The contents of report.json
    Json,
}

/// What makes the exit code 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailOnArgument {
    /// Rows that were held, rejected, failed or unknown
    #[default]
    Attention,
    /// The same rows, and rows with a warning
    Warn,
    /// None: the exit code is 0 whenever the run completes
    Never,
}
