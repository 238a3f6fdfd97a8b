//! Whether credentials and project fit, each reported separately: asked before anything is sent, and again when the
//! vendor says 401.

use std::time::Duration;

use uuid::Uuid;

use super::api::PatientApi;
use super::error::UploadError;
use super::failure::{ApiFailure, FailureClass};
use super::pace::Pace;
use super::policy::{RetrySettings, RetryStep, next_step};
use super::time::{Clock, SystemClock};

/// Most tries before the first request of a run: someone is waiting.
const TRIES: u32 = 4;

/// Checks that the credentials are accepted and reach the project. Gives the number of projects that they reach.
pub async fn check_access(api: &impl PatientApi, project: Uuid, retry: &RetrySettings) -> Result<usize, UploadError> {
    check_access_by(api, project, retry, &SystemClock::start(), rand::random()).await
}

async fn check_access_by(
    api: &impl PatientApi,
    project: Uuid,
    retry: &RetrySettings,
    clock: &dyn Clock,
    random: f64,
) -> Result<usize, UploadError> {
    let settings = RetrySettings { attempts: retry.attempts.min(TRIES), ..retry.clone() };
    let mut attempts = 0;
    loop {
        attempts += 1;
        match api.list_projects().await {
            Ok(projects) if projects.contains(&project) => return Ok(projects.len()),
            Ok(projects) => return Err(UploadError::Project { project, reachable: projects.len() }),
            Err(failure) => match next_step(&settings, attempts, failure.class, failure.retry_after, random) {
                RetryStep::Wait(wait) => clock.sleep(wait.min(Duration::from_secs(10))).await,
                RetryStep::GiveUp => return Err(error_of(&failure, project)),
            },
        }
    }
}

/// What stands behind a 401 or 403 that stays: the one call that needs no project shows which. The run is stopped by
/// now, so that this call keeps within the limit of requests under way without a slot of its own.
pub(super) async fn diagnose(
    api: &impl PatientApi,
    project: Uuid,
    failure: &ApiFailure,
    retry: &RetrySettings,
    pace: &Pace,
) -> UploadError {
    if failure.class == FailureClass::Forbidden {
        return UploadError::Forbidden { project };
    }
    match check_access_by(api, project, retry, pace.clock(), pace.random()).await {
        Ok(_) => UploadError::Credentials,
        Err(error) => error,
    }
}

fn error_of(failure: &ApiFailure, project: Uuid) -> UploadError {
    match failure.class {
        FailureClass::Unauthorized => UploadError::Credentials,
        FailureClass::Forbidden => UploadError::Forbidden { project },
        _ => UploadError::NotReachable { class: failure.note() },
    }
}
