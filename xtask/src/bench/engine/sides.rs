//! The engine in this process, and imaginary in its own, which reads its sources from a folder.

use std::num::NonZeroUsize;

use imcaxy_shared::request::Render;
use imcaxy_shared::testing::build;
use imcaxy_testkit::OwnImaginary;
use imcaxy_testkit::parity::{Asked, Made};
use imcaxy_worker::engine::Engine;

use super::cases::Case;
use super::cpu;
use super::sources::Sources;
use crate::bench::error::BenchError;
use crate::bench::exchange::Target;
use crate::bench::machine::used_by;

/// Why a side did not make a picture, in its own words.
pub type Refused = String;

/// Both.
pub struct Sides {
    engine: Engine,
    imaginary: OwnImaginary,
    target: Target,
    sources: Sources,
}

impl Sides {
    pub async fn start(sources: Sources) -> Result<Self, BenchError> {
        let folder = sources.folder();
        let imaginary = OwnImaginary::start(&["-mount", &folder]).await?;
        let target = Target::of(imaginary.url());
        Ok(Self { engine: Engine::new(NonZeroUsize::MIN, 1 << 30), imaginary, target, sources })
    }

    pub async fn stop(self) {
        self.imaginary.stop().await;
    }

    /// imaginary, to be asked for pictures of bytes.
    pub fn asked(&self) -> Asked {
        Asked::at(self.imaginary.url())
    }

    /// What the engine makes of bytes; `None`: the request is refused.
    pub async fn make(&self, request: &str, source: &bytes::Bytes) -> Option<Made> {
        let picture = self.engine.render(&build::render(request)?, source.clone()).await.ok()?;
        Some(Made { content_type: picture.content_type, bytes: picture.bytes })
    }

    /// Milliseconds of CPU that a request without a picture costs imaginary.
    pub async fn health(&self) -> Result<f64, BenchError> {
        const CALLS: u32 = 1000;

        let before = used_by([self.imaginary.id()])?;
        self.get("/health", CALLS).await.map_err(BenchError::NotReady)?;
        Ok(milliseconds(used_by([self.imaginary.id()])? - before, CALLS))
    }

    /// Milliseconds of CPU for one picture of imaginary.
    pub async fn cpu_of_imaginary(&self, case: Case, calls: u32) -> Result<Result<f64, Refused>, BenchError> {
        let before = used_by([self.imaginary.id()])?;
        let asked = self.ask_imaginary(case, calls).await;
        let used = used_by([self.imaginary.id()])? - before;
        Ok(asked.map(|()| milliseconds(used, calls)))
    }

    /// The same of the engine.
    pub async fn cpu_of_engine(&self, case: Case, calls: u32) -> Result<Result<f64, Refused>, BenchError> {
        let before = cpu::own()?;
        let asked = self.ask_engine(case, calls).await;
        let used = cpu::own()? - before;
        Ok(asked.map(|()| milliseconds(used, calls)))
    }

    pub async fn ask_imaginary(&self, case: Case, calls: u32) -> Result<(), Refused> {
        let separator = if case.request.contains('?') { '&' } else { '?' };
        let path = format!("/{}{separator}file={}", case.request, case.source);
        self.get(&path, calls).await
    }

    pub async fn ask_engine(&self, case: Case, calls: u32) -> Result<(), Refused> {
        let render: Render = build::render(case.request).ok_or("the request is refused")?;
        let source = self.sources.bytes(case.source).map_err(|error| error.to_string())?;
        for _ in 0..calls {
            let made = self.engine.render(&render, source.clone()).await;
            made.map_err(|failure| failure.message)?;
        }
        Ok(())
    }

    async fn get(&self, path: &str, calls: u32) -> Result<(), Refused> {
        let broken = |error: std::io::Error| format!("imaginary: {error}");
        let request = self.target.request(path);
        let mut connection = self.target.connect().await.map_err(broken)?;
        let mut refused = 0;
        for _ in 0..calls {
            let answer = connection.ask(&request).await.map_err(broken)?;
            if answer.status != 200 {
                refused += 1;
            }
            // Of a picture that it turns and encodes for itself it sometimes finds the bytes gone.
            if refused > calls / 10 + 1 {
                return Err(format!("imaginary: status {}", answer.status));
            }
        }
        Ok(())
    }
}

fn milliseconds(used: std::time::Duration, calls: u32) -> f64 {
    used.as_secs_f64() * 1e3 / f64::from(calls)
}
