//! Where the patients go, and as whom: the vendor, or the embedded sandbox.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::args::VendorArguments;
use crate::cli::credentials::Source;
use crate::cli::exit::{Exit, Failure};
use crate::cli::settings::{SettingsFile, VENDOR_URL, default_ledger, sandbox_folder};
use crate::runs::UploadTarget;
use crate::sandbox::{SandboxHandle, SandboxSettings, Store};
use crate::upload::{HttpApi, HttpSettings};
use onroll_core::domain::Host;
use onroll_core::private_file::create_private_folder;

/// Where the patients go, and as whom.
pub(super) struct Target {
    pub(super) upload: UploadTarget<HttpApi>,
    pub(super) ledger: PathBuf,
    pub(super) sandbox: Option<SandboxHandle>,
}

/// The vendor, or the embedded sandbox.
pub(super) async fn target(arguments: &VendorArguments, file: &SettingsFile) -> Result<Target, Failure> {
    if arguments.sandbox {
        return sandbox_target(arguments).await;
    }
    let project = arguments.project.or(file.project).ok_or_else(|| {
        Failure::new(Exit::Usage, "no project: name it with --project UUID or ONROLL_PROJECT (`--sandbox` needs none)")
    })?;
    let url = arguments.url.clone().or_else(|| file.url.clone()).unwrap_or_else(|| VENDOR_URL.to_owned());
    let source = source(arguments, file);
    let credentials = source.find()?;
    let mut settings = HttpSettings::new(url, project, credentials.client_id, credentials.client_secret);
    settings.source = Some(Arc::new(source));
    let api = Arc::new(HttpApi::new(settings)?);
    let host = api.host().clone();
    let ledger = match arguments.ledger.as_ref().or(file.ledger.as_ref()) {
        Some(ledger) => ledger.clone(),
        None => default_ledger(&host, project)?,
    };
    Ok(Target { upload: UploadTarget { api, host, project }, ledger, sandbox: None })
}

async fn sandbox_target(arguments: &VendorArguments) -> Result<Target, Failure> {
    let folder = sandbox_folder();
    create_private_folder(&folder).map_err(|error| Failure::file(&error))?;
    let mut settings = SandboxSettings::demo();
    settings.store = Store::File(folder.join("subjects.sqlite"));
    if let Some(file) = &arguments.scenario {
        super::sandbox::load_scenario(file)?.play_in(&mut settings);
    }
    let (project, client_id, secret) = (settings.project, settings.client_id, settings.client_secret.clone());
    let sandbox =
        crate::sandbox::start(settings).await.map_err(|error| Failure::new(Exit::Configuration, error.to_string()))?;
    let api = Arc::new(HttpApi::new(HttpSettings::new(sandbox.base_url(), project, client_id, secret))?);
    let ledger = arguments.ledger.clone().unwrap_or_else(|| folder.join("ledger.sqlite"));
    Ok(Target { upload: UploadTarget { api, host: Host::sandbox(), project }, ledger, sandbox: Some(sandbox) })
}

/// Where the credentials come from. The settings file names no command: whoever can put a file into the working folder
/// must not be able to run one.
pub(super) fn source(arguments: &VendorArguments, file: &SettingsFile) -> Source {
    match (&arguments.credentials_command, arguments.credentials.as_ref().or(file.credentials.as_ref())) {
        (Some(command), _) => Source::Command(command.clone()),
        (None, Some(path)) => Source::File(path.clone()),
        (None, None) => Source::Environment,
    }
}
