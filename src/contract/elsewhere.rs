//! How resources of a kind are called elsewhere: in ARNs, and in what other tools write down.

/// What other tools call a kind, and where they say the name of one.
#[derive(Debug, Clone, Copy)]
pub struct Elsewhere {
    /// Types of CloudFormation, Terraform and Pulumi, each with the members that may hold the physical name or an ARN.
    pub named: &'static [(&'static str, &'static [&'static str])],
    /// Types of what is a part of such a resource here, and is read with it.
    pub parts: &'static [&'static str],
}

impl Elsewhere {
    /// Nobody else has it.
    pub const NOWHERE: Self = Self { named: &[], parts: &[] };
}

/// What the ARNs of a kind look like.
#[derive(Debug, Clone, Copy)]
pub struct ArnForm {
    /// The service in them.
    pub service: &'static str,
    /// What stands before the name.
    pub before: &'static str,
    /// What ends the name: a qualifier, or a part of the resource.
    pub ends: Option<char>,
    /// Whether a path may stand before the name.
    pub has_path: bool,
}

impl ArnForm {
    /// ARNs that end in the name.
    pub const fn new(service: &'static str, before: &'static str) -> Self {
        Self { service, before, ends: None, has_path: false }
    }

    /// The same with something behind the name.
    pub const fn until(self, end: char) -> Self {
        Self { ends: Some(end), ..self }
    }

    /// The same with a path before the name.
    pub const fn with_path(self) -> Self {
        Self { has_path: true, ..self }
    }

    /// The name in an ARN of this account and region; none of others.
    pub fn name<'a>(&self, arn: &'a str, account: &str, region: &str) -> Option<&'a str> {
        let mut parts = arn.strip_prefix("arn:")?.splitn(5, ':').skip(1);
        let (service, of_region, of_account, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let here = [(of_region, region), (of_account, account)].iter().all(|(is, here)| is.is_empty() || is == here);
        let rest = rest.strip_prefix(self.before).filter(|_| here && service == self.service)?;
        let rest = self.ends.and_then(|end| rest.split(end).next()).unwrap_or(rest);
        let name = if self.has_path { rest.rsplit('/').next().unwrap_or(rest) } else { rest };
        (!name.is_empty() && !name.contains('*')).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_out_of_an_arn_of_this_place() {
        let cases = [
            (ArnForm::new("lambda", "function:").until(':'), "arn:aws:lambda:r:1:function:work:live", Some("work")),
            (ArnForm::new("iam", "role/").with_path(), "arn:aws:iam::1:role/service/path/work", Some("work")),
            (ArnForm::new("s3", "").until('/'), "arn:aws:s3:::raw/*", Some("raw")),
            (ArnForm::new("sqs", ""), "arn:aws-cn:sqs:r:1:in.fifo", Some("in.fifo")),
            (ArnForm::new("sqs", ""), "arn:aws:sqs:r:2:in", None),
            (ArnForm::new("sqs", ""), "arn:aws:sqs:s:1:in", None),
            (ArnForm::new("sqs", ""), "arn:aws:sns:r:1:in", None),
            (ArnForm::new("sqs", ""), "arn:aws:sqs:r:1:*", None),
            (ArnForm::new("dynamodb", "table/").until('/'), "arn:aws:dynamodb:r:1:table/t/stream/2026", Some("t")),
            (ArnForm::new("sqs", ""), "text", None),
        ];
        for (form, arn, name) in cases {
            assert_eq!(form.name(arn, "1", "r"), name, "{arn}");
        }
    }
}
