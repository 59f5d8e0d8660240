//! Reading a layer: its versions, and of those that claim to be ours the hash of their bytes.

use aws_sdk_lambda::types::LayerVersionsListItem;
use futures_util::future::try_join_all;

use super::Spec;
use super::api;
use super::mark::Marked;
use crate::aws::{AwsError, Page, pages};
use crate::contract::ReadCx;
use crate::contract::none_if_missing;
use crate::model::{Handle, Owner, Scope, Seen};

/// A version with the hash of its bytes, which is asked for where the version claims to be ours.
struct Published {
    version: LayerVersionsListItem,
    sha256: Option<String>,
}

impl Published {
    fn marked(&self) -> Option<Marked<'_>> {
        Marked::of(self.version.description()?)
    }
}

pub async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Seen<Spec>>, AwsError> {
    let all = pages(|marker| async move {
        let asked = || cx.aws.lambda.list_layer_versions().layer_name(name).set_marker(marker.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_LAYER_VERSIONS, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.layer_versions, page.next_marker)))
    });
    let mut all = all.await?;
    all.sort_by_key(|version| std::cmp::Reverse(version.version()));
    let all = try_join_all(all.into_iter().map(|version| published(cx, name, version))).await?;
    Ok(seen(&cx.scope, name, &all))
}

async fn published(cx: &ReadCx, name: &str, version: LayerVersionsListItem) -> Result<Published, AwsError> {
    let claims = version.description().and_then(Marked::of).is_some_and(|marked| marked.owner(&cx.scope).is_ours());
    if !claims {
        return Ok(Published { version, sha256: None });
    }
    let number = version.version();
    let answer = cx
        .call
        .send(&api::GET_LAYER_VERSION, name, || cx.aws.lambda.get_layer_version().layer_name(name).version_number(number).send())
        .await;
    let sha256 = none_if_missing(answer)?.and_then(|answer| answer.content).and_then(|content| content.code_sha256);
    Ok(Published { version, sha256 })
}

/// A layer's name may be shared: by the environments and instances of a stack, each with versions of
/// its own, and then a version is ours or not there. Where others published it, the whole layer is
/// theirs.
fn seen(scope: &Scope, name: &str, all: &[Published]) -> Option<Seen<Spec>> {
    let is_ours = |version: &&Published| version.marked().is_some_and(|marked| marked.is_ours(scope, version.sha256.as_deref()));
    let ours: Vec<&Published> = all.iter().filter(is_ours).collect();
    let Some(newest) = ours.first() else {
        let newest = all.first()?;
        let owner = match newest.marked().map(|marked| marked.owner(scope)) {
            Some(Owner::Foreign(mark)) if mark.stack == scope.stack => return None,
            Some(Owner::Foreign(mark)) => Owner::Foreign(mark),
            // A mark of ours on bytes that are not ours is a stranger's.
            Some(Owner::Ours | Owner::Incomplete | Owner::Unmarked) | None => Owner::Unmarked,
        };
        return Some(Seen { name: name.to_owned(), spec: spec(newest, 0), handle: Handle::new(), owner, unread: Vec::new() });
    };
    let handle = [
        ("name".to_owned(), name.to_owned()),
        ("arn".to_owned(), newest.version.layer_version_arn().unwrap_or_default().to_owned()),
        ("version".to_owned(), newest.version.version().to_string()),
        ("versions".to_owned(), ours.iter().map(|v| v.version.version().to_string()).collect::<Vec<_>>().join(",")),
    ];
    Some(Seen {
        name: name.to_owned(),
        spec: spec(newest, ours.len() as u32),
        handle: handle.into(),
        owner: Owner::Ours,
        unread: Vec::new(),
    })
}

