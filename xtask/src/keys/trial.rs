//! One pair of requests, tried.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use imcaxy_shared::request::{CacheKey, IgnoredQuery, ImageRequest};
use imcaxy_shared::testing::requests::{RawRequest, random_pair};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::KeysError;
use super::asking::{Answer, Asker};
use super::judge::{Agreement, Findings, Reading, Tried};
use super::pictures::Pictures;

/// Trials against one imaginary.
pub struct Trials<'a> {
    asker: &'a Asker,
    pictures: &'a Pictures,
    /// What the canonical form of each key gave.
    canonical: Mutex<HashMap<CacheKey, Answer>>,
}

impl<'a> Trials<'a> {
    pub fn new(asker: &'a Asker, pictures: &'a Pictures) -> Self {
        Self { asker, pictures, canonical: Mutex::default() }
    }

    /// Makes the pair of a seed and asks imaginary for all that there is to know about it.
    pub async fn pair(&self, seed: u64) -> Result<Findings, KeysError> {
        let mut rng = StdRng::seed_from_u64(seed);
        let pair = random_pair(&mut rng, &self.pictures.urls(), &self.pictures.marks());
        let [first, second] = pair.requests;
        let tried = [self.request(first).await?, self.request(second).await?];
        Ok(Findings::of(seed, pair.kind, tried))
    }

    async fn request(&self, raw: RawRequest) -> Result<Tried, KeysError> {
        let theirs = self.asker.original(&raw).await?;
        let request = match ImageRequest::parse(&raw.path, &raw.query, raw.accept.as_deref()) {
            Ok(request) => request,
            Err(refusal) => return Ok(Tried { raw, theirs, reading: Reading::Refused(refusal) }),
        };
        let key = CacheKey::of("imaginary", "", &request.canonical(&IgnoredQuery::default()));
        let (known, canonical) = match self.known(&key) {
            Some(canonical) => (true, canonical),
            None => (false, self.canonical(&request).await?),
        };
        let agreement = if canonical.agrees(&theirs) {
            Agreement::Same
        } else {
            self.settle(&raw, &request, &theirs, &canonical).await?
        };
        if !known && agreement == Agreement::Same {
            self.canonical
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(key.clone(), canonical.clone());
        }
        let render = request.render();
        let sent = format!("/{}?{}", render.operation, render.query());
        Ok(Tried { raw, theirs, reading: Reading::Accepted { key, sent, canonical, agreement } })
    }

    fn known(&self, key: &CacheKey) -> Option<Answer> {
        self.canonical.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    async fn canonical(&self, request: &ImageRequest) -> Result<Answer, KeysError> {
        let source = self.pictures.at(request.source.as_str()).cloned().unwrap_or_default();
        Ok(self.asker.canonical(&request.render(), &source).await?)
    }

    /// Whether two answers differ because imaginary answers one request in several ways: then asking for both again
    /// brings one of these for both.
    async fn settle(
        &self,
        raw: &RawRequest,
        request: &ImageRequest,
        theirs: &Answer,
        canonical: &Answer,
    ) -> Result<Agreement, KeysError> {
        const TIMES: usize = 12;

        let (mut originals, mut canonicals) = (vec![theirs.clone()], vec![canonical.clone()]);
        for _ in 0..TIMES {
            originals.push(self.asker.original(raw).await?);
            canonicals.push(self.canonical(request).await?);
            if originals.iter().any(|one| canonicals.iter().any(|other| one.agrees(other))) {
                return Ok(Agreement::Unsteady);
            }
        }
        Ok(Agreement::Never)
    }
}
