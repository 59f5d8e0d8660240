//! AWS's partitions: groups of regions with accounts, ARNs and host names of their own.

/// A partition, as the SDKs' `partitions.json` describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// What stands in its ARNs.
    pub id: &'static str,
    /// What its regions begin with; nothing of the first one, whose regions are all others.
    prefix: &'static str,
    /// What its host names end in.
    pub suffix: &'static str,
    /// What those of its dual-stack endpoints end in.
    pub dual_stack_suffix: &'static str,
    /// The region in which IAM's calls are recorded, whose resources are one in all regions.
    pub iam_region: &'static str,
}

const fn partition(
    id: &'static str,
    prefix: &'static str,
    [suffix, dual_stack_suffix]: [&'static str; 2],
    iam_region: &'static str,
) -> Partition {
    Partition { id, prefix, suffix, dual_stack_suffix, iam_region }
}

const AWS: Partition = partition("aws", "", ["amazonaws.com", "api.aws"], "us-east-1");

/// All of them.
pub const PARTITIONS: [Partition; 8] = [
    AWS,
    partition("aws-cn", "cn-", ["amazonaws.com.cn", "api.amazonwebservices.com.cn"], "cn-north-1"),
    partition("aws-eusc", "eusc-", ["amazonaws.eu", "api.amazonwebservices.eu"], "eusc-de-east-1"),
    partition("aws-us-gov", "us-gov-", ["amazonaws.com", "api.aws"], "us-gov-west-1"),
    partition("aws-iso", "us-iso-", ["c2s.ic.gov", "api.aws.ic.gov"], "us-iso-east-1"),
    partition("aws-iso-b", "us-isob-", ["sc2s.sgov.gov", "api.aws.scloud"], "us-isob-east-1"),
    partition("aws-iso-e", "eu-isoe-", ["cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"], "eu-isoe-west-1"),
    partition("aws-iso-f", "us-isof-", ["csp.hci.ic.gov", "api.aws.hci.ic.gov"], "us-isof-south-1"),
];

impl Partition {
    /// Whether a region could be called so: words of letters, and a number, such as `ap-southeast-2` or
    /// `us-isob-east-1` (SDKs' `partitions.json`, `regionRegex`). Which ones there are, AWS may change.
    pub fn is_region(name: &str) -> bool {
        let parts: Vec<&str> = name.split('-').collect();
        let Some((number, words)) = parts.split_last() else { return false };
        let is = |text: &str, of: fn(char) -> bool| !text.is_empty() && text.chars().all(of);
        words.len() >= 2 && is(number, |c| c.is_ascii_digit()) && words.iter().all(|word| is(word, |c| c.is_ascii_lowercase()))
    }

    /// The one that a region is in.
    pub fn of_region(region: &str) -> Self {
        let is_of = |partition: &&Self| !partition.prefix.is_empty() && region.starts_with(partition.prefix);
        PARTITIONS.iter().find(is_of).copied().unwrap_or(AWS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_a_form() {
        for name in PARTITIONS.map(|partition| partition.iam_region).into_iter().chain(["ap-southeast-7", "us-gov-east-1", "mx-central-1"])
        {
            assert!(Partition::is_region(name), "{name}");
        }
        for name in ["mars-1", "us east", "us-east", "eu-west-", "-west-1", "EU-WEST-1", "us-east-1a", "", "local"] {
            assert!(!Partition::is_region(name), "{name}");
        }
    }

    #[test]
    fn a_region_is_in_one() {
        for (region, id) in [
            ("eu-west-1", "aws"),
            ("mx-central-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-gov-east-1", "aws-us-gov"),
            ("us-iso-west-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-east-1", "aws-iso-f"),
        ] {
            assert_eq!(Partition::of_region(region).id, id, "{region}");
        }
        assert!(PARTITIONS.iter().all(|partition| Partition::of_region(partition.iam_region) == *partition));
    }
}
