//! What stands before every route.

use std::sync::{Arc, OnceLock};

use crate::error::{Code, Refused};
use crate::{Access, App};

/// What every request needs, also before the stores are there.
#[derive(Clone)]
pub(crate) struct Front {
    pub app: Arc<OnceLock<Arc<App>>>,
    pub access: Arc<Access>,
    /// Whether the listener is on a loopback address.
    pub loopback: bool,
}

impl Front {
    /// The stores, once they are there.
    pub(crate) fn app(&self) -> Result<&Arc<App>, Refused> {
        self.app.get().ok_or_else(|| Refused::new(Code::Unavailable, "the stores have not been reached yet"))
    }
}
