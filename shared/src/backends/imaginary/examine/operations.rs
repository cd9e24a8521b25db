//! Whether imaginary renders what can be asked of Imcaxy.

use futures::{StreamExt as _, stream};

use super::super::Imaginary;
use super::said::{Said, refusal};
use super::small_picture;
use crate::finding::Finding;
use crate::request::Operation;

const NAME: &str = "operations";
const SIGNATURE: &str = "signature";
/// Asked at the same time: as many as a worker asks for.
const AT_ONCE: usize = 4;

/// Asks for every operation but watermark images, for which it must be able to fetch something.
pub(super) async fn all(imaginary: &Imaginary) -> Vec<Finding> {
    let picture = small_picture();
    let operations = Operation::ALL.into_iter().filter_map(|operation| Some((operation, query(operation)?)));
    let asked = stream::iter(operations).map(async |(operation, query)| {
        let answered = imaginary.ask_for(&format!("/{operation}"), query, &picture).await;
        refusal(&answered).map(|said| (operation, said))
    });
    let refused: Vec<_> = asked.buffered(AT_ONCE).filter_map(async |said| said).collect().await;
    let mut findings = vec![told(&refused)];
    if imaginary.signature_key.is_some() && refused.iter().all(|(_, said)| *said != Said::Signature) {
        let unsigned = Imaginary { signature_key: None, ..imaginary.clone() };
        let answered = unsigned.ask_for("/info", "", &picture).await;
        findings.push(match refusal(&answered) {
            None => Finding::warn(
                SIGNATURE,
                "what is not signed is rendered, too",
                "start it with -enable-url-signature, or leave imaginary.signature_key out",
            ),
            Some(_) => Finding::ok(SIGNATURE, "asked for, and imaginary.signature_key fits"),
        });
    }
    findings
}

/// What an operation cannot do without, for a small picture.
const fn query(operation: Operation) -> Option<&'static str> {
    Some(match operation {
        Operation::WatermarkImage => return None,
        Operation::Info | Operation::AutoRotate | Operation::Flip | Operation::Flop => "",
        Operation::Crop | Operation::SmartCrop | Operation::Resize | Operation::Thumbnail => "width=1",
        Operation::Enlarge | Operation::Fit => "width=1&height=1",
        Operation::Extract => "areawidth=1&areaheight=1",
        Operation::Zoom => "factor=1",
        Operation::Rotate => "rotate=90",
        Operation::Convert => "type=png",
        Operation::Pipeline => r#"operations=[{"operation":"flip"}]"#,
        // With a smaller margin bimg finds no place for the text (`vips_watermark` in `vips.h` puts it at 100, 100).
        Operation::Watermark => "text=a&margin=101",
        Operation::Blur => "sigma=1",
    })
}

fn told(refused: &[(Operation, Said)]) -> Finding {
    let names = |which: &Said| -> Vec<&str> {
        refused.iter().filter(|(_, said)| said == which).map(|(operation, _)| operation.name()).collect()
    };
    if !names(&Said::Key).is_empty() {
        let advice = "set imaginary.key to what it was started with (-key)";
        return Finding::fail(NAME, "refused: the key is not the one", advice);
    }
    if !names(&Said::Signature).is_empty() {
        let advice = "set imaginary.signature_key to what it was started with (-url-signature-key)";
        return Finding::fail(NAME, "refused: what is sent is not signed as it wants", advice);
    }
    let otherwise = refused.iter().find_map(|(operation, said)| match said {
        Said::Otherwise(words) => Some(format!("{operation} of a small picture: {words}")),
        Said::TooManyPixels => Some(format!("{operation}: one pixel is too many for it")),
        _ => None,
    });
    if let Some(found) = otherwise {
        let advice = "see whether what answers there is imaginary, and what its log says";
        return Finding::fail(NAME, found, advice);
    }
    if !names(&Said::Throttled).is_empty() {
        let advice = "start it without -concurrency: workers bound what they ask for themselves (imaginary.concurrency)";
        return Finding::warn(NAME, "it throttles", advice);
    }
    let disabled = names(&Said::Disabled);
    if disabled.is_empty() {
        Finding::ok(NAME, "all are rendered")
    } else {
        let found = format!("switched off: {}", disabled.join(", "));
        Finding::warn(
            NAME,
            found,
            "start it without -disable-endpoints, or expect these to be answered with 501",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::render;
    use super::*;
    use crate::finding::Verdict::{self, Fail, Ok, Warn};

    #[test]
    fn every_operation_is_asked_for_as_it_can_be() {
        for operation in Operation::ALL {
            if let Some(query) = query(operation) {
                assert!(render(&format!("/{operation}"), query).is_some(), "{operation}");
            }
        }
    }

    #[test]
    fn what_matters_most_is_told() {
        let (crop, blur) = (Operation::Crop, Operation::Blur);
        let other = Said::Otherwise("500".to_owned());
        for (refused, verdict, found) in [
            (vec![], Ok, "all are rendered"),
            (vec![(crop, Said::Disabled), (blur, Said::Disabled)], Warn, "crop, blur"),
            (vec![(crop, Said::Disabled), (blur, Said::Throttled)], Warn, "throttles"),
            (vec![(crop, Said::Throttled), (blur, other.clone())], Fail, "blur of a small picture: 500"),
            (vec![(crop, other), (blur, Said::Signature)], Fail, "not signed"),
            (vec![(crop, Said::Signature), (blur, Said::Key)], Fail, "key"),
        ] as [(Vec<_>, Verdict, &str); 6]
        {
            let finding = told(&refused);
            assert_eq!(finding.verdict, verdict, "{refused:?}");
            assert!(finding.found.contains(found), "{finding:?}");
        }
    }
}
