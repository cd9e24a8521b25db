//! `GET /openapi.json`: what is answered here, for programs.

mod administration;
mod answers;
mod explain;
mod images;
mod inventory;
mod parameters;
mod probes;
mod reference;
mod revalidation;
mod samples;
mod schema;

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use utoipa::openapi::path::{OperationBuilder, PathItem, PathsBuilder};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, HttpMethod, Info, OpenApi, OpenApiBuilder};

pub use reference::reference;

/// Where the document is.
pub(crate) const PATH: &str = "/openapi.json";

/// Answers with the document.
pub(crate) async fn openapi() -> Response {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document().to_json().unwrap_or_default().into());
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")];
    (headers, DOCUMENT.clone()).into_response()
}

/// The document: every route but the fallbacks, and every operation.
fn document() -> OpenApi {
    let mut info = Info::new("Imcaxy", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Stands in front of imaginary and makes every picture be rendered once. HEAD is answered wherever GET is."
            .to_owned(),
    );
    let administration = administration::paths().chain([explain::call()]).chain(inventory::paths());
    let administration = administration.chain(revalidation::calls());
    let paths = images::paths().chain([samples::call()]).chain(administration).chain(probes::paths());
    let tags = [images::TAG, samples::TAG, administration::TAG, probes::TAG];
    let tags = tags.map(|(name, meaning)| TagBuilder::new().name(name).description(Some(meaning)).build());
    OpenApiBuilder::new()
        .info(info)
        .paths(paths.fold(PathsBuilder::new(), |paths, (path, item)| paths.path(path, item)))
        .components(Some(images::security(administration::security(answers::components(Components::new())))))
        .tags(Some(tags))
        .build()
}

/// A path that is asked with GET.
fn get(path: impl Into<String>, operation: OperationBuilder) -> (String, PathItem) {
    (path.into(), PathItem::new(HttpMethod::Get, operation))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use imcaxy_shared::lifecycle::Lifecycle;
    use imcaxy_shared::request::Operation;
    use imcaxy_shared::samples::Samples;

    use super::*;
    use crate::admin::{Access, Administrators};
    use crate::front::Front;
    use crate::health::Health;
    use crate::routes;

    /// The paths that the router knows, as its debug output lists them.
    fn routed() -> BTreeSet<String> {
        let administrators = Arc::new(Administrators::of(Access::Nobody));
        let (app, samples) = (Arc::default(), Samples::default());
        let front = Front { app, administrators, samples, settings: Arc::default() };
        let probes = Health::new(&Lifecycle::default()).router();
        let router = format!("{:?}", routes::images(front, probes, true));
        let quoted = router.split('"').skip(1).step_by(2);
        quoted.filter(|text| text.starts_with('/')).map(str::to_owned).collect()
    }

    #[test]
    fn every_route_is_in_the_document_and_every_path_of_it_is_a_route() {
        let mut answered = routed();
        assert!(answered.remove(crate::samples::ROUTE), "{answered:?}");
        answered.insert(samples::PATH.to_owned());
        // What answers that there is nothing there, and what is below it.
        answered.retain(|path| !path.contains("{*") && !["/api/v1", "/api/v1/"].contains(&path.as_str()));
        assert!(answered.contains("/api/v1/in-flight"), "{answered:?}");
        answered.extend(Operation::ALL.map(|operation| format!("/{operation}")));
        let documented: BTreeSet<String> = document().paths.paths.into_keys().collect();
        assert_eq!(documented, answered);
    }
}
