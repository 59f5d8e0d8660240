//! What `--function` names: a function of this account and region as a whole.

use crate::contract::ReadCx;
use crate::error::Error;
use crate::model::Scope;

/// What stands for a function.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Region and account, of an ARN.
    at: Option<(String, String)>,
}

/// Reads a name, or the ARN of a function.
///
/// # Errors
/// It is neither, or means one version or alias alone.
pub fn read(text: &str) -> Result<Named, Error> {
    let refused = |what: &str, hint: &str| Error::Usage { message: format!("--function {text:?}: {what}"), hint: hint.to_owned() };
    let hint = "write the name of a function, such as orders-import, or its ARN";
    let parts: Vec<&str> = text.split(':').collect();
    let (at, name, qualifier) = match parts[..] {
        ["arn", _, "lambda", region, account, "function", name] => (Some((region, account)), name, None),
        ["arn", _, "lambda", region, account, "function", name, qualifier] => (Some((region, account)), name, Some(qualifier)),
        ["arn", ..] => return Err(refused("this is no ARN of a function", hint)),
        [name] => (None, name, None),
        [name, qualifier] if is_name(name) => (None, name, Some(qualifier)),
        _ => return Err(refused("a function is not called so", hint)),
    };
    if !is_name(name) {
        return Err(refused("a function is not called so", hint));
    }
    if let Some(qualifier) = qualifier {
        let hint = format!("leave out `:{qualifier}`: a function is imported as a whole, with its alias");
        return Err(refused("this names one version or alias of a function", &hint));
    }
    Ok(Named { name: name.to_owned(), at: at.map(|(region, account)| (region.to_owned(), account.to_owned())) })
}

/// The name, where the function is of this account and region.
///
/// # Errors
/// It is of another one.
pub fn here(cx: &ReadCx, Named { name, at }: &Named) -> Result<String, Error> {
    let Scope { account, region, .. } = &cx.scope;
    let account = account.to_string();
    let Some((of_region, of_account)) = at.as_ref().filter(|(of_region, of_account)| of_region != region || *of_account != account) else {
        return Ok(name.clone());
    };
    let hint = if *of_account == account {
        format!("pass --region {of_region}")
    } else {
        format!("use credentials of account {of_account} and --region {of_region}")
    };
    let message = format!("the function {name} is of account {of_account} in {of_region}, and this is account {account} in {region}");
    Err(Error::Usage { message, hint })
}

/// What Lambda calls functions.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_as_a_whole() {
        let name = |text: &str| read(text).map(|named| named.name).ok();
        assert_eq!(name("work").as_deref(), Some("work"));
        assert_eq!(name("arn:aws:lambda:eu-west-1:1:function:work").as_deref(), Some("work"));
        for text in [
            "",
            " ",
            "a b",
            "a:live",
            "function:a:1",
            "arn:aws:sqs:r:1:q",
            "arn:aws:lambda:r:1:function:work:live",
            "a*",
            "arn:aws:lambda:r:1:function:",
        ] {
            assert!(read(text).is_err_and(|error| matches!(error, Error::Usage { .. })), "{text}");
        }
        assert!(read("a:live").is_err_and(|error| error.to_string().contains("one version or alias")));
    }
}
