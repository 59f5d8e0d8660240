//! The form of a requirement: a name, extras, versions and a marker, checked character by character.

use super::line::Refusal;
use super::lines::Word;

/// What pip takes for a file, wherever it stands.
const ARCHIVES: [&str; 11] = [".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".lz"];

/// Whether it begins as an address does: `https:`, `git+ssh:`, `file:`.
pub fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

/// Whether pip would look for a file or a folder of that name.
fn is_path(text: &str) -> bool {
    text.starts_with(['.', '~']) || text.contains(['/', '\\']) || is_archive(text)
}

fn is_archive(text: &str) -> bool {
    let without_extras = text.strip_suffix(']').and_then(|text| text.rsplit_once('[')).map_or(text, |(text, _)| text);
    let lower = without_extras.trim_end().to_ascii_lowercase();
    ARCHIVES.iter().any(|ending| lower.ends_with(ending)) || lower.ends_with(".lzma")
}

/// `name [extras] specifiers ; marker`, as pip is given it. `first` is its first word.
///
/// # Errors
/// What it is instead.
pub fn requirement(first: &Word, text: &str) -> Result<String, Refusal> {
    let (package, marker) = text.split_once(';').map_or((text, ""), |(package, marker)| (package.trim(), marker.trim()));
    let is_file = |text: &str| text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"));
    let address = if has_scheme(package) { Some(package) } else { package.split_once('@').map(|(_, address)| address.trim_start()) };
    if let Some(address) = address {
        let is_elsewhere = has_scheme(address) && !is_file(address);
        return Err(if is_elsewhere { Refusal::Address(first.clone()) } else { Refusal::Local(first.clone()) });
    }
    if is_path(package) {
        return Err(Refusal::Local(first.clone()));
    }
    let (is_well_formed, is_marker) = (is_package(package), marker.is_empty() || is_marker(marker));
    if !is_well_formed || !is_marker || (text.contains(';') && marker.is_empty()) {
        return Err(Refusal::Form(first.clone()));
    }
    Ok(if marker.is_empty() { package.to_owned() } else { format!("{package}; {marker}") })
}

fn is_package(text: &str) -> bool {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(text.len());
    let (name, rest) = (&text[..end], text[end..].trim_start());
    let ends_well =
        |name: &str| name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    if !ends_well(name) {
        return false;
    }
    let rest = match rest.strip_prefix('[') {
        None => rest,
        Some(inner) => {
            let Some((extras, rest)) = inner.split_once(']') else { return false };
            let is_extra = |extra: &str| ends_well(extra) && extra.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
            if !extras.split(',').all(|extra| is_extra(extra.trim())) {
                return false;
            }
            rest.trim_start()
        }
    };
    let specifiers = rest.strip_prefix('(').map_or(Some(rest), |inner| inner.strip_suffix(')'));
    specifiers.is_some_and(|specifiers| specifiers.trim().is_empty() || specifiers.split(',').all(|one| is_specifier(one.trim())))
}

fn is_specifier(text: &str) -> bool {
    let Some(operator) = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"].iter().find(|operator| text.starts_with(**operator)) else {
        return false;
    };
    let version = text[operator.len()..].trim_start();
    !version.is_empty() && version.bytes().all(|b| b.is_ascii_alphanumeric() || b"._*+!-".contains(&b))
}

/// A marker chooses by the environment and runs nothing; its words are checked so that nothing else
/// hides in it.
fn is_marker(text: &str) -> bool {
    let mut quote: Option<char> = None;
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) if c.is_ascii_alphanumeric() || " .,_+*!-".contains(c) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c.is_ascii_alphabetic() || " _.()<>=!~".contains(c) => {}
            _ => return false,
        }
    }
    quote.is_none()
}

#[cfg(test)]
mod tests {
    use super::super::line::{Entry, read};
    use super::super::lines;
    use super::*;

    fn line(text: &str) -> Result<Entry, Refusal> {
        let lines = lines::of(text);
        assert_eq!(lines.len(), 1, "{text}");
        read(&lines[0])
    }

