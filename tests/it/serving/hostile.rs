//! Origins that send what no picture is, or too much of it, or never enough: each ends with its code, in bounded memory.

use std::fs;
use std::time::Duration;

use bytes::Bytes;
use imcaxy_testkit::{Behaviour, Photo, RawOrigin, Script, System, progress};

use crate::harness::{Answer, Stack, on, on_both_stacks, start};

on_both_stacks! {
    hostile_sources_end_with_their_codes_and_the_worker_stays_small,
    a_body_that_does_not_have_its_length_is_no_source,
    slow_headers_and_slow_bodies_have_one_time_limit,
    what_is_compressed_unasked_is_rendered_as_if_it_were_not,
}

/// What a worker may take at its worst with the default limits, one source at a time: four times `sources.max_bytes`. A body that
/// grows is copied, and what was freed before may not have been given back yet.
const MOST_MIB: u64 = 256;

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n";

/// A kibibyte that decodes to a mebibyte of zeros, again and again: gzip knows members.
fn bomb() -> Bytes {
    const ZEROS: &[u8] = include_bytes!("zeros.gz");
    Bytes::from(ZEROS.repeat(1024))
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..], &sides, b"\x08\x02\0\0\0\0\0\0\0\0\0\0\0IDAT"].concat()
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let sides = [height.to_be_bytes(), width.to_be_bytes()].concat();
    [&b"\xff\xd8\xff\xc0\0\x0b\x08"[..], &sides, b"\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0"].concat()
}

fn gif(frames: usize) -> Vec<u8> {
    let frame = b"\x2c\0\0\0\0\x10\0\x10\0\0\x02\x02\x44\x01\0";
    [&b"GIF89a\x10\0\x10\0\x80\0\0\0\0\0\xff\xff\xff"[..], &frame.repeat(frames), b"\x3b"].concat()
}

/// One directory that leads to itself.
fn endless_tiff() -> Vec<u8> {
    b"II*\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x10\0\0\0\x01\x01\x03\0\x01\0\0\0\x10\0\0\0\x08\0\0\0"
        .to_vec()
}

