//! The way to what is none of AWS's services: one connector for all of it, and what is told where it leads
//! nowhere. An address may be a secret by itself, so that nothing tells one.

use std::error::Error;
use std::sync::OnceLock;

use aws_smithy_http_client::Connector;

use super::connect::connector;
use super::error::chain;

/// The connector: by the proxy of the environment, with certificates checked.
pub(super) fn outside() -> &'static Connector {
    static ONE: OnceLock<Connector> = OnceLock::new();
    ONE.get_or_init(|| connector(None, None))
}

/// What went wrong on the way to an address, without it and whatever else is one.
pub(super) fn told(error: &dyn Error, address: &str) -> String {
    let behind = address.split_once("://").map_or(address, |(_, rest)| rest);
    let path = behind.find(['/', '?']).map(|at| &behind[at..]).filter(|path| path.len() > 1);
    let told = chain(error).replace(address, "…").replace(behind, "…");
    let told = path.map_or_else(|| told.clone(), |path| told.replace(path, "/…"));
    told.split_whitespace().filter(|word| !word.contains("://")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As HTTP clients tell a failure: in layers, some of which quote the address.
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Layer(&'static str, #[source] Option<Box<Self>>);

    #[test]
    fn every_layer_of_a_failure_is_told_and_no_address() {
        let bottom = Layer("dns error: no address for hooks.example.com/T0/s3cr3t?token=x", None);
        let middle = Layer("error sending request for https://user:s3cr3t@proxy:1/x", Some(Box::new(bottom)));
        let error = Layer("io error: POST /T0/s3cr3t?token=x", Some(Box::new(middle)));
        let told = told(&error, "https://hooks.example.com/T0/s3cr3t?token=x");
        assert_eq!(told, "io error: POST /…: error sending request for dns error: no address for …");
    }
}
