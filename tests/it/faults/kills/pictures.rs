//! Sources whose pictures change, and what may be answered of them at which time.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures::future::join_all;
use imcaxy_shared::entry::Entry;
use imcaxy_shared::ports::Catalog;
use imcaxy_shared::request::SourceId;
use imcaxy_testkit::{Behaviour, Origin, Photo, System};

use crate::harness::{Answer, append_and_work_off};

/// What a source is in turn.
const PHOTOS: [&str; 4] = ["medium.jpg", "imaginary.jpg", "smart-crop.jpg", "test.webp"];
/// The last is more than a mebibyte of most of them: it is answered when it is stored.
pub const REQUESTS: [&str; 3] = ["/resize?width=60", "/resize?width=90", "/resize?width=900&type=png"];
pub const SOURCES: usize = 16;

/// A source and a request, by their numbers.
pub type Variant = (usize, usize);

pub struct Pictures {
    photos: Vec<Bytes>,
    /// What imaginary makes of each photo, by request.
    made: Vec<Vec<Bytes>>,
    sources: Vec<Source>,
    /// What was answered as a hit, or as stored.
    kept: Mutex<BTreeSet<Variant>>,
    answers: AtomicUsize,
    hits: AtomicUsize,
}

/// Versions of a source, counted from 0.
#[derive(Default)]
struct Source {
    /// The one that the origin has, or is about to have.
    newest: AtomicUsize,
    /// The oldest that may be answered to who asks from now on.
    oldest: AtomicUsize,
}

impl Pictures {
    pub async fn new(system: &System) -> Self {
        let photos = join_all(PHOTOS.map(Photo::bytes)).await;
        let mut made = Vec::new();
        for request in REQUESTS {
            let paths = PHOTOS.map(|photo| system.path(request, photo));
            let asked = join_all(paths.iter().map(|path| Answer::of_imaginary(path, &[]))).await;
            made.push(asked.into_iter().map(|answer| answer.picture().body).collect());
        }
        let sources = (0..SOURCES).map(|_| Source::default()).collect();
        let (answers, hits) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let pictures = Self { photos, made, sources, kept: Mutex::default(), answers, hits };
        (0..SOURCES).for_each(|source| pictures.is_served(&system.origin, source, 0));
        pictures
    }

    /// The bytes of a version.
    pub fn bytes(&self, version: usize) -> Bytes {
        self.photos[version % PHOTOS.len()].clone()
    }

    /// A source changes and is discarded: from then on nobody who asks may get what was before.
    pub async fn change(
        &self,
        origin: &Origin,
        catalog: &dyn Catalog,
        number: usize,
        ledger_is_read: impl Future<Output = ()>,
    ) {
        let source = &self.sources[number];
        let version = source.newest.fetch_add(1, Ordering::SeqCst) + 1;
        self.is_served(origin, number, version);
        append_and_work_off(catalog, &SourceId::of(&origin.url(&name(number)))).await;
        ledger_is_read.await;
        source.oldest.store(version, Ordering::SeqCst);
    }

    fn is_served(&self, origin: &Origin, source: usize, version: usize) {
        origin.behave(&name(source), Behaviour::bytes(self.bytes(version)));
    }

    /// The oldest version that may be answered to who asks from now on.
    pub fn oldest(&self, source: usize) -> usize {
        self.sources[source].oldest.load(Ordering::SeqCst)
    }

    /// Fails the test unless this is whole, and of a version that may be answered to who asked when `oldest` was the oldest.
    pub fn takes(&self, (source, request): Variant, oldest: usize, answer: Answer) {
        let answer = self.whole(answer);
        let newest = self.sources[source].newest.load(Ordering::SeqCst);
        let photo = self.photo(request, &answer.body);
        let is_one = (oldest..=newest).any(|version| version % PHOTOS.len() == photo);
        let told = answer.cache_status();
        assert!(is_one, "{source}, {request}: photo {photo}, not of {oldest} to {newest}: {told}");
        if answer.is_hit() || told.ends_with("; stored") {
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert((source, request));
        }
    }

    /// Fails the test unless this is a whole picture.
    pub fn whole(&self, answer: Answer) -> Answer {
        let answer = answer.picture();
        assert_eq!(answer.header("etag"), Entry::etag_of(&answer.body), "torn: {}", answer.cache_status());
        self.answers.fetch_add(1, Ordering::SeqCst);
        self.hits.fetch_add(usize::from(answer.is_hit()), Ordering::SeqCst);
        answer
    }

    /// Which of the photographs a picture was made from.
    pub fn photo(&self, request: usize, body: &Bytes) -> usize {
        let made = self.made[request].iter().position(|made| made == body);
        made.expect("imaginary makes that of one of the photographs")
    }

    /// Asks again for all that was kept: it is a hit, or is rendered once more.
    pub async fn are_answered(&self, system: &System) {
        let kept: Vec<_> = self.kept.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        join_all(kept.into_iter().map(|variant| async move {
            let oldest = self.oldest(variant.0);
            let answer = Answer::get(system, 0, &path(&system.origin, variant)).await;
            self.takes(variant, oldest, answer);
        }))
        .await;
    }

    pub fn told(&self) -> String {
        let changes: usize = self.sources.iter().map(|source| source.newest.load(Ordering::SeqCst)).sum();
        let [answers, hits] = [&self.answers, &self.hits].map(|count| count.load(Ordering::SeqCst));
        format!("{answers} answers were whole, {hits} of them hits, over {changes} changes")
    }
}

/// The path of a variant.
pub fn path(origin: &Origin, (source, request): Variant) -> String {
    format!("{}&url={}", REQUESTS[request], origin.url(&name(source)))
}

fn name(source: usize) -> String {
    format!("source-{source}.jpg")
}
