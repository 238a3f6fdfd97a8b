//! What was typed, exactly: the raw flags. `settings` makes meaning of them, and no stage ever sees these.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Puts every patient of a roster on the xCures roll exactly once, and accounts for every row.
#[derive(Debug, Parser)]
#[command(name = "onroll", version, about, max_term_width = 100, propagate_version = true)]
pub struct Arguments {
    /// Say nothing on stderr but errors; the result is still printed
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Log what happens to stderr, never with patient data; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Dry run: read, check and match a roster, write the quality report; no network
    Check(CheckArguments),
    /// Create the subjects, resumable, and write the reconciliation report
    Upload(UploadArguments),
    /// Check credentials, project, ledger and clock, and tell what to do where one is wrong
    Doctor(DoctorArguments),
    /// Show the runs in the ledger, and what is left of each
    Status(StatusArguments),
    /// Write a run's reports again, from the ledger
    Report(ReportArguments),
    /// Serve the vendor's API on this machine, with faults on demand
    Sandbox(SandboxArguments),
    /// Measure the matching against known identities: precision, recall, F1
    Evaluate(EvaluateArguments),
    /// Write a synthetic roster, and the truth about who is who
    Generate(GenerateArguments),
    /// Tell what a finding means and how to fix it
    Explain(ExplainArguments),
    /// Print the column mapping that would be used, to save and edit
    Map(MapArguments),
    /// Write the rule files out to edit them, or check edited ones
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
    /// The rosters: paths, globs, or - for delimited text on standard input
    #[arg(required = true, value_name = "ROSTER")]
    pub rosters: Vec<String>,
    /// Use this column mapping (`onroll map` prints one to start from)
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Read this sheet of a workbook, by name or number; may be given several times (default: all that hold a roster)
    #[arg(long, value_name = "SHEET")]
    pub sheet: Vec<String>,
    /// Lay the rule files of this folder over the built-in ones
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Name the system that assigned the external ids, where no column names it
    #[arg(long, value_name = "NAME")]
    pub system: Option<String>,
    /// Order of day and month in columns that do not tell
    #[arg(long, value_enum)]
    pub date_order: Option<DateOrderArgument>,
    /// Where a suffix such as Jr goes, as the vendor has no field for it (default: additional-names)
    #[arg(long, value_enum)]
    pub suffix: Option<SuffixArgument>,
    /// Judge pairs of rows by this model.json of an earlier run
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Apply a steward's verdicts: a duplicates.csv with the column decision filled in
    #[arg(long, value_name = "FILE")]
    pub decisions: Option<PathBuf>,
    /// Number of threads (default: one per core)
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Read larger files than usual, or only smaller ones: columns=2000, file=2GiB and others (docs/reading.md lists
    /// them); may be given several times, and in the environment with commas between
    #[arg(long, value_name = "NAME=NUMBER", env = "ONROLL_LIMIT", value_delimiter = ',')]
    pub limit: Vec<String>,
}

/// How results are given; shared by `check`, `upload` and `report`.
#[derive(Debug, Args)]
pub struct OutputArguments {
    /// Folder for the reports (default: onroll-out/RUN)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What to print at the end
    #[arg(long, value_enum)]
    pub format: Option<FormatArgument>,
    /// What makes the exit code 1
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
    /// How results are given.
    #[command(flatten)]
    pub output: OutputArguments,
    /// Tell who is on the roll already, by this ledger of earlier uploads; it is only read
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
}

/// `upload`.
#[derive(Debug, Args)]
pub struct UploadArguments {
    /// How the rosters are read.
    #[command(flatten)]
    pub roster: RosterArguments,
    /// How results are given.
    #[command(flatten)]
    pub output: OutputArguments,
    /// Go on with columns that were mapped by their content alone, after `check` has shown them
    #[arg(long)]
    pub accept_mapping: bool,
    /// Which vendor, and as whom.
    #[command(flatten)]
    pub vendor: VendorArguments,
    /// Most requests in flight at once, 1 to 15: fewer when the vendor asks for it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=15))]
    pub in_flight: Option<u8>,
    /// What the ledger keeps of the patients that are sent (default: records)
    #[arg(long, value_enum)]
    pub remember: Option<RememberArgument>,
}

/// The vendor's side; shared by `upload` and `doctor`.
#[derive(Debug, Args)]
pub struct VendorArguments {
    /// Run against an embedded sandbox instead of the vendor
    #[arg(long, conflicts_with_all = ["url", "project", "credentials", "credentials_command"])]
    pub sandbox: bool,
    /// Play the faults of this scenario file in the embedded sandbox
    #[arg(long, value_name = "FILE", requires = "sandbox")]
    pub scenario: Option<PathBuf>,
    /// The project to put the patients in
    #[arg(long, value_name = "UUID", env = "ONROLL_PROJECT")]
    pub project: Option<uuid::Uuid>,
    /// Base address of the API
    #[arg(long, value_name = "URL", env = "ONROLL_URL")]
    pub url: Option<String>,
    /// File with `client_id = "..."` and `client_secret = "..."`, readable by you alone (default: the environment
    /// variables `ONROLL_CLIENT_ID` and `ONROLL_CLIENT_SECRET`)
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// Shell command that prints the same two lines, such as one of a password manager
    #[arg(long, value_name = "COMMAND", conflicts_with = "credentials")]
    pub credentials_command: Option<String>,
    /// The ledger (default: one per host and project in your data folder)
    #[arg(long, value_name = "FILE", env = "ONROLL_LEDGER")]
    pub ledger: Option<PathBuf>,
}

/// `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Which vendor, and as whom.
    #[command(flatten)]
    pub vendor: VendorArguments,
}

