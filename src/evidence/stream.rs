//! Names of log streams.

/// What the name of a log stream tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The function, in a group of one's own choice.
    pub function: Option<String>,
    /// Its version, or `$LATEST`.
    pub version: String,
}

/// Reads `2026/11/12/[3]0123abcd`, and `2026/11/12/NAME[3]0123abcd` of a group that functions share.
pub fn stream(name: &str) -> Option<Stream> {
    let mut parts = name.splitn(4, '/');
    for digits in [4, 2, 2] {
        parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))?;
    }
    let (function, rest) = parts.next()?.split_once('[')?;
    let (version, _) = rest.split_once(']')?;
    let is_name = function.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let is_version = version == "$LATEST" || (!version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()));
    let function = (!function.is_empty()).then(|| function.to_owned());
    (is_name && is_version).then(|| Stream { function, version: version.to_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn row_7_streams() {
        let stream_of =
            |function: Option<&str>, version: &str| Some(Stream { function: function.map(str::to_owned), version: version.into() });
        assert_eq!(stream("2026/11/12/[3]abc"), stream_of(None, "3"));
        assert_eq!(stream("2026/11/12/etl[7]abc"), stream_of(Some("etl"), "7"));
        assert_eq!(stream("2026/11/12/[$LATEST]abc"), stream_of(None, "$LATEST"));
        for other in ["audit", "2026/11/12/abc", "2026/11/12/[x]abc", "26/11/12/[3]abc", ""] {
            assert_eq!(stream(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(name in ".{0,60}") {
            stream(&name);
            stream(&format!("2026/11/12/{name}"));
        }
    }
}
