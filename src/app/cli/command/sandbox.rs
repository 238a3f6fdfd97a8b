//! `onroll sandbox`: the vendor's API on loopback, until it is stopped.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::print;
use crate::cli::args::SandboxArguments;
use crate::cli::exit::{Exit, Failure};
use crate::sandbox::{Failure as PlannedFailure, SandboxSettings, Scenario, Store, start};

/// Serves until Ctrl-C.
pub(super) fn run(arguments: &SandboxArguments) -> Result<Exit, Failure> {
    let settings = settings(arguments)?;
    let runtime = super::runtime()?;
    runtime.block_on(async {
        let (client_id, project) = (settings.client_id, settings.project);
        // A secret that the user set is not printed back: it is in the environment already.
        let secret = match std::env::var("ONROLL_CLIENT_SECRET") {
            Ok(_) => String::new(),
            Err(_) => format!("export ONROLL_CLIENT_SECRET={}\n", settings.client_secret.expose_secret()),
        };
        let sandbox = start(settings).await.map_err(|error| Failure::new(Exit::Configuration, error.to_string()))?;
        let url = sandbox.base_url();
        let text = format!(
            "export ONROLL_URL={url}\nexport ONROLL_PROJECT={project}\nexport ONROLL_CLIENT_ID={client_id}\n{secret}\
             # Paste these lines into the shell that runs `onroll upload`. Ctrl-C stops the sandbox.\n"
        );
        print(&text)?;
        let _ = tokio::signal::ctrl_c().await;
        sandbox.shutdown().await;
        Ok(Exit::Done)
    })
}

fn settings(arguments: &SandboxArguments) -> Result<SandboxSettings, Failure> {
    let mut settings = SandboxSettings::demo();
    settings.address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    if let Some(file) = &arguments.store {
        settings.store = Store::File(file.clone());
    }
    if let Ok(secret) = std::env::var("ONROLL_CLIENT_SECRET") {
        settings.client_secret = SecretString::from(secret);
    }
    settings.journal.clone_from(&arguments.journal);
    if let Some(file) = &arguments.scenario {
        load_scenario(file)?.play_in(&mut settings);
    }
    // The command line overrides the scenario.
    let time = |milliseconds: Option<u64>, before| milliseconds.map_or(before, Duration::from_millis);
    settings.latency = time(arguments.latency_ms, settings.latency);
    settings.latency_jitter = time(arguments.jitter_ms, settings.latency_jitter);
    settings.ceiling = arguments.ceiling.or(settings.ceiling);
    settings.retry_after = arguments.retry_after.map(|seconds| seconds.to_string()).or(settings.retry_after);
    settings.token_life = arguments.token_life.map(Duration::from_secs).or(settings.token_life);
    settings.seed = arguments.seed.unwrap_or(settings.seed);
    for planned in &arguments.fail {
        let (number, failure) = planned_failure(planned)?;
        settings.failures.insert(number, failure);
    }
    Ok(settings)
}

/// Reads a scenario file.
pub(super) fn load_scenario(file: &std::path::Path) -> Result<Scenario, Failure> {
    Scenario::load(file).map_err(|error| Failure::new(Exit::Configuration, error.to_string()))
}

/// `7=503` or `15=cut`.
fn planned_failure(text: &str) -> Result<(u64, PlannedFailure), Failure> {
    let parsed = text.split_once('=').and_then(|(number, failure)| Some((number.parse().ok()?, failure.parse().ok()?)));
    parsed.ok_or_else(|| {
        let expected = "a request number and a failure, such as 7=503 or 15=cut; docs/sandbox.md lists the failures";
        Failure::new(Exit::Usage, format!("--fail {text}: expected {expected}"))
    })
}
