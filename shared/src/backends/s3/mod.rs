//! Objects in S3, or in MinIO and others that speak its protocol.

mod date;
mod examine;
mod refusal;

use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream;

use crate::config::{RemoteS3, S3Credentials};
use crate::entry::ObjectName;
use crate::ports::{ObjectBody, ObjectStore, PortError};

/// How long one try of a call may take, body of a put included.
const ATTEMPT: Duration = Duration::from_secs(10);
/// How long opening a connection may take.
const CONNECT: Duration = Duration::from_secs(2);
/// S3's first region.
const FIRST_REGION: &str = "us-east-1";
/// Stores count bytes in 64 bits with a sign.
const LAST_POSITION: u64 = (1 << 62) - 1;
/// Names in one page of a listing, S3's own bound.
const PAGE: i32 = 1000;

/// The objects below one prefix of one bucket.
#[derive(Clone)]
pub struct S3Objects {
    client: Client,
    bucket: String,
    region: String,
    prefix: String,
}

impl S3Objects {
    /// The objects that `config` describes; nothing is connected yet.
    #[must_use]
    pub fn open(config: &RemoteS3) -> Self {
        let S3Credentials { access_key, secret_key, session_token } = &config.credentials;
        let session_token = session_token.as_ref().map(|token| token.reveal().to_owned());
        let credentials = Credentials::new(access_key, secret_key.reveal(), session_token, None, "settings");
        let mut builder = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(config.region.clone()))
            .credentials_provider(credentials)
            .timeout_config(
                TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build(),
            )
            .retry_config(RetryConfig::standard().with_max_attempts(2))
            // The SDK's own default breaks stores that do not know its checksums (R2, OVH, Storj and others).
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        if let Some(endpoint) = &config.endpoint {
            builder = builder.endpoint_url(endpoint.as_str()).force_path_style(true);
        }
        Self {
            client: Client::from_conf(builder.build()),
            bucket: config.bucket.clone(),
            region: config.region.clone(),
            prefix: config.prefix.clone(),
        }
    }

    /// Creates the bucket when it is missing.
    ///
    /// # Errors
    /// The store cannot be reached, or the bucket is somebody else's.
    pub async fn create_bucket(&self) -> Result<(), PortError> {
        match self.client.head_bucket().bucket(&self.bucket).send().await {
            Ok(_) => return Ok(()),
            Err(cause) if cause.as_service_error().is_some_and(|e| e.is_not_found()) => {}
            Err(cause) => return Err(unavailable(cause)),
        }
        // The first region is the one that must not be named.
        let elsewhere = (self.region != FIRST_REGION).then(|| {
            let region = BucketLocationConstraint::from(self.region.as_str());
            CreateBucketConfiguration::builder().location_constraint(region).build()
        });
        let create =
            self.client.create_bucket().bucket(&self.bucket).set_create_bucket_configuration(elsewhere);
        match create.send().await {
            Ok(_) => Ok(()),
            // Another process was first.
            Err(cause) if cause.as_service_error().is_some_and(|e| e.is_bucket_already_owned_by_you()) => {
                Ok(())
            }
            Err(cause) => Err(unavailable(cause)),
        }
    }

    fn path(&self, name: &ObjectName) -> String {
        format!("{}{name}", self.prefix)
    }

    async fn get(
        &self,
        name: &ObjectName,
        part: Option<Range<u64>>,
    ) -> Result<Option<ObjectBody>, PortError> {
        let range = part.as_ref().map(in_bytes);
        let get = self.client.get_object().bucket(&self.bucket).key(self.path(name)).set_range(range);
        let answer = match get.send().await {
            Ok(answer) => answer,
            Err(cause) if cause.as_service_error().is_some_and(|e| e.is_no_such_key()) => return Ok(None),
            Err(cause) if is_beyond(&cause) => return self.nothing_of(name).await,
            Err(cause) => return Err(unavailable(cause)),
        };
        let unusable = |what: &str| PortError::unusable("s3", format!("{name} came without {what}"));
        let length = answer.content_length().and_then(|length| u64::try_from(length).ok());
        let length = length.ok_or_else(|| unusable("a length"))?;
        let whole = match answer.content_range() {
            None if part.is_some() => return Err(unusable("the part that was asked for")),
            None => length,
            Some(range) => size_in(range).ok_or_else(|| unusable("its size"))?,
        };
        Ok(Some(ObjectBody { length, whole, bytes: pieces(answer.body, length).boxed() }))
    }

    /// The part of an object that begins beyond its end.
    async fn nothing_of(&self, name: &ObjectName) -> Result<Option<ObjectBody>, PortError> {
        let whole = Box::pin(self.get(name, None)).await?;
        Ok(whole.map(|object| ObjectBody { length: 0, bytes: stream::empty().boxed(), ..object }))
    }
}

