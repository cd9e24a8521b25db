//! What an answer of imaginary means: for those who wait, and for the imaginary that gave it.

use std::time::Duration;

use imcaxy_shared::backends::imaginary::{Answer, NoAnswer};
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::Operation;

use super::Picture;
use super::message::message;
use super::pool::End;
use crate::origin::Media;

/// How long an imaginary that throttles is left alone when it does not say.
const THROTTLED: Duration = Duration::from_secs(1);

/// The picture, or why there is none, and what it says of the imaginary. A request that imaginary refuses is no fault of its.
pub(super) fn read(
    operation: Operation,
    answered: &Result<Answer, NoAnswer>,
) -> (Result<Picture, Failure>, End) {
    let answer = match answered {
        Ok(answer) => answer,
        Err(NoAnswer::Unconnected) => return (failed("imaginary cannot be reached"), End::Unconnected),
        Err(NoAnswer::Slow) => return (failed("imaginary took too long"), End::Failed),
        Err(NoAnswer::Closed) => return (failed("imaginary did not answer"), End::Failed),
        Err(NoAnswer::TooLarge(most)) => return (larger(*most), End::Well),
    };
    match answer.status {
        200 => picture(operation, answer),
        401 => (ours(answer.status, "imaginary.key"), End::Well),
        403 => (ours(answer.status, "imaginary.signature_key"), End::Well),
        429 => {
            (failed("imaginary has enough to do"), End::Throttled(answer.retry_after.unwrap_or(THROTTLED)))
        }
        // Of the requests that it does not want to be asked at this moment.
        408 | 425 => (failed(&format!("imaginary answered {}", answer.status)), End::Failed),
        status @ 400..=499 => (refused(status, answer), End::Well),
        // The operation is switched off (`-disable-endpoints`).
        501 => (Err(Failure::new(FailureCode::NotImplemented, told(answer))), End::Well),
        status => (failed(&format!("imaginary answered {status}")), End::Failed),
    }
}

/// It would be as large the next time.
fn larger(most: u64) -> Result<Picture, Failure> {
    let message = format!(
        "the result has more than the {most} bytes that are read of one; ask for a smaller one, or for another type"
    );
    Err(Failure::new(FailureCode::BadParameter, message))
}

fn picture(operation: Operation, answer: &Answer) -> (Result<Picture, Failure>, End) {
    // With `-placeholder-status 200` an error is a picture of the right size; a header is its only trace.
    if answer.error.is_some() {
        return (failed("imaginary answered a placeholder"), End::Well);
    }
    // A pipeline whose last step fails and may.
    if answer.body.is_empty() {
        return (failed("imaginary answered an empty picture"), End::Well);
    }
    let found = || Picture { content_type: answer.content_type.clone(), bytes: answer.body.clone() };
    if operation == Operation::Info && answer.content_type.starts_with("application/json") {
        return (Ok(found()), End::Well);
    }
    if !answer.content_type.starts_with("image/") {
        // Something stands in front of imaginary and answers in its place.
        return (failed("imaginary answered what is no picture"), End::Failed);
    }
    match Media::of(&answer.body) {
        Some(media) if media.name == answer.content_type => (Ok(found()), End::Well),
        // imaginary calls HEIF bytes image/jpeg.
        other => {
            let other = other.map_or("of an unknown type", |media| media.name);
            let message =
                format!("the picture is called {} and is {other}; ask for a type", answer.content_type);
            (Err(Failure::new(FailureCode::UnsupportedType, message)), End::Well)
        }
    }
}

/// What we were configured with is not what imaginary was started with.
fn ours(status: u16, setting: &str) -> Result<Picture, Failure> {
    tracing::error!(
        status,
        "imaginary does not take what is sent: {setting} is not what it was started with"
    );
    failed(&format!("imaginary answered {status}; see {setting}"))
}

fn refused(status: u16, answer: &Answer) -> Result<Picture, Failure> {
    let said = sentence(answer);
    match said.as_deref() {
        // Its words where a signature is no signature at all (`error.go`).
        Some("Invalid URL signature") => ours(status, "imaginary.signature_key"),
        Some(said) if is_about_a_watermark(said) => {
            tracing::warn!("imaginary cannot reach this worker for a watermark image: see worker.advertise");
            Err(Failure::new(FailureCode::WatermarkUnreachable, "imaginary cannot reach the worker"))
        }
        // Such an answer is no imaginary's: it has every path that it is asked for, and speaks JSON.
        None if matches!(status, 404 | 405 | 407) => {
            tracing::error!(status, "who answers is no imaginary: see imaginary.url");
            failed(&format!("imaginary answered {status}; see imaginary.url"))
        }
        _ => Err(Failure::new(FailureCode::ImaginaryRefused(status), told(answer))),
    }
}

/// `WatermarkImage` in `image.go`: it could not connect, or it read nothing.
fn is_about_a_watermark(said: &str) -> bool {
    ["Unable to retrieve watermark image", "Unable to read watermark image"]
        .iter()
        .any(|words| said.contains(words))
}

fn told(answer: &Answer) -> String {
    sentence(answer).unwrap_or_else(|| format!("imaginary answered {}", answer.status))
}

/// imaginary's own, which is in a header where a placeholder stands for the error.
fn sentence(answer: &Answer) -> Option<String> {
    message(answer.error.as_ref().map_or(&answer.body[..], |error| error.as_bytes()))
}

