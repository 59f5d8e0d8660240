//! A kind as `import` sees it, without its types.

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::driver::Erased;
use super::elsewhere::{ArnForm, Elsewhere};
use super::kind::Kind;
use super::restated::{self, Restated};
use super::typing::{found, plain, seen, texts, typed};
use super::written::Names;
use super::{Nest, ReadCx};
use crate::aws::AwsError;
use crate::aws::api::GET_RESOURCES;
use crate::model::plan::NotNormal;
use crate::model::reference::{map_texts, template};
use crate::model::{Scope, Seen};

/// Where code of a resource lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A zip, at an address that is good for minutes.
    Zip {
        /// The address.
        location: String,
        /// Base64 SHA-256 of its bytes.
        sha256: String,
    },
    /// An image, in a registry.
    Image,
}

/// What others may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Section of its kind.
    pub section: &'static str,
    /// Physical name.
    pub name: String,
    /// ARN, where there is one.
    pub arn: String,
}

/// Who uses something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Which of those that were asked after, by its number.
    pub of: usize,
    /// Physical name of the user.
    pub by: String,
}

/// Who uses some of what was asked after.
#[derive(Debug, Default)]
pub struct Users {
    /// Those that were found.
    pub found: Vec<Use>,
    /// Why not all could be looked through, where that is so.
    pub failed: Option<AwsError>,
}

impl Use {
    /// Whoever of `users`, names and the ARNs that they name, uses one of these.
    pub fn by_arn<'a>(of: &[Watched], users: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Self> {
        Self::all(of, users, |one, arn| !arn.is_empty() && one.arn == arn)
    }

    /// Whoever of `users`, names and the names of a section that they name, uses one of these.
    pub fn by_name<'a>(of: &[Watched], section: &str, users: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Self> {
        Self::all(of, users, |one, name| one.section == section && one.name == name)
    }

    fn all<'a>(of: &[Watched], users: impl IntoIterator<Item = (&'a str, &'a str)>, is_used: impl Fn(&Watched, &str) -> bool) -> Vec<Self> {
        let mut found = Vec::new();
        for (by, used) in users {
            let used = of.iter().enumerate().filter(|(_, one)| is_used(one, used));
            found.extend(used.map(|(of, _)| Self { of, by: by.to_owned() }));
        }
        found
    }
}

/// What `import` asks of a kind.
pub trait Imported {
    /// See [`Kind::ELSEWHERE`].
    fn elsewhere(&self) -> Elsewhere;
    /// See [`Kind::ARN`].
    fn arn_form(&self) -> Option<ArnForm>;
    /// See [`Kind::STANDS_ALONE`].
    fn stands_alone(&self) -> bool;
    /// See [`Kind::FEEDS`].
    fn feeds(&self) -> bool;
    /// See [`Kind::along`]; nothing of what is not what its kind reads.
    fn along(&self, seen: &Seen) -> Option<(&'static str, Vec<String>)>;
    /// See [`Kind::is_nobodys`].
    fn is_nobodys(&self, name: &str, arn: &str) -> Option<&'static str>;
    /// See [`Kind::physical`].
    fn physical(&self, name: &str, within: Option<&str>) -> String;
    /// See [`Kind::name_in_file`].
    fn name_in_file<'a>(&self, name: &'a str) -> &'a str;
    /// See [`Kind::kept`].
    ///
    /// # Errors
    /// What was read is not what its kind reads.
    fn kept(&self, seen: &Seen) -> Result<Value, NotNormal>;
    /// What a file says of a resource of this physical name and spec: see [`Kind::WRITTEN`] and
    /// [`Kind::restated`].
    ///
    /// # Errors
    /// The spec is none of its kind.
    fn restated(&self, scope: &Scope, names: &Names, name: &str, spec: &Value) -> Result<Restated, NotNormal>;
    /// See [`Kind::uses`]; nothing of what is no spec of its kind.
    fn uses(&self, spec: &Value) -> Vec<(&'static str, String)>;
    /// See [`Kind::nest`].
    fn nest(&self, nest: &mut Nest<'_>);
    /// See [`Kind::code_at`].
    fn code_at<'a>(&'a self, cx: &'a ReadCx, arn: &'a str) -> BoxFuture<'a, Result<Option<Code>, AwsError>>;
    /// See [`Kind::moves`].
    fn moves<'a>(&'a self, cx: &'a ReadCx, seen: &'a Seen) -> BoxFuture<'a, Result<Vec<String>, AwsError>>;
    /// See [`Kind::watching`].
    fn watching<'a>(&'a self, cx: &'a ReadCx, of: &'a [Watched]) -> BoxFuture<'a, Result<Vec<String>, AwsError>>;
    /// See [`Kind::users`].
    fn users<'a>(&'a self, cx: &'a ReadCx, of: &'a [Watched]) -> BoxFuture<'a, Result<Users, AwsError>>;
    /// See [`Kind::meant`]: what was read with nothing but that, and what is left out.
    ///
    /// # Errors
    /// What was read is not what its kind reads.
    fn meant(&self, scope: &Scope, seen: &Seen, is_named: &dyn Fn(&str) -> bool) -> Result<(Seen, Vec<String>), NotNormal>;
    /// See [`Kind::version`].
    fn version<'a>(&'a self, cx: &'a ReadCx, name: &'a str, arn: &'a str) -> BoxFuture<'a, Result<Option<Seen>, AwsError>>;
}

