//! Which quota a call counts against: AWS's, as the operations know it, none, or those of a file, by which
//! tests and measurements put quotas of their own before a local AWS.

use std::path::Path;

use serde::Deserialize;

use super::op::{Op, Quota};

/// Quotas of operations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Quotas {
    /// Those that AWS publishes.
    #[default]
    Aws,
    /// None.
    Off,
    /// The first whose name, a pattern, fits.
    Rows(Vec<Quota>),
}

/// Operations that share a quota, as a file has them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// `service:Operation` in IAM's words; `*` stands for anything.
    operations: String,
    /// Requests a second, of all of them together.
    per_second: u32,
}

impl Quotas {
    /// Those of a file: a list of rows as JSON.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let rows: Vec<Row> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        if let Some(row) = rows.iter().find(|row| row.per_second == 0) {
            return Err(format!("`{}`: per_second is at least 1", row.operations));
        }
        // There are few, read once a run, and quotas go everywhere by value.
        Ok(Self::Rows(rows.into_iter().map(|row| Quota::new(row.operations.leak(), row.per_second)).collect()))
    }

    /// The quota that an operation counts against.
    pub fn of(&self, op: &Op) -> Option<Quota> {
        match self {
            Self::Aws => op.quota,
            Self::Off => None,
            Self::Rows(rows) => rows.iter().find(|quota| fits(quota.name, op.iam)).copied(),
        }
    }
}

/// Whether a text is one that the pattern stands for.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| fits(after, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const GET: Op = Op::reads("lambda:GetFunction");
    const PUT: Op = Op::writes("cloudwatch:PutMetricAlarm").rated(3);

    fn read(text: &str) -> Result<Quotas, String> {
        let mut file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
        file.write_all(text.as_bytes()).map_err(|error| error.to_string())?;
        Quotas::read(file.path())
    }

    #[test]
    fn the_first_row_that_fits_counts_and_what_none_fits_has_no_quota() {
        let rows = r#"[{"operations": "lambda:Get*", "per_second": 7}, {"operations": "lambda:*", "per_second": 2}]"#;
        let quotas = read(rows).unwrap();
        assert_eq!(quotas.of(&GET), Some(Quota::new("lambda:Get*", 7)));
        assert_eq!(quotas.of(&Op::reads("lambda:ListAliases")), Some(Quota::new("lambda:*", 2)));
        assert_eq!(quotas.of(&PUT), None);
        assert_eq!((Quotas::Aws.of(&PUT), Quotas::Off.of(&PUT)), (PUT.quota, None));
    }

    #[test]
    fn a_file_that_says_something_else_is_told() {
        for (text, told) in [
            ("{}", "expected a sequence"),
            (r#"[{"operations": "*", "per_second": 0}]"#, "at least 1"),
            (r#"[{"operations": "*", "per_second": 1, "burst": 2}]"#, "unknown field `burst`"),
            (r#"[{"operations": "*"}]"#, "missing field `per_second`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, fit) in [
            ("lambda:Get*", "lambda:Get", true),
            ("*", "", true),
            ("iam:*Role*", "iam:PutRolePolicy", true),
            ("iam:*Role", "iam:PutRolePolicy", false),
            ("lambda:GetFunction", "lambda:GetFunctionConcurrency", false),
        ] {
            assert_eq!(fits(pattern, text), fit, "{pattern} {text}");
        }
    }
}