fn failed<T>(message: &str) -> Result<T, Failure> {
    Err(Failure::new(FailureCode::ImaginaryFailed, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use FailureCode as F;

    const JPEG: &[u8] = b"\xff\xd8\xff\xe0";

    fn answer(status: u16, content_type: &str, body: &[u8]) -> Answer {
        let body = bytes::Bytes::copy_from_slice(body);
        Answer { status, content_type: content_type.to_owned(), body, ..Answer::default() }
    }

    fn json(status: u16, message: &str) -> Answer {
        let body = format!(r#"{{"message":"{message}","status":{status}}}"#);
        answer(status, "application/json", body.as_bytes())
    }

    fn code(operation: Operation, answered: &Result<Answer, NoAnswer>) -> (Option<FailureCode>, End) {
        let (picture, end) = read(operation, answered);
        (picture.err().map(|failure| failure.code), end)
    }

    #[test]
    fn a_picture_is_one_that_is_what_it_is_called() {
        let failed = Some(F::ImaginaryFailed);
        for (answer, expected) in [
            (answer(200, "image/jpeg", JPEG), (None, End::Well)),
            (answer(200, "image/png", JPEG), (Some(F::UnsupportedType), End::Well)),
            (answer(200, "image/jpeg", b"\0\0\0\x18ftypheic"), (Some(F::UnsupportedType), End::Well)),
            (answer(200, "image/jpeg", b""), (failed, End::Well)),
            (answer(200, "", b""), (failed, End::Well)),
            (answer(200, "text/html", b"<p>"), (failed, End::Failed)),
            (answer(200, "application/json", b"{}"), (failed, End::Failed)),
            (Answer { error: Some("{}".into()), ..answer(200, "image/jpeg", JPEG) }, (failed, End::Well)),
        ] {
            assert_eq!(code(Operation::Resize, &Ok(answer.clone())), expected, "{answer:?}");
        }
        assert_eq!(code(Operation::Info, &Ok(answer(200, "application/json", b"{}"))), (None, End::Well));
    }

    #[test]
    fn only_what_is_its_own_fault_counts_against_an_imaginary() {
        let refused = |status| Some(F::ImaginaryRefused(status));
        let failed = Some(F::ImaginaryFailed);
        let throttled = answer(429, "text/plain", b"limit exceeded\n");
        for (answered, expected) in [
            (Ok(json(400, "bad extract area")), (refused(400), End::Well)),
            (Ok(json(406, "Unsupported media type")), (refused(406), End::Well)),
            (Ok(json(422, "Image resolution is too big")), (refused(422), End::Well)),
            (Ok(answer(413, "text/html", b"<p>")), (refused(413), End::Well)),
            (Ok(json(404, "Not found")), (refused(404), End::Well)),
            (Ok(answer(404, "text/plain", b"404 page not found\n")), (failed, End::Well)),
            (Ok(json(401, "Invalid or missing API key")), (failed, End::Well)),
            (Ok(json(403, "URL signature mismatch")), (failed, End::Well)),
            (Ok(json(400, "Invalid URL signature")), (failed, End::Well)),
            (Ok(throttled.clone()), (failed, End::Throttled(Duration::from_secs(1)))),
            (
                Ok(Answer { retry_after: Some(Duration::from_secs(7)), ..throttled }),
                (failed, End::Throttled(Duration::from_secs(7))),
            ),
            (Ok(json(501, "Not implemented endpoint")), (Some(F::NotImplemented), End::Well)),
            (Ok(json(503, "x")), (failed, End::Failed)),
            (Ok(answer(500, "text/plain", b"throttle error")), (failed, End::Failed)),
            (Ok(answer(302, "text/html", b"")), (failed, End::Failed)),
            (Err(NoAnswer::Unconnected), (failed, End::Unconnected)),
            (Err(NoAnswer::Slow), (failed, End::Failed)),
            (Err(NoAnswer::Closed), (failed, End::Failed)),
            (Err(NoAnswer::TooLarge(9)), (Some(F::BadParameter), End::Well)),
        ] {
            assert_eq!(code(Operation::Resize, &answered), expected, "{answered:?}");
        }
    }

    #[test]
    fn what_imaginary_says_is_passed_on_also_from_under_a_placeholder() {
        let placeholder = Answer {
            error: Some(r#"{"message":"Unsupported media type","status":406}"#.to_owned()),
            ..answer(406, "image/jpeg", JPEG)
        };
        for answer in [json(406, "Unsupported media type"), placeholder] {
            let (picture, _) = read(Operation::Resize, &Ok(answer));
            assert_eq!(picture.unwrap_err().message, "Unsupported media type");
        }
        let (picture, _) = read(Operation::Resize, &Ok(answer(413, "text/html", b"<p>nginx at 10.0.0.1")));
        assert_eq!(picture.unwrap_err().message, "imaginary answered 413");
    }

    #[test]
    fn a_worker_that_cannot_be_reached_is_told_from_a_request_that_is_refused() {
        for said in [
            "Error while processing the image: Unable to retrieve watermark image. http://127.0.0.1:9/watermarks/1",
            "Error while processing the image: Unable to read watermark image",
        ] {
            let (picture, end) = read(Operation::WatermarkImage, &Ok(json(400, said)));
            let failure = picture.unwrap_err();
            assert_eq!((failure.code, end), (F::WatermarkUnreachable, End::Well));
            assert!(!failure.message.contains("127.0.0.1"));
        }
    }
}
