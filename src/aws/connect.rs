//! Connecting: the SDK's clients over one shared HTTP client (TLS roots are parsed once a client).

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_sts::config::SharedAsyncSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};
use aws_types::origin::Origin;

use super::endpoint::kind_at;
use super::whereto::{self, ConnectError, Said};
use super::{Clients, profile};
use crate::model::EndpointKind;

/// A connection that takes longer leads nowhere.
const CONNECT: Duration = Duration::from_secs(5);

/// What the user said about where to go.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// Region; the environment, the profile and the stack file come after it.
    pub region: Option<String>,
    /// Profile in the shared configuration.
    pub profile: Option<String>,
    /// Endpoint for every service, a local AWS for one.
    pub endpoint_url: Option<String>,
    /// What answers at the endpoint, where the user says it.
    pub kind: Option<EndpointKind>,
}

/// Resolves credentials' source and region, and makes the clients. Sends nothing.
///
/// # Errors
/// A profile is named, and there is none of that name; an endpoint or a region is none.
pub async fn connect(options: &ConnectOptions) -> Result<Clients, ConnectError> {
    let flag = options.endpoint_url.as_deref();
    // What is no Unicode is no address either.
    let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())));
    let is_unset = whereto::check(flag, variables)? == Said::Nothing;
    profile::check(options.profile.as_deref()).await?;
    if is_unset && profile::has_endpoint(options.profile.as_deref()).await? {
        // The SDK would go to AWS, where the profile says something else.
        return Err(ConnectError::Endpoint { said: "AWS_ENDPOINT_URL".to_owned(), url: String::new() });
    }
    let http = http_client();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http.clone())
        // Every call is tried again in one place, where it is told and bounded: `Caller`.
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).build());
    if let Some(profile) = &options.profile {
        // The SDK's own chain would take keys of the environment first: who names a profile means it.
        let config = ProviderConfig::without_region().with_http_client(http).with_region(options.region.clone().map(Region::new));
        let credentials = ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build();
        loader = loader.profile_name(profile).credentials_provider(credentials);
    }
    if let Some(region) = &options.region {
        // Named here, the region is not asked of the instance metadata service, which costs
        // seconds where nothing answers.
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(url) = flag.filter(|url| !url.is_empty()) {
        loader = loader.endpoint_url(url);
    }
    let mut config = loader.load().await;
    if is_unset {
        let mut unset = config.into_builder();
        unset.set_endpoint_url(None);
        // Else each client reads the variable for itself.
        unset.insert_origin("endpoint_url", Origin::shared_config());
        config = unset.build();
    }
    let region = config.region().map_or_else(|| options.region.clone().unwrap_or_default(), ToString::to_string);
    whereto::check_region(&region)?;
    let kind = options.kind.unwrap_or_else(|| kind_at(config.endpoint_url()));
    Ok(Clients::new(&config, region, kind))
}

fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_with_connector_fn(|settings, components| {
        connector(settings.cloned(), components.and_then(|components| components.sleep_impl()))
    })
}

/// One way out for all: by the proxy of the environment, with certificates checked against the machine's.
pub(super) fn connector(settings: Option<HttpConnectorSettings>, sleep: Option<SharedAsyncSleep>) -> Connector {
    let mut builder = Connector::builder().proxy_config(ProxyConfig::from_env());
    builder.set_connector_settings(settings);
    builder.set_sleep_impl(sleep);
    builder.tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build()
}
