//! What is wrong with a bucket, for who operates it.

use std::time::Duration;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;

use super::date::DateSeen;
use super::refusal::{Refusal, refusal};
use super::{S3Objects, in_bytes, sentence};
use crate::backends::step::{in_time, step};
use crate::finding::{self, Finding, Reading};
use crate::ports::Clock;

const BUCKET: &str = "bucket";
const CLOCK: &str = "clock";
/// What is put, and the part of it that is asked for again.
const PROBE: &[u8] = b"imcaxy doctor";
const PART: std::ops::Range<u64> = 7..13;
/// From which difference of clocks on S3 refuses signatures.
const SKEWED: Duration = Duration::from_secs(15 * 60);
/// An HTTP date tells whole seconds.
const HTTP_DATE: Duration = Duration::from_secs(1);

impl S3Objects {
    /// Looks at what an object store needs of the bucket. It writes one object below the prefix, named by `nobody`, which must be no
    /// other's name, and deletes it again. No bucket is created.
    pub async fn examine(&self, clock: &dyn Clock, nobody: &str) -> Vec<Finding> {
        let date = DateSeen::default();
        let asked = clock.now();
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(&self.prefix).max_keys(1);
        let listed = match in_time(BUCKET, list.customize().interceptor(date.clone()).send()).await {
            Ok(listed) => listed,
            Err(silent) => return vec![silent],
        };
        let answered = clock.now();
        let time = date.seen().map(|told| {
            finding::clock(&Reading { asked, answered, told, precision: HTTP_DATE }, Some(SKEWED))
        });
        let time = time.unwrap_or_else(|| {
            Finding::warn(CLOCK, "not told", "make sure that its machine takes the time from NTP")
        });
        if let Err(cause) = &listed
            && let Some(wrong) = self.stands_in_the_way(&refusal(cause), sentence(cause))
        {
            return if date.seen().is_some() { vec![wrong, time] } else { vec![wrong] };
        }
        let mut findings = vec![Finding::ok(BUCKET, format!("{} is there", self.bucket)), time];
        let key = format!("{}{nobody}", self.prefix);
        let head = self.client.head_bucket().bucket(&self.bucket);
        findings.push(self.judged("list", listed.map(drop), "s3:ListBucket"));
        findings.push(
            step("head", async { self.judged("head", head.send().await.map(drop), "s3:ListBucket") }).await,
        );
        findings.extend(self.objects(&key).await);
        findings
    }

    /// Puts an object, reads it, and deletes it whatever came before.
    async fn objects(&self, key: &str) -> Vec<Finding> {
        let put = async {
            let put = self.client.put_object().bucket(&self.bucket).key(key).content_type("text/plain");
            self.judged(
                "put",
                put.body(ByteStream::from_static(PROBE)).send().await.map(drop),
                "s3:PutObject",
            )
        };
        let whole = async {
            let get = self.client.get_object().bucket(&self.bucket).key(key);
            match get.send().await {
                Ok(answer) => same("get", collected(answer.body).await, PROBE),
                Err(cause) => self.judged("get", Err(cause), "s3:GetObject"),
            }
        };
        let part = async {
            let get = self.client.get_object().bucket(&self.bucket).key(key).range(in_bytes(&PART));
            match get.send().await {
                Ok(answer) => {
                    same("range", collected(answer.body).await, PROBE.get(7..13).unwrap_or_default())
                }
                Err(cause) => self.judged("range", Err(cause), "s3:GetObject"),
            }
        };
        let delete = async {
            let delete = self.client.delete_object().bucket(&self.bucket).key(key);
            self.judged("delete", delete.send().await.map(drop), "s3:DeleteObject")
        };
        let put = step("put", put).await;
        // There is nothing to be read where nothing could be put.
        let read = if put.advice.is_none() {
            vec![step("get", whole).await, step("range", part).await]
        } else {
            Vec::new()
        };
        [put].into_iter().chain(read).chain([step("delete", delete).await]).collect()
    }

    /// A failure after which nothing else can be looked at.
    fn stands_in_the_way(&self, refusal: &Refusal, said: String) -> Option<Finding> {
        let bucket = &self.bucket;
        Some(match refusal {
            Refusal::NoBucket => Finding::warn(
                BUCKET,
                format!("{bucket} is not there"),
                "start Imcaxy, which creates it where these keys may, or create it and ask again: nothing else could be looked at",
            ),
            Refusal::Unreached => Finding::fail(
                BUCKET,
                said,
                "see whether s3.endpoint is right and answers, and whether a firewall lets this machine through",
            ),
            Refusal::UnknownKey => {
                Finding::fail(BUCKET, said, "set s3.access_key to a key that is known there")
            }
            Refusal::Signature => {
                Finding::fail(BUCKET, said, "set s3.secret_key to the secret that belongs to s3.access_key")
            }
            Refusal::Skewed => Finding::fail(BUCKET, said, "let both machines take the time from NTP"),
            Refusal::Elsewhere => Finding::fail(
                BUCKET,
                said,
                format!("set s3.region to the region of {bucket}, it is {} now", self.region),
            ),
            Refusal::Denied | Refusal::Other => return None,
        })
    }

    fn judged<E>(
        &self,
        name: &'static str,
        outcome: Result<(), SdkError<E, HttpResponse>>,
        right: &str,
    ) -> Finding
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let Err(cause) = outcome else { return Finding::ok(name, "allowed") };
        let advice = match refusal(&cause) {
            Refusal::Denied => {
                format!(
                    "allow {right} on the bucket {} and what is below {} to these keys",
                    self.bucket, self.prefix
                )
            }
            _ => "see what the message says: the object store needs this".to_owned(),
        };
        Finding::fail(name, sentence(&cause), advice)
    }
}

async fn collected(body: ByteStream) -> Result<Bytes, String> {
    body.collect()
        .await
        .map(aws_sdk_s3::primitives::AggregatedBytes::into_bytes)
        .map_err(|cause| cause.to_string())
}

fn same(name: &'static str, read: Result<Bytes, String>, put: &[u8]) -> Finding {
    match read {
        Ok(read) if *read == *put => Finding::ok(name, "what was put is read"),
        Ok(read) => Finding::fail(
            name,
            format!("{} bytes are read, and {} were asked for", read.len(), put.len()),
            "see whether something stands between here and there that changes bodies or ignores ranges",
        ),
        Err(cause) => Finding::fail(name, cause, "see what the message says"),
    }
}
