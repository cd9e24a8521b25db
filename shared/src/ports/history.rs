//! Jobs that have ended.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::entry::Failure;
use crate::jobs::{JobId, JobKind, Priority, Token, WorkerId};
use crate::time::Timestamp;

/// What the queue forgets: which jobs ended, and how. It decides nothing; if it cannot be written, a job ends all the same.
///
/// A payload may hold secrets, such as the signature of a presigned URL: it is kept so that a job can be tried again, and shown
/// to nobody. What is searched and shown is [`EndedJob::url`].
#[async_trait]
pub trait JobHistory: Send + Sync {
    /// Writes down jobs that have ended. The life of a job is written down once, however often this is called for it.
    ///
    /// # Errors
    /// The store cannot be reached. Some may be written down; repeating it is safe.
    async fn record(&self, ended: &[EndedJob]) -> Result<(), PortError>;

    /// The jobs that fit, those that ended last first.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn search(&self, search: &Search) -> Result<Vec<EndedJob>, PortError>;

    /// Removes up to `limit` jobs that ended in one of `states` before `before`, and answers how many.
    ///
    /// # Errors
    /// The store cannot be reached; some may be removed.
    async fn forget(&self, states: &[EndedState], before: Timestamp, limit: usize) -> Result<u64, PortError>;
}

/// One life of a job that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndedJob {
    /// Which job.
    pub id: JobId,
    /// Which life of it.
    pub token: Token,
    /// What kind of job, such as `render`.
    pub kind: String,
    /// How it ended.
    pub state: EndedState,
    /// Its urgency, at the end.
    pub priority: Priority,
    /// The URL that makes the identity of its source, less the parameters that `sources.ignore_query` names.
    pub url: Option<String>,
    /// The host that it fetched from.
    pub host: Option<String>,
    /// The [name](crate::entry::FailureCode::name) of the failure.
    pub error: Option<String>,
    /// The failure's sentence.
    pub message: Option<String>,
    /// How often it was taken.
    pub attempts: u32,
    /// How often its worker was lost.
    pub lost: u32,
    /// The payload, as it was submitted.
    pub payload: String,
    /// When it was submitted.
    pub queued_at: Option<Timestamp>,
    /// When its last attempt began.
    pub began_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Who had it last.
    pub worker: Option<WorkerId>,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedState {
    /// What it was for is done.
    Done,
    /// It is not, as the last attempt found.
    Failed,
    /// It was given up: its workers were lost too often, or it failed too often.
    Dead,
}

/// A life of a job, as its last worker knew it.
#[derive(Clone, Copy, Debug)]
pub struct Life<'a> {
    /// Which job.
    pub id: &'a JobId,
    /// Which life of it.
    pub token: &'a Token,
    /// The payload, as it was submitted.
    pub payload: &'a str,
    /// Its urgency.
    pub priority: Priority,
    /// How often it was taken.
    pub attempts: u32,
    /// How often its worker was lost.
    pub lost: u32,
    /// When it was submitted.
    pub queued_at: Option<Timestamp>,
    /// When its last attempt began.
    pub began_at: Option<Timestamp>,
    /// Who had it last.
    pub worker: Option<&'a WorkerId>,
}

/// The end of a life.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// What it was for is done.
    Done,
    /// It is not.
    Failed(&'a Failure),
    /// It was given up.
    Dead(&'a Failure),
}

/// What is looked for; every condition that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// [`EndedJob::url`].
    pub url: Option<String>,
    /// [`EndedJob::host`].
    pub host: Option<String>,
    /// [`EndedJob::kind`].
    pub kind: Option<String>,
    /// [`EndedJob::state`].
    pub state: Option<EndedState>,
    /// [`EndedJob::error`].
    pub error: Option<String>,
    /// Only those that come after this one.
    pub after: Option<Place>,
    /// How many at most.
    pub limit: usize,
}

/// The place of a job in the history, as text `{milliseconds}.{job}/{token}`: where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// [`EndedJob::ended_at`].
    pub ended_at: Timestamp,
    /// [`EndedJob::life`].
    pub life: String,
}

