//! A kind as `import` sees it, without its types.

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::driver::Erased;
use super::elsewhere::{ArnForm, Elsewhere};
use super::kind::Kind;
use super::restated::{self, Restated};
use super::typing::{found, plain, texts, typed};
use super::written::Names;
use super::{Nest, ReadCx};
use crate::aws::AwsError;
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

/// What `import` asks of a kind.
pub trait Imported {
    /// See [`Kind::ELSEWHERE`].
    fn elsewhere(&self) -> Elsewhere;
    /// See [`Kind::ARN`].
    fn arn_form(&self) -> Option<ArnForm>;
    /// See [`Kind::STANDS_ALONE`].
    fn stands_alone(&self) -> bool;
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
}
