//! Who is answered beside those who ask for images.

use std::net::SocketAddr;

use confique::Config;

use super::super::token::{NamedToken, Scope};
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
    /// Where the administration is answered; without it on `listen`. Read by `api` and `serve`.
    #[config(deserialize_with = value)]
    pub listen: Option<SocketAddr>,

    /// Bearer token that may do everything.
    #[config(deserialize_with = value)]
    pub token: Option<Secret>,

    /// Bearer token that may read.
    #[config(deserialize_with = value)]
    pub read_token: Option<Secret>,

    /// More bearer tokens, each as `name:scope:secret`; the scopes are `read`, `revalidate`, `purge_all` and `admin`, each
    /// including those before it.
    #[config(default = "", deserialize_with = value)]
    pub tokens: Vec<NamedToken>,
}

impl Admin {
    /// All tokens, those without a name of their own by the name of their setting.
    #[must_use]
    pub fn all_tokens(&self) -> Vec<NamedToken> {
        let named = |name: &str, scope, secret: &Option<Secret>| {
            secret.clone().map(|secret| NamedToken { name: name.to_owned(), scope, secret })
        };
        let single =
            [named("admin", Scope::Admin, &self.token), named("read", Scope::Read, &self.read_token)];
        single.into_iter().flatten().chain(self.tokens.iter().cloned()).collect()
    }

    /// Two tokens that nobody could tell apart.
    pub(in super::super) fn contradiction(&self) -> Option<String> {
        let mut tokens = self.all_tokens();
        tokens.sort_by(|a, b| a.secret.reveal().cmp(b.secret.reveal()));
        let twice = tokens.windows(2).find_map(|pair| match pair {
            [a, b] if a.secret == b.secret => Some((&a.name, &b.name)),
            _ => None,
        });
        twice.map(|(a, b)| {
            format!(
                "admin.token, admin.read_token and admin.tokens: {a} and {b} have the same secret, so nobody could tell them apart"
            )
        })
    }
}
