//! Where pictures may come from: one matcher for hosts and URL prefixes, one table of special addresses. What the API
//! checks before it answers and what the worker checks at every hop is the same code.

mod address;
mod headers;
mod pattern;
mod places;
mod private;
mod web_origin;

pub use address::{is_metadata, is_special};
pub use headers::{InvalidHeader, SourceHeaders};
pub use pattern::{AllowList, InvalidPattern, SourcePattern};
pub use places::Places;
pub use private::{InvalidPrivateSource, PrivateSources};
pub use web_origin::{InvalidWebOrigin, WebOrigin};
