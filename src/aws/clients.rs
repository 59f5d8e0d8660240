//! The SDK's clients over one shared HTTP client (TLS roots are parsed once a client).

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::{Counter, ProfileError, profile};

/// What the user said about where to go.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// Region; the environment, the profile and the stack file come after it.
    pub region: Option<String>,
    /// Profile in the shared configuration.
    pub profile: Option<String>,
    /// Endpoint for every service, a local AWS for one.
    pub endpoint_url: Option<String>,
}

/// One client a service, all with the same configuration.
#[derive(Debug, Clone)]
pub struct Clients {
    /// Lambda.
    pub lambda: aws_sdk_lambda::Client,
    /// IAM.
    pub iam: aws_sdk_iam::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// SNS.
    pub sns: aws_sdk_sns::Client,
    /// CloudWatch.
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    /// CloudWatch Logs.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// Resource Groups Tagging API.
    pub tagging: aws_sdk_resourcegroupstagging::Client,
    /// Systems Manager.
    pub ssm: aws_sdk_ssm::Client,
    /// Secrets Manager.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// STS.
    pub sts: aws_sdk_sts::Client,
    /// Region that the clients speak to.
    pub region: String,
    /// Endpoint of all services, where one is said.
    pub endpoint: Option<String>,
    /// Whether the endpoint is not AWS's own.
    pub local: bool,
}

/// Resolves credentials' source and region, and makes the clients. Sends nothing.
///
/// # Errors
/// A profile is named, and there is none of that name.
pub async fn connect(options: &ConnectOptions, counter: &Counter) -> Result<Clients, ProfileError> {
    profile::check(options.profile.as_deref()).await?;
    let http = http_client();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http.clone());
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
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = loader.load().await;
    Ok(of(&config, options, counter))
}

fn of(config: &SdkConfig, options: &ConnectOptions, counter: &Counter) -> Clients {
    macro_rules! client {
        ($krate:ident) => {
            $krate::Client::from_conf($krate::config::Builder::from(config).interceptor(counter.clone()).build())
        };
    }
    Clients {
        lambda: client!(aws_sdk_lambda),
        iam: client!(aws_sdk_iam),
        sqs: client!(aws_sdk_sqs),
        sns: client!(aws_sdk_sns),
        cloudwatch: client!(aws_sdk_cloudwatch),
        logs: client!(aws_sdk_cloudwatchlogs),
        tagging: client!(aws_sdk_resourcegroupstagging),
        ssm: client!(aws_sdk_ssm),
        secrets: client!(aws_sdk_secretsmanager),
        sts: client!(aws_sdk_sts),
        region: config.region().map_or_else(|| options.region.clone().unwrap_or_default(), ToString::to_string),
        endpoint: config.endpoint_url().map(str::to_owned),
        local: config.endpoint_url().is_some_and(|url| !url.contains(".amazonaws.com")),
    }
}

fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_with_connector_fn(|settings, components| {
        let mut builder = aws_smithy_http_client::Connector::builder().proxy_config(ProxyConfig::from_env());
        builder.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            builder.set_sleep_impl(components.sleep_impl());
        }
        builder.tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build()
    })
}