/// The most that a process has held since it was last reset.
fn peak_mib(system: &System) -> u64 {
    let path = format!("/proc/{}/status", system.worker(0).id());
    let status = fs::read_to_string(path).expect("the status of a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

fn reset_peak(system: &System) {
    fs::write(format!("/proc/{}/clear_refs", system.worker(0).id()), "5").expect("a process of ours");
}

async fn asked(system: &System, url: &str) -> Answer {
    Answer::get(system, 0, &format!("/convert?type=png&url={url}")).await
}

async fn hostile_sources_end_with_their_codes_and_the_worker_stays_small(stack: Stack) {
    // Compressed, it grows a thousandfold.
    let gzip = |bytes: Bytes| Behaviour::bytes(bytes).header("content-encoding", "gzip");
    let system = start(on(stack).workers(1).env("IMCAXY_WORKER_CONCURRENCY", "1")).await;
    let photo = Photo::bytes("medium.jpg").await;
    let mebibyte = Bytes::from([&b"100000\r\n"[..], &vec![0xff; 1 << 20], b"\r\n"].concat());
    let gibibyte = RawOrigin::start(
        Script::plain(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n")).then(1024, mebibyte),
    );
    let gibibyte = gibibyte.await;
    let until_closed =
        RawOrigin::start(Script::plain(format!("{HEAD}\r\n")).then(1024, vec![0xff; 1 << 20])).await;
    system.origin.behave("bomb.png", gzip(bomb()));
    system.origin.behave("brotli.jpg", Behaviour::bytes(photo.clone()).header("content-encoding", "br"));
    system.origin.behave("not-gzip.jpg", gzip(photo.clone()));
    system.origin.behave("half-gzip.png", gzip(bomb().slice(..500)));
    for (name, bytes) in [
        ("flood.png", png(60_000, 60_000)),
        ("flood.jpg", jpeg(65_500, 65_500)),
        ("frames.gif", gif(10_000)),
        ("endless.tiff", endless_tiff()),
        ("headless.png", b"\x89PNG\r\n\x1a\nnothing that follows is a header".to_vec()),
        ("short.jpg", photo[..100].to_vec()),
        ("empty.jpg", Vec::new()),
    ] {
        system.origin.behave(name, Behaviour::bytes(bytes));
    }
    system.origin.behave("page.jpg", Behaviour::html());
    let at = |path: &str| system.origin.url(path);
    progress::say("| source | answer | worker's peak |\n|---|---|---|");
    for (what, url, status, code) in [
        ("1 GiB, chunked, without length", gibibyte.url("1.jpg"), 413, "source_too_large"),
        ("1 GiB, until the connection closes", until_closed.url("1.jpg"), 413, "source_too_large"),
        ("1 MiB of gzip that is 1 GiB", at("bomb.png"), 413, "source_too_large"),
        ("a PNG of 60,000×60,000 pixels", at("flood.png"), 413, "too_many_pixels"),
        ("a JPEG of 65,500×65,500 pixels", at("flood.jpg"), 413, "too_many_pixels"),
        ("a GIF of 10,000 frames", at("frames.gif"), 413, "too_many_frames"),
        ("a TIFF whose page leads to itself", at("endless.tiff"), 400, "imaginary_refused"),
        ("a PNG without header", at("headless.png"), 422, "not_an_image"),
        ("the first 100 bytes of a JPEG", at("short.jpg"), 422, "not_an_image"),
        ("a page of HTML with status 200", at("page.jpg"), 422, "not_an_image"),
        ("nothing", at("empty.jpg"), 422, "not_an_image"),
        ("brotli, unasked", at("brotli.jpg"), 502, "source_failed"),
        ("gzip that is none", at("not-gzip.jpg"), 502, "source_failed"),
        ("half of a gzip", at("half-gzip.png"), 502, "source_failed"),
    ] {
        reset_peak(&system);
        asked(&system, &url).await.refused(status, code);
        let peak = peak_mib(&system);
        progress::say(&format!("| {what} | {status} `{code}` | {peak} MiB |"));
        assert!(peak < MOST_MIB, "{what}: {peak} MiB");
    }
    asked(&system, &at("medium.jpg")).await.picture();
    system.finish().await;
}

async fn a_body_that_does_not_have_its_length_is_no_source(stack: Stack) {
    let system = start(on(stack).workers(1).env("IMCAXY_SOURCES_TIMEOUT", "5s")).await;
    let photo = Photo::bytes("medium.jpg").await;
    let (half, all) = (photo.slice(..photo.len() / 2), photo.len());
    let chunk = |bytes: &[u8], length: usize| [format!("{length:x}\r\n").as_bytes(), bytes, b"\r\n"].concat();
    for (what, headers, body) in [
        ("short", format!("Content-Length: {all}"), half.to_vec()),
        ("two lengths", format!("Content-Length: {all}\r\nContent-Length: {}", all - 1), photo.to_vec()),
        ("no number", "Content-Length: many".to_owned(), photo.to_vec()),
        ("negative", "Content-Length: -1".to_owned(), photo.to_vec()),
        ("chunks without end", "Transfer-Encoding: chunked".to_owned(), chunk(&half, half.len())),
        ("half a chunk", "Transfer-Encoding: chunked".to_owned(), chunk(&half, all)),
        ("no chunk", "Transfer-Encoding: chunked".to_owned(), b"zz\r\nabc".to_vec()),
    ] {
        let wire =
            RawOrigin::start(Script::plain([format!("{HEAD}{headers}\r\n\r\n").as_bytes(), &body].concat()))
                .await;
        let answer = asked(&system, &wire.url("1.jpg")).await;
        assert_eq!((what, answer.status), (what, 502), "{}", answer.json());
        answer.refused(502, "source_failed");
    }
    // A message ends where its length says; what follows belongs to nobody, and the bytes before are the whole picture.
    let longer = [format!("{HEAD}Content-Length: {all}\r\n\r\n").as_bytes(), &photo, b"and more"].concat();
    let wire = RawOrigin::start(Script::plain(longer)).await;
    let answer = asked(&system, &wire.url("1.jpg")).await.picture();
    assert_eq!(answer.body, asked(&system, &system.origin.url("medium.jpg")).await.picture().body);
    system.finish().await;
}

async fn slow_headers_and_slow_bodies_have_one_time_limit(stack: Stack) {
    let system = start(on(stack).workers(1).env("IMCAXY_SOURCES_TIMEOUT", "2s")).await;
    let drip = Duration::from_millis(100);
    let silent = RawOrigin::start(Script::plain("").then(1, "").slowly(Duration::from_secs(60))).await;
    let headers = RawOrigin::start(Script::plain(HEAD).then(1000, "X: y\r\n").slowly(drip)).await;
    let body = format!("{HEAD}Content-Length: 100000\r\n\r\n");
    let body = RawOrigin::start(Script::plain(body).then(1000, "x").slowly(drip)).await;
    let asked = |wire: &RawOrigin| {
        let (system, url) = (&system, wire.url("1.jpg"));
        async move {
            let began = std::time::Instant::now();
            asked(system, &url).await.refused(502, "source_failed");
            assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        }
    };
    tokio::join!(asked(&silent), asked(&headers), asked(&body));
    system.finish().await;
}

async fn what_is_compressed_unasked_is_rendered_as_if_it_were_not(stack: Stack) {
    let system = start(on(stack).workers(1)).await;
    let plain = asked(&system, &system.origin.url("test.png")).await.picture();
    let seen = system.origin.requests("test.png");
    assert_eq!(seen[0].header("accept-encoding"), "identity");
    let compressed = compressed(&Photo::bytes("test.png").await);
    system.origin.behave("gzip.png", Behaviour::bytes(compressed).header("content-encoding", "gzip"));
    assert_eq!(asked(&system, &system.origin.url("gzip.png")).await.picture().body, plain.body);
    system.finish().await;
}

/// gzip with blocks that are stored as they are.
fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
    let blocks: Vec<&[u8]> = bytes.chunks(60_000).collect();
    for (index, block) in blocks.iter().enumerate() {
        let length = u16::try_from(block.len()).expect("a block is short");
        gzip.push(u8::from(index + 1 == blocks.len()));
        gzip.extend([length.to_le_bytes(), (!length).to_le_bytes()].concat());
        gzip.extend(*block);
    }
    let crc = bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    });
    gzip.extend((!crc).to_le_bytes());
    gzip.extend(u32::try_from(bytes.len()).expect("a picture is short").to_le_bytes());
    gzip
}
