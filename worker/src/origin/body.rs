//! The body of an origin's answer, decoded: all of it, and never more in memory than is allowed, or its digest alone.

use std::io;

use async_compression::tokio::bufread::{DeflateDecoder, GzipDecoder, ZlibDecoder};
use bytes::{Bytes, BytesMut};
use futures::TryStreamExt as _;
use imcaxy_shared::entry::{Digest, Digesting};
use imcaxy_shared::jobs::Failure;
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, Take};
use tokio_util::io::StreamReader;

use super::{Bound, failed};

/// The least by which what is read grows, and of how much a digest is made at a time.
const PIECE: usize = 64 << 10;

/// What is wanted of a body.
pub(super) trait Wanted: Sized {
    /// Reads to the end, unless that is more than `most` bytes.
    fn read(
        reader: &mut (impl AsyncRead + Unpin + Send),
        most: u64,
    ) -> impl Future<Output = Result<Self, Unread>> + Send;
}

/// How a body is coded. Nothing but its bytes is asked for; some origins compress all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
    Deflate,
}

/// Why a body was not read.
#[derive(Debug)]
pub(super) enum Unread {
    TooLarge,
    Broken(io::Error),
}

/// Reads a body to its end within a bound, which holds for what is sent and for what is decoded of it.
///
/// # Errors
/// More than that, less than was promised, or a coding that is not decoded.
pub(super) async fn read<T: Wanted>(answer: Response, bound: Bound) -> Result<T, Failure> {
    let coding = Coding::of(answer.headers()).ok_or_else(|| {
        failed("the source is content-encoded, and not with gzip or deflate, though nothing was asked for")
    })?;
    let length = answer.content_length();
    if length.is_some_and(|length| length > bound.bytes()) {
        return Err(bound.exceeded());
    }
    let body = StreamReader::new(answer.bytes_stream().map_err(io::Error::other));
    decode(body, coding, bound.bytes()).await.map_err(|unread| match unread {
        Unread::TooLarge => bound.exceeded(),
        Unread::Broken(cause) => {
            tracing::info!(%cause, "the body of a source could not be read");
            failed("the source ended early or is wrongly encoded")
        }
    })
}

impl Coding {
    /// The coding that headers name, `None` if it is not decoded.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let mut coding = Self::Identity;
        for line in headers.get_all(CONTENT_ENCODING) {
            for name in line.to_str().ok()?.split(',') {
                let named = match name.trim().to_ascii_lowercase().as_str() {
                    "" | "identity" => continue,
                    "gzip" | "x-gzip" => Self::Gzip,
                    "deflate" => Self::Deflate,
                    _ => return None,
                };
                // One over another would be decoded twice, and no origin means it.
                if coding != Self::Identity {
                    return None;
                }
                coding = named;
            }
        }
        Some(coding)
    }
}

async fn decode<T: Wanted>(
    body: impl AsyncBufRead + Unpin + Send,
    coding: Coding,
    most: u64,
) -> Result<T, Unread> {
    // What is sent is bounded, too: compressed nothings may go on for ever.
    let mut body = body.take(most.saturating_add(1));
    let read = match coding {
        Coding::Identity => T::read(&mut body, most).await,
        Coding::Gzip => {
            let mut decoder = GzipDecoder::new(&mut body);
            decoder.multiple_members(true);
            T::read(&mut decoder, most).await
        }
        Coding::Deflate if is_zlib(&mut body).await.map_err(Unread::Broken)? => {
            T::read(&mut ZlibDecoder::new(&mut body), most).await
        }
        Coding::Deflate => T::read(&mut DeflateDecoder::new(&mut body), most).await,
    };
    if body.limit() == 0 { Err(Unread::TooLarge) } else { read }
}

/// `deflate` is the format of zlib (RFC 9110 §8.4.1.2); some origins send what is inside of it alone.
async fn is_zlib<R: AsyncBufRead + Unpin>(body: &mut Take<R>) -> io::Result<bool> {
    const DEFLATE: u8 = 8;
    Ok(body.fill_buf().await?.first().is_some_and(|first| first & 0x0f == DEFLATE && first >> 4 < DEFLATE))
}

