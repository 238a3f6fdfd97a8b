//! What the flags mean together with the environment and `onroll.toml`: flags first, then environment, then the file,
//! then what is built in.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use uuid::Uuid;

use super::args::{
    DateOrderArgument, FailOnArgument, FormatArgument, OutputArguments, RememberArgument, RosterArguments,
    SuffixArgument,
};
use super::exit::{Exit, Failure};
use onroll_core::CheckSettings;
use onroll_core::clock;
use onroll_core::domain::{DateOrder, Host, RunId, SuffixDestination};
use onroll_core::map::MapFile;
use onroll_core::matching::Model;
use onroll_core::pipeline::IngestSettings;
use onroll_core::read::{Limits, Roster};
use onroll_core::review::DecisionFile;
use onroll_core::rules::{Rules, toml_complaint};

/// The vendor's one base address.
pub(super) const VENDOR_URL: &str = "https://partner.xcures.com";
const SETTINGS_FILE: &str = "onroll.toml";

/// `onroll.toml` in the working folder; every key is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsFile {
    /// As `--map`.
    pub map: Option<PathBuf>,
    /// As `--rules`.
    pub rules: Option<PathBuf>,
    /// As `--system`.
    pub system: Option<String>,
    /// As `--date-order`.
    pub date_order: Option<DateOrderArgument>,
    /// As `--suffix`.
    pub suffix: Option<SuffixArgument>,
    /// As `--threads`.
    pub threads: Option<usize>,
    /// As `--limit`.
    #[serde(default)]
    pub limit: Vec<String>,
    /// As `--format`.
    pub format: Option<FormatArgument>,
    /// As `--fail-on`.
    pub fail_on: Option<FailOnArgument>,
    /// As `--project`.
    pub project: Option<Uuid>,
    /// As `--url`.
    pub url: Option<String>,
    /// As `--credentials`.
    pub credentials: Option<PathBuf>,
    /// As `--ledger`.
    pub ledger: Option<PathBuf>,
    /// As `--remember`.
    pub remember: Option<RememberArgument>,
    /// As `--in-flight`.
    pub in_flight: Option<u8>,
}

impl SettingsFile {
    /// Reads `onroll.toml` where there is one.
    pub(super) fn read() -> Result<Self, Failure> {
        let path = Path::new(SETTINGS_FILE);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs_err::read_to_string(path).map_err(|error| Failure::file(&error))?;
        toml::from_str(&text).map_err(|error| {
            Failure::new(Exit::Configuration, format!("{SETTINGS_FILE}: {}", toml_complaint(&text, &error)))
        })
    }
}

/// How rosters are read, resolved.
#[derive(Debug)]
pub(super) struct RosterSettings {
    /// The rosters, globs resolved, in the order given.
    pub rosters: Vec<Roster>,
    /// The rules, and how they are read.
    pub check: CheckSettings,
}

impl RosterSettings {
    /// Resolves the flags; starts the thread pool.
    pub(super) fn resolve(arguments: &RosterArguments, file: &SettingsFile) -> Result<Self, Failure> {
        let map_file = match arguments.map.as_ref().or(file.map.as_ref()) {
            Some(path) => {
                Some(MapFile::read(path).map_err(|error| Failure::new(Exit::Configuration, error.to_string()))?)
            }
            None => None,
        };
        let threads = arguments.threads.or(file.threads).unwrap_or(0);
        // A pool that stands already, as in tests, has the number it was started with.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
        let mut rules = Rules::load(arguments.rules.as_deref().or(file.rules.as_deref()))?;
        if let Some(suffix) = arguments.suffix.or(file.suffix) {
            rules.names.suffix_destination = match suffix {
                SuffixArgument::AdditionalNames => SuffixDestination::AdditionalNames,
                SuffixArgument::LastName => SuffixDestination::LastName,
                SuffixArgument::Dropped => SuffixDestination::Dropped,
            };
        }
        Ok(Self {
            rosters: resolve_globs(&arguments.rosters)?,
            check: CheckSettings {
                rules,
                ingest: IngestSettings {
                    map_file,
                    system: arguments.system.clone().or_else(|| file.system.clone()),
                    date_order: arguments.date_order.or(file.date_order).map(|order| match order {
                        DateOrderArgument::Mdy => DateOrder::MonthFirst,
                        DateOrderArgument::Dmy => DateOrder::DayFirst,
                    }),
                    today: clock::today(),
                    model: arguments.model.as_deref().map(read_model).transpose()?,
                    decisions: match &arguments.decisions {
                        Some(path) => Some(DecisionFile::read(path).map_err(configuration)?),
                        None => None,
                    },
                    sheets: arguments.sheet.clone(),
                    limits: limits(&file.limit, &arguments.limit)?,
                },
            },
        })
    }

