//! An imaginary that answers only what is signed.

use super::imaginary::{program, run};
use super::launch::Running;
use crate::KitError;
use crate::cache::Cache;

/// An imaginary of one test, started to check signatures. Dropping it ends it.
#[derive(Debug)]
pub struct SigningImaginary {
    url: String,
    running: Running,
}

impl SigningImaginary {
    /// Starts it with a key of 32 characters or more, and waits until it answers.
    pub async fn start(key: &str) -> Result<Self, KitError> {
        let program = program(&Cache::open()?).await?;
        let (url, running) = run(&program, &["-enable-url-signature", "-url-signature-key", key]).await?;
        Ok(Self { url, running })
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(mut self) {
        self.running.stop().await;
    }
}