/// All of it. Memory grows to twice what is there, and not beyond `most`.
impl Wanted for Bytes {
    async fn read(reader: &mut (impl AsyncRead + Unpin + Send), most: u64) -> Result<Self, Unread> {
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(usize::MAX - 1);
        let mut bytes = BytesMut::new();
        loop {
            if bytes.len() > most {
                return Err(Unread::TooLarge);
            }
            if bytes.len() == bytes.capacity() {
                // One more byte shows that there is more.
                bytes.reserve(bytes.len().max(PIECE).min(most + 1 - bytes.len()));
            }
            if reader.read_buf(&mut bytes).await.map_err(Unread::Broken)? == 0 {
                return Ok(bytes.freeze());
            }
        }
    }
}

/// Of which no more than a piece is ever in memory.
impl Wanted for Digest {
    async fn read(reader: &mut (impl AsyncRead + Unpin + Send), most: u64) -> Result<Self, Unread> {
        let (mut digesting, mut length) = (Digesting::default(), 0_u64);
        let mut piece = BytesMut::with_capacity(PIECE);
        loop {
            piece.clear();
            let read = reader.read_buf(&mut piece).await.map_err(Unread::Broken)?;
            length = length.saturating_add(read as u64);
            if length > most {
                return Err(Unread::TooLarge);
            }
            if read == 0 {
                return Ok(digesting.digest());
            }
            digesting.take(&piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use async_compression::tokio::bufread::{DeflateEncoder, GzipEncoder, ZlibEncoder};

    use super::*;

    async fn all(mut reader: impl AsyncRead + Unpin) -> Vec<u8> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await.unwrap();
        bytes
    }

    async fn both(sent: &[u8], coding: Coding, most: u64) -> (Result<Bytes, Unread>, Result<Digest, Unread>) {
        (decode(sent, coding, most).await, decode(sent, coding, most).await)
    }

    #[tokio::test]
    async fn what_an_origin_compresses_unasked_is_decoded() {
        let plain: Vec<u8> = (0..200_000_u32).flat_map(u32::to_be_bytes).collect();
        let gzip = all(GzipEncoder::new(plain.as_slice())).await;
        for (coding, sent) in [
            (Coding::Identity, plain.clone()),
            (Coding::Gzip, gzip.clone()),
            (Coding::Deflate, all(ZlibEncoder::new(plain.as_slice())).await),
            (Coding::Deflate, all(DeflateEncoder::new(plain.as_slice())).await),
        ] {
            let most = plain.len() as u64;
            for most in [most, u64::MAX] {
                let (bytes, digest) = both(&sent, coding, most).await;
                assert_eq!(bytes.unwrap(), plain, "{coding:?}");
                assert_eq!(digest.unwrap(), Digest::of(&plain), "{coding:?}");
            }
            let less = both(&sent, coding, most - 1).await;
            assert!(matches!(less, (Err(Unread::TooLarge), Err(Unread::TooLarge))), "{coding:?}");
            let half = both(sent.get(..sent.len() / 2).unwrap(), coding, most).await;
            let is_broken = matches!(half, (Err(Unread::Broken(_)), Err(Unread::Broken(_))));
            assert!(coding == Coding::Identity || is_broken, "{coding:?}");
        }
        let (twice, _) = both(&[gzip.as_slice(), &gzip].concat(), Coding::Gzip, u64::MAX).await;
        assert_eq!(twice.unwrap(), [plain.as_slice(), &plain].concat());
    }

    #[tokio::test]
    async fn compressed_nothing_without_end_is_too_large() {
        let nothing = all(GzipEncoder::new(&b""[..])).await;
        let endless = nothing.repeat(1000);
        let endless = both(&endless, Coding::Gzip, 1000).await;
        assert!(matches!(endless, (Err(Unread::TooLarge), Err(Unread::TooLarge))));
    }

    #[test]
    fn other_codings_and_several_are_not_decoded() {
        for (lines, coding) in [
            (&[][..], Some(Coding::Identity)),
            (&["identity"], Some(Coding::Identity)),
            (&["X-GZip"], Some(Coding::Gzip)),
            (&["identity, deflate"], Some(Coding::Deflate)),
            (&["br"], None),
            (&["gzip, gzip"], None),
            (&["gzip", "deflate"], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(CONTENT_ENCODING, line.parse().unwrap());
            }
            assert_eq!(Coding::of(&headers), coding, "{lines:?}");
        }
    }
}
