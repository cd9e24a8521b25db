//! A token of the administration: whose it is, and what it may do.

use std::fmt;

use super::value::{Raw, Secret, Setting, Shown};

/// What a token may do; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Look at everything.
    Read,
    /// Have named pictures checked, discarded or rendered.
    Revalidate,
    /// Discard everything at once.
    PurgeAll,
    /// Everything.
    Admin,
}

impl Scope {
    const ALL: [Self; 4] = [Self::Read, Self::Revalidate, Self::PurgeAll, Self::Admin];

    /// As settings and answers say it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Revalidate => "revalidate",
            Self::PurgeAll => "purge_all",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A token with the name under which logs know who has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedToken {
    /// Letters, digits and `-_.`.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// What is sent.
    pub secret: Secret,
}

/// Not a word of what was given: it may be the secret.
const ALLOWED: &str = "name:scope:secret is allowed, with a name of letters, digits and -_., and read, revalidate, purge_all or admin as scope";

impl Setting for NamedToken {
    const SHOWN: Shown = Shown::Nothing;

    fn parse(raw: Raw) -> Result<Self, String> {
        let text = raw.text()?;
        let mut parts = text.splitn(3, ':');
        let (Some(name), Some(scope), Some(secret)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ALLOWED.to_owned());
        };
        let fits = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        let scope = Scope::ALL.into_iter().find(|known| known.name() == scope);
        match scope {
            Some(scope) if !name.is_empty() && fits(name) && !secret.is_empty() => {
                Ok(Self { name: name.to_owned(), scope, secret: Secret::from(secret.to_owned()) })
            }
            _ => Err(ALLOWED.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_or_refused_without_showing_it() {
        let read = |text: &str| NamedToken::parse(Raw::Text(text.to_owned()));
        let token = read("ci.1:purge_all:s3:cret").unwrap();
        assert_eq!(
            (token.name.as_str(), token.scope, token.secret.reveal()),
            ("ci.1", Scope::PurgeAll, "s3:cret")
        );
        for text in
            ["", "ci", "ci:read", "ci:read:", ":read:s3cret", "c i:read:s3cret", "ci:root:s3cret", "s3cret"]
        {
            assert!(!read(text).unwrap_err().contains("s3cret"), "{text}");
        }
    }

    #[test]
    fn scopes_include_those_before_them() {
        assert!(Scope::ALL.is_sorted());
    }
}