#[async_trait]
impl ObjectStore for S3Objects {
    async fn put(&self, name: &ObjectName, content_type: &str, body: Bytes) -> Result<(), PortError> {
        let put = self.client.put_object().bucket(&self.bucket).key(self.path(name));
        put.content_type(content_type).body(ByteStream::from(body)).send().await.map_err(unavailable)?;
        Ok(())
    }

    async fn open(&self, name: &ObjectName) -> Result<Option<ObjectBody>, PortError> {
        self.get(name, None).await
    }

    async fn open_part(&self, name: &ObjectName, part: Range<u64>) -> Result<Option<ObjectBody>, PortError> {
        self.get(name, Some(part)).await
    }

    async fn delete(&self, name: &ObjectName) -> Result<(), PortError> {
        let delete = self.client.delete_object().bucket(&self.bucket).key(self.path(name));
        delete.send().await.map_err(unavailable)?;
        Ok(())
    }

    async fn list(&self, after: Option<&ObjectName>, limit: usize) -> Result<Vec<ObjectName>, PortError> {
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(&self.prefix);
        let list = list.set_start_after(after.map(|name| self.path(name)));
        let mut pages = list.max_keys(PAGE.min(i32::try_from(limit).unwrap_or(PAGE))).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            for object in page.map_err(unavailable)?.contents() {
                // What is not named as ours are named is somebody else's.
                let name =
                    object.key().and_then(|key| key.strip_prefix(&self.prefix)).and_then(|n| n.parse().ok());
                names.extend(name);
                if names.len() == limit {
                    return Ok(names);
                }
            }
        }
        Ok(names)
    }

    async fn ping(&self) -> Result<(), PortError> {
        self.client.head_bucket().bucket(&self.bucket).send().await.map_err(unavailable)?;
        Ok(())
    }
}

/// A part as `Range` says it. Positions that no store counts to are left out.
fn in_bytes(part: &Range<u64>) -> String {
    let last = part.end.saturating_sub(1).min(LAST_POSITION);
    format!("bytes={}-{last}", part.start)
}

/// Whether the store says that a part begins beyond the object's end.
fn is_beyond<E>(cause: &SdkError<E, HttpResponse>) -> bool {
    cause.raw_response().is_some_and(|answer| answer.status().as_u16() == 416)
}

/// The size of the whole in a `Content-Range` such as `bytes 0-9/100`.
fn size_in(range: &str) -> Option<u64> {
    range.rsplit_once('/')?.1.parse().ok()
}

/// The pieces of a body; one that ends early ends with an error.
fn pieces(
    body: ByteStream,
    length: u64,
) -> impl futures::Stream<Item = Result<Bytes, PortError>> + Send + 'static {
    stream::unfold(Some((body, length)), |state| async {
        let (mut body, left) = state?;
        match body.next().await {
            Some(Ok(piece)) => {
                let left = left.saturating_sub(piece.len() as u64);
                Some((Ok(piece), Some((body, left))))
            }
            Some(Err(cause)) => Some((Err(PortError::unavailable("s3", cause)), None)),
            None if left > 0 => {
                Some((Err(PortError::unavailable("s3", format!("{left} bytes are missing"))), None))
            }
            None => None,
        }
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn unavailable<E: ProvideErrorMetadata + std::error::Error + 'static>(
    cause: SdkError<E, HttpResponse>,
) -> PortError {
    PortError::unavailable("s3", sentence(&cause))
}

/// What the store said, or why it said nothing: the SDK's own text is a page of internals.
fn sentence<E: ProvideErrorMetadata + std::error::Error + 'static>(
    cause: &SdkError<E, HttpResponse>,
) -> String {
    if let SdkError::ServiceError(refusal) = cause {
        let status = refusal.raw().status().as_u16();
        let header = |name| refusal.raw().headers().get(name).unwrap_or_default();
        let code = refusal.err().code().unwrap_or_else(|| header("x-minio-error-code"));
        let message = refusal.err().message().unwrap_or_default();
        return format!("answered {status} {code} {message}").trim_end().to_owned();
    }
    let mut causes = vec![cause.to_string()];
    let mut inner = std::error::Error::source(cause);
    while let Some(error) = inner {
        causes.push(error.to_string());
        inner = error.source();
    }
    causes.join(": ")
}
