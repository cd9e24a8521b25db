//! With which token a server is asked.

use std::fs;

use imcaxy_shared::config::{BaseUrl, ConfigError, NamedToken, Scope, Secret, Settings};

use crate::cli::{Server, variable};
use crate::configuration::Configuration;
use crate::run_token;
use crate::stop::Stop;

/// A token and where it was found, which is told when it is refused.
pub(super) enum Token {
    /// It was named: by a flag or a variable.
    Named(&'static str, Secret),
    /// It is configured, under this name.
    Configured(NamedToken),
    /// It was made for the run of a server on this machine, and stands in this file.
    OfRun(String, Secret),
    /// There is none, not in this file either.
    Missing(String),
}

impl Token {
    pub(super) const fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Named(_, secret) | Self::OfRun(_, secret) => Some(secret),
            Self::Configured(token) => Some(&token.secret),
            Self::Missing(_) => None,
        }
    }
}

/// That of `--token`, else of `IMCAXY_TOKEN` or `IMCAXY_TOKEN_FILE`, else a configured one that may do what needs `scope`, else that of
/// the run. The last goes to this machine only: it is worth nothing elsewhere.
pub(super) fn find(
    server: &Server,
    scope: Scope,
    base: &BaseUrl,
    configuration: &Configuration,
) -> Result<Token, Stop> {
    if let Some((name, text)) = named(server)? {
        if text.is_empty() {
            return Err(wrong(format!("{name} is empty; leave it out instead")));
        }
        return Ok(Token::Named(name, Secret::from(text)));
    }
    let settings = configuration.settings().map_err(Stop::Configuration)?;
    let tokens = settings.admin.all_tokens();
    if tokens.is_empty() { Ok(of_run(&settings, base)) } else { chosen(tokens, scope).map_err(wrong) }
}

fn named(server: &Server) -> Result<Option<(&'static str, String)>, Stop> {
    if let Some(token) = &server.token {
        return Ok(Some(("--token", token.clone())));
    }
    match (variable("IMCAXY_TOKEN"), variable("IMCAXY_TOKEN_FILE")) {
        (Some(_), Some(_)) => {
            Err(wrong("IMCAXY_TOKEN and IMCAXY_TOKEN_FILE are both set; one of them is allowed".to_owned()))
        }
        (Some(token), None) => Ok(Some(("IMCAXY_TOKEN", token))),
        (None, Some(file)) => match fs::read_to_string(&file) {
            Ok(token) => Ok(Some(("IMCAXY_TOKEN_FILE", token.trim_end_matches(['\r', '\n']).to_owned()))),
            Err(cause) => Err(wrong(format!("cannot read {file:?}, named by IMCAXY_TOKEN_FILE: {cause}"))),
        },
        (None, None) => Ok(None),
    }
}

/// The one that may do least of those that may do enough.
fn chosen(tokens: Vec<NamedToken>, scope: Scope) -> Result<Token, String> {
    let enough = tokens.into_iter().filter(|token| token.scope >= scope);
    enough.min_by_key(|token| token.scope).map(Token::Configured).ok_or_else(|| {
        format!(
            "no configured token has the scope {scope}; --token, IMCAXY_TOKEN or admin.token may give one"
        )
    })
}

fn of_run(settings: &Settings, base: &BaseUrl) -> Token {
    let file = run_token::file(&settings.data_dir);
    let read = if base.is_loopback() { fs::read_to_string(&file).ok() } else { None };
    let file = file.display().to_string();
    match read {
        Some(token) => Token::OfRun(file, Secret::from(token)),
        None => Token::Missing(file),
    }
}

fn wrong(problem: String) -> Stop {
    Stop::Configuration(ConfigError::new(problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(scope: Scope) -> NamedToken {
        NamedToken { name: scope.name().to_owned(), scope, secret: Secret::from("x".to_owned()) }
    }

    #[test]
    fn the_token_that_may_do_least_is_sent() {
        let name = |tokens: &[Scope], scope| match chosen(tokens.iter().copied().map(token).collect(), scope)
        {
            Ok(Token::Configured(token)) => Ok(token.name),
            Ok(_) => panic!("it was not configured"),
            Err(problem) => Err(problem),
        };
        let all = [Scope::Admin, Scope::Read, Scope::PurgeAll];
        assert_eq!(name(&all, Scope::Read), Ok("read".to_owned()));
        assert_eq!(name(&all, Scope::Revalidate), Ok("purge_all".to_owned()));
        assert!(name(&[Scope::Read], Scope::Revalidate).unwrap_err().contains("scope revalidate"));
    }
}