/// `status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Which ledger.
    #[command(flatten)]
    pub ledger: LedgerArguments,
    /// List the verdicts on pairs that are remembered, with those whose place another one took
    #[arg(long)]
    pub decisions: bool,
}

/// Which ledger; shared by `status` and `report`.
#[derive(Debug, Args)]
pub struct LedgerArguments {
    /// The ledger (default: every ledger in your data folder and the sandbox's)
    #[arg(long, value_name = "FILE", env = "ONROLL_LEDGER")]
    pub ledger: Option<PathBuf>,
}

/// `report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// The run, as `onroll status` names it
    pub run: String,
    /// Which ledger.
    #[command(flatten)]
    pub ledger: LedgerArguments,
    /// How results are given.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// `sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArguments {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8787)]
    pub port: u16,
    /// Keep the subjects in this file (default: in memory)
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
    /// Write one JSON line per request to this file
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Play the faults of this scenario file; docs/sandbox.md explains them, tests/scenarios has examples
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Milliseconds that each answer takes
    #[arg(long, value_name = "MS")]
    pub latency_ms: Option<u64>,
    /// Further milliseconds, drawn at random up to this many
    #[arg(long, value_name = "MS")]
    pub jitter_ms: Option<u64>,
    /// Answer 429 while more requests than this are in flight
    #[arg(long, value_name = "N")]
    pub ceiling: Option<usize>,
    /// Send Retry-After with each 429
    #[arg(long, value_name = "SECONDS")]
    pub retry_after: Option<u64>,
    /// Fail the Nth request: `N=STATUS`, or `N=cut` for an answer that is lost after the work was done; repeatable
    #[arg(long, value_name = "N=FAILURE")]
    pub fail: Vec<String>,
    /// Seconds until a token dies
    #[arg(long, value_name = "SECONDS")]
    pub token_life: Option<u64>,
    /// Seed of everything random (default: 1)
    #[arg(long)]
    pub seed: Option<u64>,
}

/// `generate`.
#[derive(Debug, Args)]
pub struct GenerateArguments {
    /// Number of rows, duplicates included
    #[arg(long, default_value_t = 1_000)]
    pub rows: u64,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The roster to write, as CSV
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Write who is who: one line per row with the person's number
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
    /// What the roster is like
    #[arg(long, value_enum, default_value_t)]
    pub kind: KindArgument,
    /// Share of rows that describe a person another row describes, 0 to 0.9
    #[arg(long, default_value_t = 0.1)]
    pub duplicates: f64,
    /// How frequent errors are: 0 none, 1 as usual, up to 10 times as usual (default: 1; 0 for --kind clean)
    #[arg(long)]
    pub noise: Option<f64>,
    /// Share of rows with neither birth date nor sex, 0 to 1 (not for --kind office)
    #[arg(long, default_value_t = 0.0)]
    pub undated: f64,
}

/// What a synthetic roster is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum KindArgument {
    /// An export with record numbers: few relatives, birth dates that are right where they are given
    #[default]
    Office,
    /// A clinic's register without record numbers: households, twins, namesakes, movers, every error of a desk
    Clinic,
    /// A census of the same households: names, birth date, sex and address alone
    Population,
    /// As clinic, without errors
    Clean,
    /// People who have nothing in common, one row each, without errors: for filling a roll with an exact number
    Distinct,
}

/// `evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// How the rosters are read.
    #[command(flatten)]
    pub roster: RosterArguments,
    /// Who is who: a CSV with the columns row (that of the roster, whose header is row 1) and person, as `onroll generate --truth`
    /// writes it
    #[arg(long, value_name = "FILE", required_unless_present = "truth_column", conflicts_with = "truth_column")]
    pub truth: Option<PathBuf>,
    /// The column of the roster that tells who is who; it must not be mapped to a field
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
        /// The folder; none of the files may be there yet
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Tell whether the rule files of a folder can be used, and which are edited
    Check {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// `explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// The code, such as D103; without one, all codes are listed
    pub code: Option<String>,
    /// Lay the rule files of this folder over the built-in ones
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

/// What the ledger keeps of patients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RememberArgument {
    /// What was sent of each, so that another spelling of the same person is recognised later
    #[default]
    Records,
    /// Ids and keyed hashes alone; records that are there are erased
    Identifiers,
}

/// Where a generational suffix goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuffixArgument {
    /// Into a further name, and the last name goes without it
    AdditionalNames,
    /// Behind the last name
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
    /// The content of report.json
    Json,
}

/// What makes the exit code 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailOnArgument {
    /// Rows that were held, rejected or refused
    #[default]
    Attention,
    /// The same, and rows with a warning
    Warn,
    /// Nothing: 0 whenever the run came to its end
    Never,
}
