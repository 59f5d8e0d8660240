//! Which endpoints are AWS's.

use crate::model::EndpointKind;
use crate::model::partition::PARTITIONS;

/// What an endpoint is by its host: AWS's own, or none. Where none is said, the SDK goes to AWS.
pub fn kind_at(url: Option<&str>) -> EndpointKind {
    let Some(url) = url else { return EndpointKind::Aws };
    let host = url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_ascii_lowercase)).unwrap_or_default();
    let host = host.trim_end_matches('.');
    // Endpoints in a VPC end in the same.
    let is_in = |suffix: &str| host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'));
    let is_aws = PARTITIONS.iter().any(|partition| is_in(partition.suffix) || is_in(partition.dual_stack_suffix));
    if is_aws { EndpointKind::Aws } else { EndpointKind::Local }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_alone_tells_aws() {
        let aws = [
            "https://lambda.us-east-1.amazonaws.com",
            "https://lambda.us-east-1.amazonaws.com:443/",
            "https://LAMBDA.us-east-1.AMAZONAWS.COM.",
            "https://lambda.us-east-1.api.aws",
            "https://lambda.cn-north-1.amazonaws.com.cn",
            "https://lambda.eusc-de-east-1.amazonaws.eu",
            "https://lambda.us-iso-east-1.c2s.ic.gov",
            "https://vpce-0abc-1.lambda.us-east-1.vpce.amazonaws.com",
        ];
        for url in aws {
            assert_eq!(kind_at(Some(url)), EndpointKind::Aws, "{url}");
        }
        let others = [
            "http://127.0.0.1:4566",
            "http://localhost:4566/x.amazonaws.com",
            "http://proxy.example/.amazonaws.com/",
            "http://user.amazonaws.com@localhost:4566",
            "https://amazonaws.com.example",
            "https://myamazonaws.com",
            "http://[::1]:4566",
            "not a url",
        ];
        for url in others {
            assert_eq!(kind_at(Some(url)), EndpointKind::Local, "{url}");
        }
        assert_eq!(kind_at(None), EndpointKind::Aws);
    }
}
