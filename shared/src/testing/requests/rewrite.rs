//! Rewritings that imaginary does not see: order, duplicates, names that it does not know, what is default or idle, and
//! spellings. They are its own rules (`params.go`, `options.go`, `image.go` of v1.2.4), stated a second time.

use rand::seq::IndexedRandom as _;
use rand::{Rng, RngExt as _};

use super::draft::Draft;
use super::respell::{is_default, respelled, simple};
use super::{often, one, restep};
use crate::request::Operation::{self, *};

/// The same request with other words.
pub(super) fn rewritten(rng: &mut impl Rng, draft: &Draft) -> Draft {
    let mut draft = draft.clone();
    if draft.negotiates() {
        renegotiate(rng, &mut draft);
    } else {
        draft.accept = one(rng, super::values::ACCEPT).map(str::to_owned);
    }
    respell(rng, &mut draft);
    draft.steps = draft.steps.iter().map(|step| restep::rewritten(rng, step)).collect();
    leave_out(rng, &mut draft);
    for _ in 0..rng.random_range(0..4) {
        add(rng, &mut draft);
    }
    draft
}

/// Another `Accept` that stands for the same type, or that type itself.
fn renegotiate(rng: &mut impl Rng, draft: &mut Draft) {
    const WEBP: &[&str] =
        &["image/webp", "image/avif,IMAGE/WEBP;q=0,image/png", "text/html, image/webp;v=b3"];
    const PNG: &[&str] = &["image/png", "*/*, image/png;q=0.1, image/webp", "image/webp;q=1;q=0,image/png"];
    const JPEG: &[&str] = &["image/jpeg", "IMAGE/JPEG;q=0", "image/jpg, image/jpeg"];
    const NONE: &[&str] = &["*/*", "image/*", "", "image/jpg, image/gif", "image/webp x"];

    let (same, named) = match draft.accept.as_deref() {
        Some("image/avif,image/webp,*/*;q=0.8") => (WEBP, "webp"),
        Some("image/png;q=0, image/webp" | "image/webp;q=1;q=0,image/png") => (PNG, "png"),
        Some("IMAGE/JPEG") => (JPEG, "jpeg"),
        Some("*/*") | None => (NONE, ""),
        Some(_) => return,
    };
    draft.accept = Some(one(rng, same).to_owned());
    // A type that does nothing is not looked for.
    let given = draft.pairs.iter_mut().find(|(name, _)| name == "type");
    if let Some((_, value)) = given.filter(|_| often(rng, 0.3)) {
        named.clone_into(value);
    }
}

/// Spells what counts differently; what is a later duplicate may be anything.
fn respell(rng: &mut impl Rng, draft: &mut Draft) {
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in &mut draft.pairs {
        if seen.contains(name) {
            *value = one(rng, &["7", "", "true", "junk"]).to_owned();
        } else if often(rng, 0.7) {
            *value = respelled(rng, name, value);
        }
        seen.push(name.clone());
    }
}

/// Drops defaults, unless a duplicate would take their place.
fn leave_out(rng: &mut impl Rng, draft: &mut Draft) {
    let counted = draft.clone();
    draft
        .pairs
        .retain(|(name, value)| counted.count(name) > 1 || !is_default(name, value) || often(rng, 0.6));
}

fn add(rng: &mut impl Rng, draft: &mut Draft) {
    const FOREIGN: &[(&str, &str)] = &[
        ("utm_source", "x"),
        ("Width", "9"),
        ("HEIGHT", "abc"),
        ("key", "k"),
        ("sign", "s"),
        ("field", "f"),
        ("width ", "3"),
        ("", "5"),
    ];
    let (name, value) = match rng.random_range(0..4) {
        0 => one(rng, FOREIGN),
        1 => one(rng, DEFAULTS),
        2 => match idle(draft).choose(rng) {
            Some(pair) => *pair,
            None => return,
        },
        _ => {
            let given: Vec<_> = draft.pairs.iter().map(|(name, _)| name.clone()).collect();
            let name = given.choose(rng).cloned().unwrap_or_default();
            draft.pairs.push((name, one(rng, &["", "3", "junk", "%"]).to_owned()));
            return;
        }
    };
    let has_steps = name == "operations" && !draft.steps.is_empty();
    if !has_steps && draft.count(name) == 0 {
        draft.pairs.push((name.to_owned(), value.to_owned()));
    }
}