fn spec(published: &Published, versions: u32) -> Spec {
    let Published { version, sha256 } = published;
    let text = version.description().unwrap_or_default();
    let marked = published.marked();
    let code = match (&marked, sha256) {
        (Some(Marked { hash: None, .. }), Some(sha256)) => format!("sha256:{sha256}"),
        (Some(marked), _) => marked.digest.to_owned(),
        (None, _) => String::new(),
    };
    Spec {
        description: marked.as_ref().map_or(text, |marked| marked.description).to_owned(),
        code,
        compatible_runtimes: version.compatible_runtimes().iter().map(|runtime| runtime.as_str().to_owned()).collect(),
        architectures: version.compatible_architectures().iter().map(|a| a.as_str().to_owned()).collect(),
        license: version.license_info().filter(|text| !text.is_empty()).map(str::to_owned),
        keep_versions: 0,
        surplus_versions: versions,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Layer;
    use super::super::mark::marked_description;
    use super::*;
    use crate::contract::Kind;
    use crate::model::Artifact;

    const BYTES: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
    const HASH: &str = "q83vEjRWeJCrze8S";

    fn scope(env: &str, instance: &str) -> Scope {
        Scope {
            partition: "aws".into(),
            account: "1".into(),
            region: "r".into(),
            stack: "s".into(),
            env: env.into(),
            instance: instance.into(),
        }
    }

    fn version(number: i64, description: &str, sha256: &str) -> Published {
        let version =
            LayerVersionsListItem::builder().version(number).layer_version_arn(format!("arn:x:{number}")).description(description);
        Published { version: version.build(), sha256: Some(sha256.to_owned()) }
    }

    fn arn(seen: Option<Seen<Spec>>) -> Option<String> {
        seen.and_then(|seen| seen.handle.get("arn").cloned())
    }

    #[test]
    fn a_description_is_read_as_it_was_written() {
        let want = Spec { description: "d [x]".into(), code: "aa".into(), ..spec(&version(1, "", BYTES), 0) };
        let text = marked_description(&scope("dev", "pr1"), &want, BYTES);
        assert_eq!(text, format!("d [x] [etlctl:s/dev/pr1:aa.{HASH}]"));
        let seen = seen(&scope("dev", "pr1"), "l", &[version(1, &text, BYTES)]);
        assert_eq!(seen.map(|seen| (seen.owner, seen.spec.description, seen.spec.code)), Some((Owner::Ours, "d [x]".into(), "aa".into())));
    }

    #[test]
    fn environments_and_instances_share_a_name_and_keep_apart() {
        let mark = |owner: &str| format!("d [etlctl:s/{owner}:aa.{HASH}]");
        let all = [
            version(4, &mark("prod/prod"), BYTES),
            version(3, &mark("dev/pr1"), BYTES),
            version(2, &mark("dev/dev"), BYTES),
            version(1, &mark("dev/dev"), BYTES),
        ];
        assert_eq!(arn(seen(&scope("dev", "dev"), "l", &all)), Some("arn:x:2".into()));
        assert_eq!(arn(seen(&scope("dev", "pr1"), "l", &all)), Some("arn:x:3".into()));
        assert!(seen(&scope("dev", "pr2"), "l", &all).is_none());
        assert!(seen(&scope("staging", "staging"), "l", &all).is_none());
    }

    #[test]
    fn a_layer_that_others_published_is_theirs() {
        let foreign = seen(&scope("dev", "dev"), "l", &[version(1, "[etlctl:other/dev/dev:aa.bb]", BYTES)]);
        assert!(matches!(foreign.map(|s| s.owner), Some(Owner::Foreign(mark)) if mark.stack == "other"));
        let unmarked = seen(&scope("dev", "dev"), "l", &[version(1, "by hand", BYTES)]);
        assert_eq!(unmarked.map(|s| s.owner), Some(Owner::Unmarked));
    }

    #[test]
    fn a_copied_mark_on_other_bytes_is_a_strangers_and_ours_stands_behind_it() {
        let mark = format!("[etlctl:s/dev/dev:aa.{HASH}]");
        let copied = version(2, &mark, "ZZZvEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=");
        assert_eq!(seen(&scope("dev", "dev"), "l", std::slice::from_ref(&copied)).map(|s| s.owner), Some(Owner::Unmarked));
        assert_eq!(arn(seen(&scope("dev", "dev"), "l", &[copied, version(1, &mark, BYTES)])), Some("arn:x:1".into()));
        let without_hash = version(1, "[etlctl:s/dev/dev:aa]", BYTES);
        assert_eq!(seen(&scope("dev", "dev"), "l", &[without_hash]).map(|s| s.owner), Some(Owner::Unmarked));
        let unknown = Published { sha256: None, ..version(1, &mark, BYTES) };
        assert_eq!(seen(&scope("dev", "dev"), "l", &[unknown]).map(|s| s.owner), Some(Owner::Unmarked));
    }

    #[test]
    fn a_version_of_0_1_is_the_default_instances_and_only_its_bytes_tell_its_sources() {
        let old = [version(1, "d [etlctl:s/dev:aa]", BYTES)];
        let mut have = seen(&scope("dev", "dev"), "l", &old).map(|seen| seen.spec);
        assert_eq!(have.as_ref().map(|spec| spec.code.clone()), Some(format!("sha256:{BYTES}")));
        assert!(seen(&scope("dev", "pr1"), "l", &old).is_none());
        let artifact = Artifact {
            source: "x".into(),
            project: "".into(),
            form: crate::model::desired::ArtifactForm::Function,
            digest: "aa".into(),
            code_sha256: Some(BYTES.into()),
        };
        if let Some(have) = &mut have {
            let mut want = Spec { code: "aa".into(), keep_versions: 1, surplus_versions: 0, ..have.clone() };
            Layer::align(&mut want, have, Some(&artifact));
            assert_eq!(*have, want);
        }
    }
}
