//! What is said of each code: the text of `etlctl explain` and the pages in `docs/rules/`.

use crate::source::diagnostic::Level;
use crate::source::stored;

/// What is said of a code.
pub struct Page {
    /// The code.
    pub code: &'static str,
    /// What is wrong.
    pub title: &'static str,
    why: &'static str,
    fix: &'static str,
    source: &'static str,
}

/// Codes that no rule has: of the file's form, of `checks:` and of the account.
const BESIDE: [Page; 17] = [
    Page {
        code: "E001",
        title: "The file is not in the format",
        why: "The file is no YAML, holds a key that the format does not know, or a value of another type. What stands in it cannot be told for sure, so nothing is planned.",
        fix: "Mend the place; `etlctl schema` prints the format, and editors check against it.",
        source: "docs/file-format.md",
    },
    Page {
        code: "E002",
        title: "A `checks:` entry turns off what it cannot",
        why: "Only warnings can be turned off, each by the code of a rule, with a reason and a last day. An entry that does nothing would look like a decision that somebody took.",
        fix: "Name a warning's code and say why it does not matter here.",
        source: "docs/file-format.md",
    },
    Page {
        code: stored::ELSEWHERE,
        title: "A stored value stands where it would be shown",
        why: "`${ssm:…}` and `${secret:…}` are filled in with values that nobody may see. AWS shows names, tags, descriptions and policies to everybody who may list them, and so do plans and outputs. Only the values of a function's environment are filled in, and hidden wherever etlctl shows them.",
        fix: "Keep it in the function's environment, or let the function read it itself. In a policy, `$${ssm:…}` is IAM's own variable.",
        source: stored::PAGE,
    },
    Page {
        code: stored::MALFORMED,
        title: "A stored value's name has another form",
        why: "The name is none that Systems Manager or Secrets Manager takes, or it is the ARN of another region, for which neither answers. Taken as plain text it would reach the function as it stands.",
        fix: "Write `${ssm:/path}`, `${ssm:/path:3}`, `${ssm:name:label}`, `${secret:name}`, `${secret:name#key}` or `${secret:arn:aws:secretsmanager:…#key}`.",
        source: stored::PAGE,
    },
    Page {
        code: "W003",
        title: "A `checks:` entry has ended",
        why: "Its last day has passed, so the warning shows again.",
        fix: "Mend what the warning is about, or decide anew and set a later day.",
        source: "docs/file-format.md",
    },
    Page {
        code: "E640",
        title: "A bucket that is to tell of its objects and is not there",
        why: "A trigger names a bucket that the stack does not make, and no bucket of the account has that name. The function would be there before S3 refuses its notification.",
        fix: "Create the bucket first, name one that is there, or describe it under `buckets`.",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html",
    },
    Page {
        code: "E641",
        title: "A bucket of another account, or one whose notifications may not be read",
        why: "Every call says which account is to own the bucket, and S3 answers 403 where another one does, as it does where a permission is missing. Notifications of a bucket of somebody else's are not written: the name may have been registered anew by a stranger.",
        fix: "Name a bucket of this account, or allow s3:GetBucketNotification and s3:GetBucketLocation on it. Across accounts, let the bucket's owner tell a topic or EventBridge.",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html",
    },
    Page {
        code: "E642",
        title: "A bucket of another region",
        why: "S3 starts functions and tells queues and topics of the bucket's own region alone.",
        fix: "Deploy the stack to the region of the bucket, or let the bucket tell EventBridge and forward the events.",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html",
    },
    Page {
        code: "E643",
        title: "A notification of somebody else's for the same event of the same keys",
        why: "S3 takes no two notifications of a bucket whose events have one in common and whose prefixes and suffixes both overlap. The bucket has one that this stack did not make, and it stays as it is. One without a mark of etlctl that starts the same on the same events, prefix and suffix is no obstacle: the stack's own takes its place.",
        fix: "Make prefix or suffix exclude it, have its owner take it away, or let one topic be told and subscribe both to it. To take over one that starts the same, write its events, prefix and suffix.",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html",
    },
    Page {
        code: "E801",
        title: "Too little unreserved concurrency is left in the account",
        why: "Lambda keeps a minimum of the account's concurrency unreserved: 100, or all of it in a new account whose limit is 10. A reservation that would go below is refused while the function is being made.",
        fix: "Lower `reserved_concurrency`, or ask for a higher quota of concurrent executions.",
        source: "https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html",
    },
    Page {
        code: "E802",
        title: "The account's code storage is full",
        why: "Lambda keeps the zips of all versions of functions and layers of a region in one store of 75 GB. An upload that does not fit is refused.",
        fix: "Delete old versions, lower `keep_versions`, or ask for a higher quota.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    },
    Page {
        code: "E803",
        title: "The account's quota of roles is used up",
        why: "IAM refuses a role beyond the account's quota, 1,000 where nobody asked for more.",
        fix: "Let functions share a role (`roles:`), delete roles that nobody uses, or ask for a higher quota.",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    },
    Page {
        code: "E804",
        title: "A role or a layer that is not there",
        why: "A function names a role or a layer version of the account that the stack does not make, and it is not there. CreateFunction would wait five minutes for the role, and refuse the layer.",
        fix: "Create it first, name one that is there, or describe it in the file.",
        source: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html",
    },
    Page {
        code: "E805",
        title: "A resource stands under the name that it would keep and under the one of the file",
        why: "`moved` lets a resource keep the name that it had under its old key. It was made under the new name too, by an apply without the entry, and one of the two has to go.",
        fix: "Take the entry out of `moved`, and the plan deletes the old one; or delete the new one first.",
        source: "docs/instances.md",
    },
    Page {
        code: "E811",
        title: "A stored value is not there",
        why: "Systems Manager or Secrets Manager, asked in the stack's region, knows no parameter, version, label or secret of that name, or keeps the secret back for it is marked for deletion. A function would start without what it needs.",
        fix: "Make it, restore it, or mend the name. The names are told all at once.",
        source: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html",
    },
    Page {
        code: "E812",
        title: "A stored value is no text for a variable",
        why: "The secret is binary, is no JSON although a key of it is asked for, has no such key, or has a mapping, a list or null under it. Numbers and truth values are taken as they are written.",
        fix: "Name a key that holds text, or let the function read the secret itself.",
        source: "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html",
    },
    Page {
        code: "E813",
        title: "A stored value could not be read",
        why: "AWS refused the read, for want of a permission on the value or on the key that encrypts it, or failed. What could not be read is not taken for missing, and nothing is written.",
        fix: "Allow the action that is named on the resource that is named; `etlctl permissions --for plan` prints all that is needed.",
        source: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html",
    },
];

/// All pages in the order of codes.
pub fn all() -> Vec<Page> {
    let rules =
        super::all().into_iter().map(|rule| Page { code: rule.code, title: rule.title, why: rule.why, fix: rule.fix, source: rule.source });
    let mut pages: Vec<Page> = rules.chain(BESIDE).collect();
    pages.sort_by_key(|page| (page.code[1..].to_owned(), page.code));
    pages
}

impl Page {
    /// For a terminal.
    pub fn text(&self) -> String {
        format!("{} ({}): {}\n\n{}\n\nTo mend it: {}\n\nSource: {}\n", self.code, self.does(), self.title, self.why, self.fix, self.source)
    }

    /// For `docs/rules/`.
    pub fn markdown(&self) -> String {
        let source = if self.source.starts_with("https://") { format!("<{}>", self.source) } else { self.source.to_owned() };
        format!(
            "# {}: {}\n\nThis finding **{}**.\n\n## Why\n{}\n\n## To mend it\n{}\n\n## Source\n{source}\n",
            self.code,
            self.title,
            self.does(),
            self.why,
            self.fix
        )
    }

    fn does(&self) -> &'static str {
        match if self.code.starts_with('E') { Level::Error } else { Level::Warning } {
            Level::Error => "refuses",
            Level::Warning => "warns",
        }
    }
}

/// The index of `docs/rules/`.
pub fn index() -> String {
    let mut text = String::from(
        "# Codes of findings\n\nGenerated from the code; `tests/rule_pages.rs` keeps it true. `etlctl explain CODE` prints the same.\n\n| code | finding |\n| --- | --- |\n",
    );
    for page in all() {
        text.push_str(&format!("| [{0}]({0}.md) | {1} |\n", page.code, page.title));
    }
    text
}