/// What absence means, spelled out.
const DEFAULTS: &[(&str, &str)] = &[
    ("quality", "75"),
    ("quality", "74.5"),
    ("compression", "6"),
    ("width", "0"),
    ("height", ""),
    ("top", "0.4"),
    ("areawidth", "-0"),
    ("rotate", "0"),
    ("factor", ""),
    ("margin", "0"),
    ("dpi", "0"),
    ("textwidth", ""),
    ("opacity", "0"),
    ("sigma", "0.0"),
    ("minampl", ""),
    ("flip", "false"),
    ("flop", "0"),
    ("force", "F"),
    ("embed", ""),
    ("noprofile", "False"),
    ("norotation", "f"),
    ("noreplicate", "FALSE"),
    ("stripmeta", "false"),
    ("interlace", ""),
    ("gravity", "centre"),
    ("gravity", "junk"),
    ("extend", "copy"),
    ("extend", " COPY"),
    ("colorspace", "srgb"),
    ("background", "0,0,0"),
    ("type", ""),
    ("text", ""),
    ("font", ""),
    ("color", ""),
    ("image", ""),
    ("aspectratio", ""),
];

/// Parameters that are read, must be sound, and do nothing here.
fn idle(draft: &Draft) -> Vec<(&'static str, &'static str)> {
    let operation = draft.operation;
    let mut idle = Vec::new();
    let mut unless = |uses: bool, pairs: &[(&'static str, &'static str)]| {
        if !uses {
            idle.extend_from_slice(pairs);
        }
    };
    let is = |some: &[Operation]| some.contains(&operation);
    let bare = is(&[Info, AutoRotate, Pipeline]);
    unless(is(&[Extract, Zoom, WatermarkImage]), &[("top", "5"), ("left", "1")]);
    unless(is(&[Extract, Zoom]), &[("areawidth", "20"), ("areaheight", "1e1")]);
    unless(is(&[Zoom]), &[("factor", "2")]);
    unless(is(&[Resize, Enlarge, Zoom]), &[("nocrop", "true"), ("nocrop", "false")]);
    unless(is(&[Watermark, WatermarkImage]), &[("opacity", "0.5")]);
    unless(
        is(&[Watermark]),
        &[
            ("text", "hello"),
            ("font", "sans 12"),
            ("color", "255,0,0"),
            ("dpi", "72"),
            ("margin", "3"),
            ("textwidth", "20"),
            ("noreplicate", "true"),
        ],
    );
    unless(is(&[WatermarkImage]), &[("image", "http://127.0.0.1:1/x.png"), ("image", "nonsense")]);
    unless(!is(&[Resize, Fit]), &[("embed", "true")]);
    unless(is(&[Pipeline]), &[("operations", "[]"), ("operations", "[{\"operation\":\"flip\"}]")]);
    unless(!is(&[Flip]), &[("flip", "true")]);
    unless(!is(&[Flop]), &[("flop", "true")]);
    unless(
        !bare,
        &[
            ("width", "50"),
            ("height", "1_0"),
            ("quality", "30"),
            ("rotate", "90"),
            ("type", "png"),
            ("gravity", "north"),
            ("sigma", "2"),
            ("background", "255,255"),
            ("aspectratio", "abc"),
            ("force", "true"),
            ("nocrop", "T"),
        ],
    );
    let both = ["width", "height"].map(|name| draft.first(name).and_then(simple).unwrap_or(0));
    unless(both.contains(&0) || is(&[Fit]), &[("aspectratio", "16:9"), ("aspectratio", "abc")]);
    let blurred = draft.first("sigma").is_some_and(|sigma| matches!(sigma, "1" | "2.5" | "0.1"));
    unless(!blurred, &[("minampl", "0.3"), ("minampl", "1e2")]);
    idle
}
