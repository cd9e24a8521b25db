//! Everything that is measured, running.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::try_join_all;
use imcaxy_testkit::cargo::Binary;
use imcaxy_testkit::progress::say;
use imcaxy_testkit::{Behaviour, KitError, Photo, Servers, System};

use super::error::BenchError;
use super::exchange::Target;
use super::options::Plan;

/// A real photograph of 1920×1080 pixels.
const PHOTO: &str = "large.jpg";

/// What is asked for when hits are measured: about 20 KB of JPEG.
const HOT: &str = "/resize?width=460";

/// The servers and two whole systems on them.
pub struct Stage {
    /// Talks to imaginary as it would in production.
    pub system: System,
    /// Talks to imaginary through the gauge, which counts, and costs time.
    pub counted: System,
    /// What imaginary is asked directly.
    pub imaginary: Target,
    pub servers: Servers,
    /// The path and query of the picture that is hit.
    pub hot: String,
    /// Those of many pictures of that kind.
    pub many: Vec<String>,
    pub picture: Picture,
    photo: Bytes,
    binary: PathBuf,
}

/// Sizes in bytes.
#[derive(Clone, Copy)]
pub struct Picture {
    pub source: usize,
    pub hot: usize,
}

impl Stage {
    /// Starts all of it, and has the pictures that will be hit rendered.
    pub async fn set_up(binary: &Binary, plan: &Plan) -> Result<Self, BenchError> {
        let servers = Servers::start().await?;
        say("starting two systems, each of two APIs and two workers");
        let builder = || System::builder().apis(2).workers(2).binary(binary.path());
        let without_gauge = builder().env("IMCAXY_IMAGINARY_URL", &servers.imaginary_url);
        let (system, counted) = tokio::try_join!(without_gauge.start(&servers), builder().start(&servers))?;
        let photo = Photo::find(PHOTO).await?;
        system.origin.behave(PHOTO, served(&photo));
        let picture = Picture { source: photo.len(), hot: 0 };
        let hot = system.path(HOT, PHOTO);
        let many =
            (0..plan.keys).map(|key| system.path(&format!("{HOT}&height={}", 300 + key), PHOTO)).collect();
        let imaginary = Target::of(&servers.imaginary_url);
        let binary = binary.path().to_owned();
        let mut stage = Self { system, counted, imaginary, servers, hot, many, picture, photo, binary };
        say("rendering the pictures that will be hit");
        stage.picture.hot = stage.heat(&stage.hot).await?;
        for some in stage.many.chunks(4) {
            try_join_all(some.iter().map(|path| stage.heat(path))).await?;
        }
        Ok(stage)
    }

    /// Ends all processes; they end with exit code 0 or the bench panics.
    pub async fn take_down(self) {
        self.system.finish().await;
        self.counted.finish().await;
        self.servers.stop().await;
    }

    /// The program that is measured.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// The API that hits are measured on.
    pub fn hit(&self) -> Result<Target, BenchError> {
        self.api(0)
    }

    /// An API of the system without gauge.
    pub fn api(&self, replica: usize) -> Result<Target, BenchError> {
        target_of(&self.system, replica)
    }

    /// A request for the photograph.
    pub fn path(&self, request: &str) -> String {
        self.system.path(request, PHOTO)
    }

    /// A photograph that no request has named before, at the origin of the system with the gauge.
    pub fn add_photo(&self, name: &str) {
        self.counted.origin.behave(name, served(&self.photo));
    }

    /// Asks until the answer comes from memory; answers the picture's size.
    async fn heat(&self, path: &str) -> Result<usize, BenchError> {
        const PATIENCE: Duration = Duration::from_secs(30);
        const PAUSE: Duration = Duration::from_millis(20);

        let target = self.hit()?;
        let begun = Instant::now();
        loop {
            let answer = target.get(path).await.map_err(KitError::io(format!("get {path}")))?;
            if answer.status == 200 && answer.from_memory {
                return Ok(answer.length);
            }
            if answer.status != 200 || begun.elapsed() > PATIENCE {
                let sentence = format!("{path} should be answered from memory, but status {}", answer.status);
                return Err(BenchError::NotReady(sentence));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// An API of a system.
pub fn target_of(system: &System, replica: usize) -> Result<Target, BenchError> {
    let api =
        system.apis.get(replica).ok_or_else(|| BenchError::NotReady(format!("there is no API {replica}")))?;
    Ok(Target::of(&api.url("")))
}

/// The photograph from memory, with a validator that is not computed for each answer.
pub fn served(photo: &Bytes) -> Behaviour {
    Behaviour::bytes(photo.clone()).without_validators().header("etag", "\"photo\"")
}
