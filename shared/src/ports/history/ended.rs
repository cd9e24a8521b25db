//! What is known of a job that has ended.

use serde::{Deserialize, Serialize};

use crate::entry::Failure;
use crate::jobs::{JobId, JobKind, Priority, Token, WorkerId};
use crate::ports::Claim;
use crate::time::Timestamp;

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
    /// How often it was taken, by whoever gave it up as well.
    pub attempts: u32,
    /// How often its worker was lost.
    pub lost: u32,
    /// The payload, as it was submitted.
    pub payload: String,
    /// When it was submitted.
    pub queued_at: Timestamp,
    /// When its last attempt began; not known of one whose worker was lost.
    pub began_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Who had it last.
    pub worker: WorkerId,
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

impl EndedJob {
    /// The life that `claim` was the last of, held by `worker`, whose attempt began at `began_at` if there was one. A
    /// life whose payload cannot be read is written down all the same.
    #[must_use]
    pub fn of(
        claim: &Claim,
        worker: &WorkerId,
        began_at: Option<Timestamp>,
        end: End<'_>,
        ended_at: Timestamp,
    ) -> Self {
        let (state, failure) = match end {
            End::Done => (EndedState::Done, None),
            End::Failed(failure) => (EndedState::Failed, Some(failure)),
            End::Dead(failure) => (EndedState::Dead, Some(failure)),
        };
        let render = match JobKind::read(&claim.payload) {
            Ok(JobKind::Render(render)) => Some(render),
            _ => None,
        };
        Self {
            id: claim.id.clone(),
            token: claim.token.clone(),
            kind: claim.id.kind().to_owned(),
            state,
            priority: claim.priority,
            host: render.as_ref().map(|render| render.url.host().to_owned()),
            url: render.map(|render| render.source.url),
            error: failure.map(|failure| failure.code.name().to_owned()),
            message: failure.map(|failure| failure.message.clone()),
            attempts: claim.attempt,
            lost: claim.lost,
            payload: claim.payload.clone(),
            queued_at: claim.queued_at,
            began_at,
            ended_at,
            worker: worker.clone(),
        }
    }

    /// The name of the life: job and token.
    #[must_use]
    pub fn life(&self) -> String {
        format!("{}/{}", self.id, self.token)
    }
}

impl EndedState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Done, Self::Failed, Self::Dead];

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
        let claim = Claim { payload: "{".to_owned(), ..build::claim(&job) };
        let ended = EndedJob::of(&claim, &WorkerId::new(7), None, End::Done, Timestamp::from_millis(7));
        assert_eq!((ended.kind.as_str(), ended.url, ended.error), ("render", None, None));
    }
}
