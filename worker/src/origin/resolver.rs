//! Name resolution that leaves out what may not be connected to: the check and the connection use one answer, so a
//! name that changes between the two gains nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};

use futures::future::BoxFuture;
use imcaxy_shared::guard::Places;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// All addresses of a host are special, and none of them is named.
#[derive(Debug, thiserror::Error)]
#[error("the host has special addresses only")]
pub(super) struct AddressRefused;

/// Finds the addresses of a host.
pub(super) type LookUp = fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;

/// What the machine's own resolver says.
pub(super) fn system(host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
    Box::pin(async move {
        let found = tokio::net::lookup_host((host, 0)).await?;
        Ok(found.map(|found| found.ip()).collect())
    })
}

/// A resolver that asks `look_up` once for each connection, and gives away only what `places` permit.
pub(super) struct GuardedResolver<F = LookUp> {
    places: Places,
    look_up: F,
}

impl<F> GuardedResolver<F> {
    pub(super) const fn new(places: Places, look_up: F) -> Self {
        Self { places, look_up }
    }
}

impl<F> Resolve for GuardedResolver<F>
where
    F: Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync,
{
    fn resolve(&self, name: Name) -> Resolving {
        let places = self.places.clone();
        let host = name.as_str().to_ascii_lowercase();
        let looking = (self.look_up)(host.clone());
        Box::pin(async move {
            let found = looking.await?;
            let existed = !found.is_empty();
            let permitted: Vec<IpAddr> =
                found.into_iter().filter(|address| places.permit(&host, *address)).collect();
            if existed && permitted.is_empty() {
                return Err(AddressRefused.into());
            }
            let permitted: Addrs = Box::new(permitted.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(permitted)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use imcaxy_shared::guard::{AllowList, PrivateSources};

    use super::*;

    const NAMED: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 1));
    const SPECIAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

    type Found = BoxFuture<'static, io::Result<Vec<IpAddr>>>;

    /// A resolver under which a name changes: each question has the next of these answers, the last one for ever.
    fn changing(answers: Vec<Vec<IpAddr>>) -> (GuardedResolver<impl Fn(String) -> Found>, Arc<AtomicUsize>) {
        let private = PrivateSources::from_items([NAMED.to_string()]).unwrap();
        let places = Places::new(AllowList::new(vec!["*".parse().unwrap()]), private, false);
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let look_up = move |_: String| -> Found {
            let turn = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            let answer = answers.get(turn).cloned().unwrap();
            Box::pin(async move { Ok(answer) })
        };
        (GuardedResolver::new(places, look_up), asked)
    }

    async fn resolved(resolver: &impl Resolve) -> Result<Vec<IpAddr>, String> {
        let found = resolver.resolve("a.test".parse().unwrap()).await;
        found.map(|found| found.map(|address| address.ip()).collect()).map_err(|cause| cause.to_string())
    }

    #[tokio::test]
    async fn of_several_addresses_only_the_permitted_ones_are_given_away() {
        let (resolver, _) = changing(vec![vec![SPECIAL, NAMED], vec![SPECIAL], vec![]]);
        assert_eq!(resolved(&resolver).await, Ok(vec![NAMED]));
        assert!(resolved(&resolver).await.is_err_and(|cause| cause.contains("special")));
        assert_eq!(resolved(&resolver).await, Ok(Vec::new()));
    }

    #[tokio::test]
    #[expect(
        clippy::disallowed_methods,
        reason = "the resolver is tested inside a client that connects by it"
    )]
    async fn a_name_that_changes_after_the_check_gains_nothing() {
        let (resolver, asked) = changing(vec![vec![NAMED], vec![SPECIAL]]);
        let (mut doors, mut ports) = (Vec::new(), Vec::new());
        let permitted = tokio::net::TcpListener::bind((NAMED, 0)).await.unwrap();
        let port = permitted.local_addr().unwrap().port();
        doors.push(permitted);
        doors.push(tokio::net::TcpListener::bind((SPECIAL, port)).await.unwrap());
        let client = reqwest::Client::builder().no_proxy().dns_resolver(Arc::new(resolver)).build().unwrap();
        let url = format!("http://a.test:{port}/");
        let first = client.get(&url).send();
        let accepted = async {
            let (_stream, from) = doors.first().unwrap().accept().await.unwrap();
            ports.push(from.port());
        };
        // The connection is made, and closed without an answer.
        let (first, ()) = tokio::join!(first, accepted);
        assert!(first.is_err());
        assert_eq!(asked.load(Ordering::SeqCst), 1, "one answer is checked and connected to");
        assert!(client.get(&url).send().await.is_err(), "the second answer is special alone");
        let second =
            tokio::time::timeout(std::time::Duration::from_millis(50), doors.get(1).unwrap().accept()).await;
        assert!(second.is_err(), "nobody came to the special address");
    }
}
