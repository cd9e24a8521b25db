//! What both sides are asked for, and what each time cost.

use std::time::{Duration, Instant};

use super::sides::Sides;
use super::sources::{
    JPEG_2, JPEG_2_PROGRESSIVE, JPEG_2_TURNED, JPEG_12_TURNED, JPEG_24, PNG_2, PNG_ALPHA, WEBP_2, WEBP_24,
};
use crate::bench::error::{BenchError, Faults};

/// A request for a source.
#[derive(Clone, Copy)]
pub struct Case {
    pub source: &'static str,
    pub request: &'static str,
}

/// A case, and the milliseconds of CPU that one picture cost each side, round by round.
pub struct Compared {
    pub case: Case,
    pub engine: Vec<f64>,
    pub imaginary: Vec<f64>,
    /// How often imaginary is asked in a round, and how often the engine.
    calls: (u32, u32),
}

/// The same for each source, then each operation on one source.
pub fn all() -> Vec<Case> {
    const SOURCES: [&str; 9] = [
        JPEG_2,
        JPEG_2_TURNED,
        JPEG_2_PROGRESSIVE,
        JPEG_12_TURNED,
        JPEG_24,
        PNG_2,
        PNG_ALPHA,
        WEBP_2,
        WEBP_24,
    ];
    const REQUESTS: [&str; 20] = [
        "info",
        "resize?width=800",
        "resize?width=100",
        "resize?width=300&type=png",
        "resize?width=300&type=webp",
        "fit?width=300&height=300",
        "crop?width=300&height=300",
        "enlarge?width=2400&height=1350",
        "thumbnail?width=300",
        "convert?type=jpeg",
        "convert?type=png",
        "convert?type=webp",
        "convert?type=tiff",
        "rotate?rotate=90",
        "flip",
        "flop",
        "extract?top=100&left=200&areawidth=800&areaheight=600",
        "zoom?factor=1&top=100&left=200&areawidth=600&areaheight=400",
        "resize?width=300&colorspace=bw",
        "resize?width=300&height=300&embed=true",
    ];
    let by_source = SOURCES.map(|source| Case { source, request: "resize?width=300" });
    let by_request = REQUESTS.map(|request| Case { source: JPEG_2, request });
    let turned_up = Case { source: JPEG_2_TURNED, request: "autorotate" };
    by_source.into_iter().chain(by_request).chain([turned_up]).collect()
}

impl Compared {
    /// Asks both sides until they are warm, and sees how often they are to be asked in a round. A case that one of them refuses is a fault,
    /// and not measured.
    pub async fn warm(
        sides: &Sides,
        case: Case,
        quick: bool,
        faults: &mut Faults,
    ) -> Result<Option<Self>, BenchError> {
        const WARMING: u32 = 3;

        let begun = Instant::now();
        let refused = sides.ask_imaginary(case, WARMING).await;
        let imaginary = begun.elapsed() / WARMING;
        let begun = Instant::now();
        let refused = refused.and(sides.ask_engine(case, WARMING).await);
        let engine = begun.elapsed() / WARMING;
        if let Err(refusal) = refused {
            faults.add(format!("{} of {}: {refusal}", case.request, case.source));
            return Ok(None);
        }
        let calls = (batch(imaginary, quick), batch(engine, quick));
        Ok(Some(Self { case, engine: Vec::new(), imaginary: Vec::new(), calls }))
    }

    /// Asks each side a batch at a time; who goes first changes with each round. `health` is what an empty answer of imaginary costs, in
    /// milliseconds, and taken off.
    pub async fn measure(
        &mut self,
        sides: &Sides,
        round: usize,
        health: f64,
        faults: &mut Faults,
    ) -> Result<(), BenchError> {
        let (case, (imaginary, engine)) = (self.case, self.calls);
        for turn in 0..2 {
            let used = if (turn + round).is_multiple_of(2) {
                sides.cpu_of_imaginary(case, imaginary).await?.map(|used| self.imaginary.push(used - health))
            } else {
                sides.cpu_of_engine(case, engine).await?.map(|used| self.engine.push(used))
            };
            if let Err(refusal) = used {
                faults.add(format!("{} of {}: {refusal}", case.request, case.source));
            }
        }
        Ok(())
    }

    /// The engine's share of what imaginary took, round by round.
    pub fn ratios(&self) -> Vec<f64> {
        self.engine.iter().zip(&self.imaginary).map(|(engine, imaginary)| engine / imaginary).collect()
    }
}

/// So many calls that the kernel's times, which are told in hundredths of a second, are exact to some percent.
fn batch(one: Duration, quick: bool) -> u32 {
    const LONG: Duration = Duration::from_millis(500);
    const SHORT: Duration = Duration::from_millis(150);
    const MOST: u32 = 400;

    let whole = if quick { SHORT } else { LONG };
    let calls = whole.as_nanos().div_ceil(one.as_nanos().max(1));
    u32::try_from(calls).unwrap_or(MOST).clamp(3, MOST)
}