impl<K: Kind> Imported for Erased<K> {
    fn elsewhere(&self) -> Elsewhere {
        K::ELSEWHERE
    }

    fn arn_form(&self) -> Option<ArnForm> {
        K::ARN
    }

    fn stands_alone(&self) -> bool {
        K::STANDS_ALONE
    }

    fn feeds(&self) -> bool {
        K::FEEDS
    }

    fn along(&self, seen: &Seen) -> Option<(&'static str, Vec<String>)> {
        found::<K>(seen).ok().and_then(|found| K::along(&found.live))
    }

    fn is_nobodys(&self, name: &str, arn: &str) -> Option<&'static str> {
        K::is_nobodys(name, arn)
    }

    fn physical(&self, name: &str, within: Option<&str>) -> String {
        K::physical(name, within)
    }

    fn name_in_file<'a>(&self, name: &'a str) -> &'a str {
        K::name_in_file(name)
    }

    fn kept(&self, seen: &Seen) -> Result<Value, NotNormal> {
        let mut found = found::<K>(seen)?;
        K::normal(&mut found.spec);
        K::kept(&mut found.spec, &found.live);
        Ok(map_texts(plain::<K>(&found.spec)?, &template))
    }

    fn restated(&self, scope: &Scope, names: &Names, name: &str, spec: &Value) -> Result<Restated, NotNormal> {
        restated::restated::<K>(scope, names, name, spec)
    }

    fn uses(&self, spec: &Value) -> Vec<(&'static str, String)> {
        typed::<K, K::Spec>(&texts(spec)).map(|spec| K::uses(&spec)).unwrap_or_default()
    }

    fn nest(&self, nest: &mut Nest<'_>) {
        K::nest(nest);
    }

    fn code_at<'a>(&'a self, cx: &'a ReadCx, arn: &'a str) -> BoxFuture<'a, Result<Option<Code>, AwsError>> {
        Box::pin(K::code_at(cx, arn))
    }

    fn moves<'a>(&'a self, cx: &'a ReadCx, seen: &'a Seen) -> BoxFuture<'a, Result<Vec<String>, AwsError>> {
        Box::pin(async move {
            match found::<K>(seen) {
                Ok(found) => K::moves(cx, &found).await,
                // What is no spec of its kind is refused where it is to be kept.
                Err(_) => Ok(Vec::new()),
            }
        })
    }

    fn watching<'a>(&'a self, cx: &'a ReadCx, of: &'a [Watched]) -> BoxFuture<'a, Result<Vec<String>, AwsError>> {
        Box::pin(K::watching(cx, of))
    }

    fn users<'a>(&'a self, cx: &'a ReadCx, of: &'a [Watched]) -> BoxFuture<'a, Result<Users, AwsError>> {
        Box::pin(K::users(cx, of))
    }

    fn meant(&self, scope: &Scope, read: &Seen, is_named: &dyn Fn(&str) -> bool) -> Result<(Seen, Vec<String>), NotNormal> {
        let mut found = found::<K>(read)?;
        let left = K::meant(&mut found, is_named);
        Ok((seen::<K>(scope, found)?, left))
    }

    fn version<'a>(&'a self, cx: &'a ReadCx, name: &'a str, arn: &'a str) -> BoxFuture<'a, Result<Option<Seen>, AwsError>> {
        Box::pin(async move {
            let Some(found) = K::version(cx, name, arn).await? else { return Ok(None) };
            let read = K::API.iter().copied().find(|op| !op.writes).unwrap_or(&GET_RESOURCES);
            seen::<K>(&cx.scope, found).map(Some).map_err(|error| AwsError::unexpected(read, name, error.to_string()))
        })
    }
}
