//! The bearer token: fetched once for all who wait, replaced before it runs out where its life is known, and when
//! refused.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::Mutex;

use super::api::ApiResult;
use super::failure::ApiFailure;
use onroll_core::clock::Stopwatch;

/// Share of a token's stated life after which it is replaced.
const USED_SHARE: f64 = 0.8;

/// A token, and the lifetime that the vendor stated.
pub(super) struct FreshToken {
    pub(super) text: SecretString,
    pub(super) life: Option<Duration>,
}

struct HeldToken {
    text: SecretString,
    number: u64,
    age: Stopwatch,
    usable: Option<Duration>,
}

/// Keeps the token. Its type has no `Debug`, so that no log can show it.
pub(super) struct TokenKeeper {
    held: Mutex<Held>,
    /// Fetches that have come to an end.
    fetches: AtomicU64,
}

#[derive(Default)]
struct Held {
    token: Option<HeldToken>,
    /// How the last fetch failed, if it did.
    failure: Option<ApiFailure>,
}

/// A token with the number by which it is reported as refused.
pub(super) struct NumberedToken {
    pub(super) text: SecretString,
    pub(super) number: u64,
}

impl TokenKeeper {
    pub(super) fn new() -> Self {
        Self { held: Mutex::default(), fetches: AtomicU64::new(0) }
    }

    /// The token; fetched under the lock when there is none, so that many callers make one call. `refused` is the
    /// number of a token that the vendor no longer takes: unless somebody replaced it already, it is replaced now. A
    /// call that failed has failed for all who waited for it, so that an endpoint in trouble is not asked by each of
    /// them in turn.
    pub(super) async fn get<F>(&self, refused: Option<u64>, fetch: impl FnOnce() -> F) -> ApiResult<NumberedToken>
    where
        F: Future<Output = ApiResult<FreshToken>>,
    {
        let fetches_before = self.fetches.load(Ordering::SeqCst);
        let mut held = self.held.lock().await;
        let last_number = held.token.as_ref().map_or(0, |token| token.number);
        let fresh_enough = held.token.as_ref().filter(|token| {
            refused != Some(token.number) && token.usable.is_none_or(|usable| token.age.elapsed() < usable)
        });
        if let Some(token) = fresh_enough {
            return Ok(NumberedToken { text: token.text.clone(), number: token.number });
        }
        if let Some(failure) = &held.failure
            && self.fetches.load(Ordering::SeqCst) != fetches_before
        {
            return Err(failure.clone());
        }
        let age = Stopwatch::start();
        let fetched = fetch().await;
        self.fetches.fetch_add(1, Ordering::SeqCst);
        held.failure = fetched.as_ref().err().cloned();
        let fresh = fetched?;
        let number = last_number + 1;
        let usable = fresh.life.map(|life| life.mul_f64(USED_SHARE));
        held.token = Some(HeldToken { text: fresh.text.clone(), number, age, usable });
        Ok(NumberedToken { text: fresh.text, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::failure::FailureClass;

    async fn fetch(calls: &AtomicU64, life: Option<Duration>) -> ApiResult<FreshToken> {
        let number = calls.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        Ok(FreshToken { text: SecretString::from(format!("token {number}")), life })
    }

    #[tokio::test]
    async fn many_callers_make_one_token_call() {
        let (keeper, calls) = (TokenKeeper::new(), AtomicU64::new(0));
        let get = |refused| keeper.get(refused, || fetch(&calls, None));
        let (first, second, third) = tokio::join!(get(None), get(None), get(None));
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        let number = first.ok().map(|token| token.number);
        assert_eq!((second.ok().map(|token| token.number), third.ok().map(|token| token.number)), (number, number));
        // All three find the token refused at once: one of them replaces it.
        let refused = tokio::join!(get(number), get(number), get(number));
        assert!(refused.0.is_ok() && refused.1.is_ok() && refused.2.is_ok());
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn one_token_call_fails_for_all_who_waited_for_it_and_a_later_one_asks_again() {
        for class in [FailureClass::Unauthorized, FailureClass::Throttled, FailureClass::NotSent] {
            let (keeper, calls) = (TokenKeeper::new(), AtomicU64::new(0));
            let fail = || async {
                calls.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Err::<FreshToken, _>(ApiFailure::new(class))
            };
            let failed = tokio::join!(keeper.get(None, fail), keeper.get(None, fail), keeper.get(None, fail));
            let classes = [failed.0, failed.1, failed.2].map(|result| result.err().map(|failure| failure.class));
            assert_eq!(classes, [Some(class); 3]);
            assert_eq!(calls.load(Ordering::SeqCst), 1);
            assert!(keeper.get(None, || fetch(&calls, None)).await.is_ok());
            assert_eq!(calls.load(Ordering::SeqCst), 2);
        }
    }

    #[tokio::test]
    async fn a_token_is_replaced_before_its_stated_end() {
        let (keeper, calls) = (TokenKeeper::new(), AtomicU64::new(0));
        for _ in 0..2 {
            let token = keeper.get(None, || fetch(&calls, Some(Duration::ZERO))).await;
            assert!(token.is_ok());
        }
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }
}