    #[test]
    fn packages_of_a_registry_are_taken() {
        for (text, requirement) in [
            ("requests", "requests"),
            ("requests==2.32.3", "requests==2.32.3"),
            ("requests == 2.32.3", "requests == 2.32.3"),
            ("a_b.c-d>=1,<2.0", "a_b.c-d>=1,<2.0"),
            ("a~=1.4.2 , !=1.4.3", "a~=1.4.2 , !=1.4.3"),
            ("a (>=1.0)", "a (>=1.0)"),
            ("a[x, y]==1", "a[x, y]==1"),
            ("a [x]", "a [x]"),
            ("a===1.0-whatever", "a===1.0-whatever"),
            ("a==1!2.0+local.1", "a==1!2.0+local.1"),
            ("a==1.*", "a==1.*"),
            ("a==1; python_version < \"3.9\" and sys_platform == 'linux'", "a==1; python_version < \"3.9\" and sys_platform == 'linux'"),
            ("a;extra == 'x'", "a; extra == 'x'"),
            ("a==1 ; (python_version in '3.8, 3.9')", "a==1; (python_version in '3.8, 3.9')"),
            ("a==1  # why", "a==1"),
            ("zip", "zip"),
            ("tar==1.0", "tar==1.0"),
        ] {
            assert_eq!(line(text), Ok(Entry::Package { requirement: requirement.to_owned(), hashes: Vec::new() }), "{text}");
        }
    }

    #[test]
    fn local_files_addresses_and_what_is_no_requirement_are_refused() {
        let kind = |text: &str| match line(text) {
            Err(Refusal::Local(_)) => "local",
            Err(Refusal::Address(_)) => "address",
            Err(Refusal::Variable(_)) => "variable",
            Err(Refusal::Form(_)) => "form",
            other => panic!("{text}: {other:?}"),
        };
        for (text, wanted) in [
            (".", "local"),
            ("./lib", "local"),
            ("../lib", "local"),
            ("lib/", "local"),
            ("lib/sub", "local"),
            (".\\lib", "local"),
            ("lib\\sub", "local"),
            ("/abs/lib", "local"),
            ("~/lib", "local"),
            (".[extra]", "local"),
            ("./lib[extra]; python_version > '3'", "local"),
            ("file:lib", "local"),
            ("file:///abs/lib", "local"),
            ("FILE:///abs/lib", "local"),
            ("lib @ file:///abs/lib", "local"),
            ("lib@file:lib", "local"),
            ("lib @ ./lib", "local"),
            ("lib-1.0-py3-none-any.whl", "local"),
            ("lib-1.0.tar.gz", "local"),
            ("lib.ZIP", "local"),
            ("lib==1.0.zip", "local"),
            ("lib.whl[extra]", "local"),
            ("lib.tar.gz ; python_version > '3'", "local"),
            ("https://h/lib.whl", "address"),
            ("HTTPS://h/lib", "address"),
            ("git+https://h/lib.git@v1#egg=lib", "address"),
            ("git+ssh://git@h/lib.git", "address"),
            ("hg+http://h/lib", "address"),
            ("lib @ https://h/lib.whl", "address"),
            ("lib[x]@https://h/lib.whl", "address"),
            ("lib @ git+ssh://git@h/lib", "address"),
            ("lib==${VERSION}", "variable"),
            ("${LIB}", "variable"),
            ("lib=1", "form"),
            ("lib 1", "form"),
            ("lib==", "form"),
            ("lib==1 other==2", "form"),
            ("lib,other", "form"),
            ("lib==1;", "form"),
            ("lib[x", "form"),
            ("lib>=1)", "form"),
            ("lib==1; python_version > '3", "form"),
            ("lib==1; `id`", "form"),
            ("li\u{62}\u{301}", "form"),
            ("_lib", "form"),
            ("$lib", "form"),
        ] {
            assert_eq!(kind(text), wanted, "{text}");
        }
    }
}