/// A text that is no [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the history of jobs")]
pub struct NotAPlace;

impl EndedJob {
    /// The life that ended at `ended_at`. One whose payload cannot be read is written down all the same.
    #[must_use]
    pub fn of(life: Life<'_>, ending: End<'_>, ended_at: Timestamp) -> Self {
        let (state, failure) = match ending {
            End::Done => (EndedState::Done, None),
            End::Failed(failure) => (EndedState::Failed, Some(failure)),
            End::Dead(failure) => (EndedState::Dead, Some(failure)),
        };
        let render = match JobKind::read(life.payload) {
            Ok(JobKind::Render(render)) => Some(render),
            _ => None,
        };
        Self {
            id: life.id.clone(),
            token: life.token.clone(),
            kind: life.id.kind().to_owned(),
            state,
            priority: life.priority,
            host: render.as_ref().map(|render| render.url.host().to_owned()),
            url: render.map(|render| render.source.url),
            error: failure.map(|failure| failure.code.name().to_owned()),
            message: failure.map(|failure| failure.message.clone()),
            attempts: life.attempts,
            lost: life.lost,
            payload: life.payload.to_owned(),
            queued_at: life.queued_at,
            began_at: life.began_at,
            ended_at,
            worker: life.worker.cloned(),
        }
    }

    /// The name of the life: job and token.
    #[must_use]
    pub fn life(&self) -> String {
        format!("{}/{}", self.id, self.token)
    }

    /// Where it stands in the history.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { ended_at: self.ended_at, life: self.life() }
    }
}

impl EndedState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Done, Self::Failed, Self::Dead];

    /// How long a job that ended so is kept: what was done is of use for a day, what was not for a week.
    #[must_use]
    pub const fn kept_for(self) -> Duration {
        const HOUR: Duration = Duration::from_secs(3600);
        match self {
            Self::Done => HOUR.saturating_mul(24),
            Self::Failed | Self::Dead => HOUR.saturating_mul(7 * 24),
        }
    }

    /// Its name in stores and in the administration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Dead => "dead",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.ended_at.as_millis(), self.life)
    }
}

impl FromStr for Place {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let (millis, life) = text.split_once('.').ok_or(NotAPlace)?;
        let ended_at = Timestamp::from_millis(millis.parse().map_err(|_| NotAPlace)?);
        Ok(Self { ended_at, life: life.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::FailureCode;
    use crate::testing::build;

    #[test]
    fn a_failed_render_tells_its_source_and_its_failure() {
        let job = build::render_job("http://a.test/1.jpg", 300);
        let failure = Failure::new(FailureCode::ImaginaryRefused(400), "no");
        let ended = build::ended_job(&job, End::Dead(&failure), Timestamp::from_millis(7));
        assert_eq!((ended.kind.as_str(), ended.state), ("render", EndedState::Dead));
        assert_eq!(ended.url.as_deref(), Some("http://a.test/1.jpg"));
        assert_eq!(ended.host.as_deref(), Some("a.test"));
        assert_eq!(ended.error.as_deref(), Some("imaginary_refused"));
        assert_eq!(ended.message.as_deref(), Some("no"));
    }

    #[test]
    fn a_payload_that_cannot_be_read_is_written_down_all_the_same() {
        let job = build::render_job("http://a.test/1.jpg", 300);
        let (id, token) = (job.id(), Token::new(7));
        let life = Life { payload: "{", ..build::life(&id, &token, "") };
        let ended = EndedJob::of(life, End::Done, Timestamp::from_millis(7));
        assert_eq!((ended.kind.as_str(), ended.url, ended.error), ("render", None, None));
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = Place { ended_at: Timestamp::from_millis(-3), life: "render/ab.c/0123".to_owned() };
        assert_eq!(place.to_string().parse(), Ok(place));
        for bad in ["", "12", "x.render/1"] {
            assert_eq!(bad.parse::<Place>(), Err(NotAPlace), "{bad}");
        }
    }
}
