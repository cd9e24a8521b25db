//! Who is answered beside those who ask for images.

use std::net::SocketAddr;

use confique::Config;

use super::super::value::{Secret, value};

/// The probe listener.
#[derive(Clone, Debug, Config)]
pub struct Probe {
    /// Where `/healthz` and `/readyz` of any role are answered.
    #[config(deserialize_with = value)]
    pub listen: Option<SocketAddr>,
}

/// The administration.
#[derive(Clone, Debug, Config)]
pub struct Admin {
    /// Bearer token that may do everything.
    #[config(deserialize_with = value)]
    pub token: Option<Secret>,
}