    /// Bytes of all rosters together, for the progress bar; 0 where a size is not known.
    pub(super) fn total_bytes(&self) -> u64 {
        self.rosters
            .iter()
            .filter_map(|roster| fs_err::metadata(roster.name()).ok())
            .map(|metadata| metadata.len())
            .sum()
    }
}

/// The limits of the file, with those of the command line over them.
fn limits(of_file: &[String], given: &[String]) -> Result<Limits, Failure> {
    let mut limits = Limits::default();
    for setting in of_file {
        limits.set(setting).map_err(|error| configuration(format!("{SETTINGS_FILE}: {error}")))?;
    }
    for setting in given {
        limits.set(setting).map_err(|error| Failure::new(Exit::Usage, format!("--limit: {error}")))?;
    }
    Ok(limits)
}

fn configuration(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Configuration, error.to_string())
}

fn read_model(path: &Path) -> Result<Model, Failure> {
    let text = fs_err::read_to_string(path).map_err(configuration)?;
    Model::from_json(&text).map_err(|reason| configuration(format!("{} {reason}", path.display())))
}

/// Shells expand globs before we see them; this is for the places where they do not.
fn resolve_globs(patterns: &[String]) -> Result<Vec<Roster>, Failure> {
    let mut rosters = Vec::new();
    for pattern in patterns {
        let is_pattern = pattern.contains(['*', '?', '[']) && !Path::new(pattern).exists();
        if !is_pattern {
            rosters.push(Roster::from_path(pattern));
            continue;
        }
        let paths = glob::glob(pattern)
            .map_err(|error| Failure::new(Exit::Usage, format!("\"{pattern}\" is not a valid pattern: {error}")))?;
        let before = rosters.len();
        rosters.extend(paths.filter_map(Result::ok).map(Roster::from_path));
        if rosters.len() == before {
            return Err(Failure::new(
                Exit::Input,
                format!("no file matches \"{pattern}\"; check the folder and the file extension"),
            ));
        }
    }
    Ok(rosters)
}

/// How results are given, resolved.
#[derive(Debug)]
pub(super) struct OutputSettings {
    /// Folder for the reports, when named.
    pub out: Option<PathBuf>,
    /// What is printed at the end.
    pub format: FormatArgument,
    /// What makes the exit code 1.
    pub fail_on: FailOnArgument,
    /// Whether stage times are printed.
    pub timings: bool,
}

impl OutputSettings {
    /// Resolves the flags.
    pub(super) fn resolve(arguments: &OutputArguments, file: &SettingsFile) -> Self {
        Self {
            out: arguments.out.clone(),
            format: arguments.format.or(file.format).unwrap_or_default(),
            fail_on: arguments.fail_on.or(file.fail_on).unwrap_or_default(),
            timings: arguments.timings,
        }
    }

    /// Refuses a place for the reports that is a file, or lies below one, before anything is done.
    pub(super) fn refuse_file_as_folder(&self) -> Result<(), Failure> {
        let nearest = self.out.iter().flat_map(|out| out.ancestors()).find(|place| place.exists());
        match nearest.filter(|place| !place.is_dir()) {
            Some(file) => Err(Failure::new(
                Exit::Configuration,
                format!("{} is a file, and the reports need a folder; name a folder with --out", file.display()),
            )),
            None => Ok(()),
        }
    }

    /// The folder of a run.
    pub(super) fn folder(&self, run: &RunId) -> PathBuf {
        self.out.clone().unwrap_or_else(|| Path::new("onroll-out").join(run.as_text()))
    }
}

/// The folder for ledgers: `ONROLL_HOME`, else the user's data folder. One place per user, so that a roster uploaded
/// from another working folder still meets the ledger that knows its people.
pub(super) fn data_folder() -> Result<PathBuf, Failure> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = variable("ONROLL_HOME")
        .or_else(|| variable("XDG_DATA_HOME").map(|data| data.join("onroll")))
        .or_else(|| variable("LOCALAPPDATA").map(|data| data.join("onroll")))
        .or_else(|| variable("HOME").map(|home| home.join(".local/share/onroll")));
    folder.ok_or_else(|| {
        Failure::new(Exit::Configuration, "there is no home folder for the ledger; name the ledger with --ledger")
    })
}

/// The ledger of a host and project where none is named.
pub(super) fn default_ledger(host: &Host, project: Uuid) -> Result<PathBuf, Failure> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '.';
    let letters = host.as_text().chars();
    let host: String = letters.map(|letter| if is_plain(letter) { letter } else { '-' }).collect();
    Ok(data_folder()?.join(format!("{host}_{project}.sqlite")))
}

/// Where the embedded sandbox keeps its subjects, and the ledger that belongs to it.
pub(super) fn sandbox_folder() -> PathBuf {
    Path::new("onroll-out").join("sandbox")
}
