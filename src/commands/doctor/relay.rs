//! Whether imaginary can fetch watermark images from a worker on this machine.

use std::io;
use std::time::Duration;

use imcaxy_shared::backends::imaginary::{Imaginary, small_picture};
use imcaxy_shared::config::Settings;
use imcaxy_shared::finding::Finding;
use imcaxy_worker::{Trial, try_relay};
use tokio::net::TcpListener;
use tokio::time::timeout;

const NAME: &str = "watermark images";
/// How long all may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Listens where a worker would, and has each imaginary fetch something there.
pub(super) async fn all(settings: &Settings, imaginaries: &[Imaginary]) -> Vec<Finding> {
    // A relay that cannot be meant so was refused with the settings.
    if !settings.imaginary.renders() {
        return Vec::new();
    }
    let relay = settings.relay().ok().flatten();
    let Some(at) = relay.filter(|at| at.base(at.listen).is_some()) else {
        return vec![Finding::warn(
            NAME,
            "imaginary has no way to a worker: they are answered with 501",
            "set worker.listen to an address that imaginary reaches, and worker.advertise where it reaches it by another",
        )];
    };
    let listener = match TcpListener::bind(at.listen).await {
        Ok(listener) => listener,
        Err(cause) => return vec![not_tried(&cause, at.listen)],
    };
    let Some(base) = listener.local_addr().ok().and_then(|address| at.base(address)) else {
        return Vec::new();
    };
    let tried = timeout(PATIENCE, try_relay(listener, &base, imaginaries, &small_picture())).await;
    let Ok(Ok(trials)) = tried else {
        let advice = "see whether imaginary answers, and whether a firewall holds back what it asks";
        return vec![Finding::fail(NAME, format!("imaginary does not fetch them from {base}"), advice)];
    };
    let advertised = settings.worker.advertise.is_some();
    let several = imaginaries.len() > 1;
    let told = imaginaries.iter().zip(trials).map(|(imaginary, trial)| {
        let finding = judged(&trial, &base, advertised);
        if several { finding.at(imaginary.base()) } else { finding }
    });
    told.collect()
}

fn not_tried(cause: &io::Error, listen: std::net::SocketAddr) -> Finding {
    if cause.kind() == io::ErrorKind::AddrInUse {
        return Finding::ok(
            NAME,
            format!("not tried: somebody listens at worker.listen ({listen}) already, a worker perhaps"),
        );
    }
    let advice =
        "set worker.listen to an address of this machine; where no worker runs here, ask where one does";
    Finding::warn(NAME, format!("not tried: cannot listen at worker.listen ({listen}): {cause}"), advice)
}

/// Where the address is advertised, another worker than this may be there.
fn judged(trial: &Trial, base: &str, advertised: bool) -> Finding {
    let status = trial.answered.as_ref().map(|answer| answer.status);
    match (trial.fetched, status) {
        (true, Ok(200)) => Finding::ok(NAME, format!("imaginary fetches them from {base}")),
        (_, Ok(501)) => Finding::warn(
            NAME,
            "watermarkimage is switched off",
            "start imaginary without -disable-endpoints, or expect it to be answered with 501",
        ),
        (true, status) => Finding::fail(
            NAME,
            format!("imaginary fetched one from {base} and {}", answered(status)),
            "see what the log of imaginary says",
        ),
        (false, status) => {
            let found = format!("imaginary did not come to {base} and {}", answered(status));
            let advice = "see whether worker.listen and worker.advertise name where imaginary reaches this machine, and whether a firewall \
                          lets it through";
            if advertised {
                Finding::warn(NAME, found, format!("{advice}; where workers run elsewhere, ask there"))
            } else {
                Finding::fail(NAME, found, advice)
            }
        }
    }
}

fn answered(status: Result<u16, &imcaxy_shared::backends::imaginary::NoAnswer>) -> String {
    status.map_or_else(|cause| format!("did not answer: {cause}"), |status| format!("answered {status}"))
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::backends::imaginary::{Answer, NoAnswer};
    use imcaxy_shared::finding::Verdict::{self, Fail, Ok as Fine, Warn};

    use super::*;

    #[test]
    fn a_way_that_was_gone_to_its_end_is_a_way() {
        let answer = |status| Ok(Answer { status, ..Answer::default() });
        for (fetched, answered, advertised, verdict) in [
            (true, answer(200), false, Fine),
            (true, answer(400), false, Fail),
            (false, answer(400), false, Fail),
            (false, answer(400), true, Warn),
            (false, answer(501), false, Warn),
            (false, Err(NoAnswer::Slow), false, Fail),
        ]
            as [(bool, Result<Answer, NoAnswer>, bool, Verdict); 6]
        {
            let trial = Trial { fetched, answered };
            assert_eq!(judged(&trial, "http://w:7", advertised).verdict, verdict, "{trial:?} {advertised}");
        }
    }

    #[test]
    fn a_worker_that_runs_here_keeps_nobody_from_being_well() {
        let in_use = io::Error::from(io::ErrorKind::AddrInUse);
        let foreign = io::Error::from(io::ErrorKind::AddrNotAvailable);
        let listen = "10.0.0.1:7".parse().unwrap();
        assert_eq!([not_tried(&in_use, listen).verdict, not_tried(&foreign, listen).verdict], [Fine, Warn]);
    }
}
