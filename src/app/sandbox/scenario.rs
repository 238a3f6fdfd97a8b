//! Scenario files: everything that goes wrong at a vendor, as data that users can write and play.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::faults::{Failure, FaultRates};
use super::settings::{BatchConflict, SandboxSettings};

/// A scenario as its TOML file has it. Every key may be left out; an unknown one is refused. docs/sandbox.md explains
/// them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// What it plays, in a sentence.
    pub what: String,
    seed: Option<u64>,
    latency_ms: u64,
    jitter_ms: u64,
    slots: Option<usize>,
    refusal_ms: u64,
    retry_after: Option<String>,
    batch_conflict: Option<BatchConflict>,
    largest_batch: Option<usize>,
    unacceptable_every: Option<u64>,
    unacceptable_refuses_batch: bool,
    token_life_ms: Option<u64>,
    token_expires_in: Option<toml::Value>,
    project_lost_after_ms: Option<u64>,
    slow_body_ms: Option<u64>,
    rates: FaultRates,
    slots_change: Vec<SlotsChange>,
    neighbour: Vec<Neighbour>,
    outage: Vec<Outage>,
    rotation: Vec<Rotation>,
    failures: BTreeMap<String, String>,
}

/// From a moment on, another number of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotsChange {
    /// Milliseconds since the sandbox started.
    pub after_ms: u64,
    /// The slots from then on.
    pub slots: usize,
}

/// Another client of the same project that takes slots, for a time or on and off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neighbour {
    /// Milliseconds since the sandbox started.
    pub from_ms: u64,
    /// How long it stays, in milliseconds.
    pub for_ms: u64,
    /// It comes back every so many milliseconds; absent: once.
    pub every_ms: Option<u64>,
    /// The slots that it takes.
    pub slots: usize,
}

/// A time in which nothing works.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// Milliseconds since the sandbox started.
    pub from_ms: u64,
    /// How long it lasts, in milliseconds.
    pub for_ms: u64,
    /// How every request fails meanwhile, in the words of `failures`; 503 when absent.
    #[serde(default)]
    pub failure: Failure,
}

/// From a moment on, another secret; tokens made before are dead.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// Milliseconds since the sandbox started.
    pub after_ms: u64,
    /// The secret from then on.
    #[serde(deserialize_with = "secret")]
    pub secret: SecretString,
}

impl std::fmt::Debug for Rotation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Rotation").field("after_ms", &self.after_ms).finish_non_exhaustive()
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

/// A scenario file that cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// It cannot be read.
    #[error("the scenario {} cannot be read: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// It is no TOML, or has a key or value that scenarios do not have.
    #[error("the scenario {} is not valid: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Where, and what is wrong.
        reason: String,
    },
}

impl Scenario {
    /// Reads a scenario file.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text =
            fs_err::read_to_string(path).map_err(|reason| ScenarioError::File { path: path.to_owned(), reason })?;
        Self::parse(&text).map_err(|reason| ScenarioError::Content { path: path.to_owned(), reason })
    }

    /// Reads a scenario from TOML; the error names the line and key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let scenario: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        scenario.planned_failures()?;
        scenario.rates.check()?;
        if scenario.neighbour.iter().any(|neighbour| neighbour.every_ms == Some(0)) {
            return Err("neighbour: every_ms must be 1 or more".to_owned());
        }
        Ok(scenario)
    }

    fn planned_failures(&self) -> Result<BTreeMap<u64, Failure>, String> {
        let read = |(number, failure): (&String, &String)| {
            let number = number.parse().map_err(|_| format!("failures: {number:?} is not a request number"))?;
            let failure = failure.parse().map_err(|error| format!("failures: {number}: {error}"))?;
            Ok((number, failure))
        };
        self.failures.iter().map(read).collect()
    }

    /// Lays the scenario over settings.
    pub fn play_in(&self, settings: &mut SandboxSettings) {
        let time = Duration::from_millis;
        settings.seed = self.seed.unwrap_or(settings.seed);
        settings.latency = time(self.latency_ms);
        settings.latency_jitter = time(self.jitter_ms);
        settings.ceiling = self.slots;
        settings.refusal_time = time(self.refusal_ms);
        settings.retry_after.clone_from(&self.retry_after);
        settings.batch_conflict = self.batch_conflict.unwrap_or(settings.batch_conflict);
        settings.largest_batch = self.largest_batch;
        settings.unacceptable_every = self.unacceptable_every;
        settings.unacceptable_refuses_batch = self.unacceptable_refuses_batch;
        settings.token_life = self.token_life_ms.map(time);
        settings.token_expires_in = self.token_expires_in.as_ref().and_then(|value| serde_json::to_value(value).ok());
        settings.project_lost_after = self.project_lost_after_ms.map(time);
        settings.slow_body = self.slow_body_ms.map_or(settings.slow_body, time);
        settings.rates = self.rates;
        settings.slots_changes.clone_from(&self.slots_change);
        settings.neighbours.clone_from(&self.neighbour);
        settings.outages.clone_from(&self.outage);
        settings.rotations.clone_from(&self.rotation);
        // Checked when the scenario was read.
        settings.failures = self.planned_failures().unwrap_or_default();
    }
}

impl Neighbour {
    /// The slots that it takes at a moment.
    pub(super) fn slots_used(&self, at: Duration) -> usize {
        let Some(since) = at.as_millis().checked_sub(u128::from(self.from_ms)) else { return 0 };
        let since = self.every_ms.map_or(since, |every| since % u128::from(every.max(1)));
        if since < u128::from(self.for_ms) { self.slots } else { 0 }
    }
}

impl Outage {
    /// Whether it lasts at a moment.
    pub(super) fn lasts(&self, at: Duration) -> bool {
        let at = at.as_millis();
        at >= u128::from(self.from_ms) && at < u128::from(self.from_ms) + u128::from(self.for_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_scenarios_do_not_have_is_refused_by_name() {
        let error = Scenario::parse("lattency_ms = 3").expect_err("refused");
        assert!(error.contains("lattency_ms"), "{error}");
        for wrong in ["failures = { x = \"503\" }", "failures = { 1 = \"200\" }", "rates = { lost = 1.5 }"] {
            assert!(Scenario::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_neighbour_comes_and_goes() {
        let neighbour = Neighbour { from_ms: 100, for_ms: 10, every_ms: Some(30), slots: 4 };
        let slots_used = |at| neighbour.slots_used(Duration::from_millis(at));
        assert_eq!([99, 100, 109, 110, 129, 130, 140].map(slots_used), [0, 4, 4, 0, 0, 4, 0]);
    }
}
