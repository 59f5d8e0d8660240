//! The parts of a function that have calls of their own.

use std::collections::BTreeMap;

use super::sources::Listed;
use super::{AssumeFile, CorsFile, DurableFile, EventInvokeFile, EventSourceFile, FileSystemFile, PermissionFile, UrlFile};
use crate::contract::notifications::{Notification, Notifications};
use crate::contract::{Expand, Kind};
use crate::kinds::function::Function;
use crate::kinds::function::spec::{Cors, Durable, EventInvoke, HISTORY_DAYS, Permission, Url};
use crate::kinds::function::words::{UrlAuthType, UrlInvokeMode};
use crate::kinds::triggers::{Admission, TriggerFile};
use crate::model::desired::Workload;
use crate::source::duration::show_seconds;
use crate::source::scalar::{InvokeMode, UrlAuth};

pub(super) const DAY: u32 = 86_400;
/// What a statement allows where nothing is said.
pub(in crate::kinds::function) const INVOKE: &str = "lambda:InvokeFunction";

pub(super) fn durable(cx: &mut Expand<'_>, key: &str, file: &DurableFile) -> Durable {
    let DurableFile { execution_timeout, retention, kms_key } = file;
    let seconds = retention.map(|seconds| seconds.0);
    if let Some(seconds) = seconds.filter(|seconds| seconds % DAY != 0) {
        let place = cx.place(Function::SECTION, key, "durable");
        let message = format!("functions.{key}: a history is kept for whole days, and `{}` is none", show_seconds(u64::from(seconds)));
        cx.problem(place, message, "write a number of days, such as 14d");
    }
    Durable {
        execution_timeout: execution_timeout.0.cast_signed(),
        retention_days: seconds.map_or(HISTORY_DAYS, |seconds| (seconds / DAY).cast_signed()),
        kms_key: kms_key.clone(),
    }
}

/// Access points by where they are mounted.
pub(super) fn mounted(cx: &mut Expand<'_>, key: &str, files: &[FileSystemFile]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (index, FileSystemFile { arn, mount }) in files.iter().enumerate() {
        if all.insert(mount.clone(), arn.clone()).is_some() {
            let place = cx.place_within(Function::SECTION, key, &["file_systems", &index.to_string()]);
            let message = format!("functions.{key}: two file systems are mounted at `{mount}`");
            cx.problem(place, message, "a function mounts one file system: take one out");
        }
    }
    all
}

pub(super) fn workload(file: &AssumeFile) -> Workload {
    let AssumeFile { calls, duration } = file;
    Workload { calls: calls.calls, hours: calls.hours, duration_ms: duration.0 }
}

pub(super) fn event_invoke(file: &EventInvokeFile, alias: Option<String>) -> EventInvoke {
    let EventInvokeFile { max_retries, max_age, on_success, on_failure } = file;
    let aws = EventInvoke::default();
    EventInvoke {
        alias,
        max_retries: max_retries.map_or(aws.max_retries, |n| n.0),
        max_age: max_age.map_or(aws.max_age, |seconds| seconds.0 as i32),
        on_success: on_success.clone(),
        on_failure: on_failure.clone(),
    }
}

pub(super) fn url(UrlFile { auth, invoke_mode, cors }: &UrlFile, alias: Option<String>) -> Url {
    Url {
        auth: if *auth == UrlAuth::None { UrlAuthType::None.into() } else { UrlAuthType::Iam.into() },
        invoke_mode: if *invoke_mode == Some(InvokeMode::Stream) { UrlInvokeMode::Stream.into() } else { UrlInvokeMode::Buffered.into() },
        alias,
        cors: cors.as_ref().map(cors_of).filter(|cors| *cors != Cors::default()),
    }
}

fn cors_of(file: &CorsFile) -> Cors {
    let CorsFile { allow_credentials, allow_headers, allow_methods, allow_origins, expose_headers, max_age } = file;
    let set = |list: &[String]| list.iter().cloned().collect();
    Cors {
        allow_credentials: allow_credentials.0,
        allow_headers: set(allow_headers),
        allow_methods: set(allow_methods),
        allow_origins: set(allow_origins),
        expose_headers: set(expose_headers),
        max_age: max_age.map_or(0, |seconds| seconds.0 as i32),
    }
}

/// Triggers that are event sources.
pub(super) fn sources(triggers: &[TriggerFile]) -> impl Iterator<Item = (Listed, &EventSourceFile)> {
    triggers.iter().enumerate().filter_map(|(at, trigger)| match trigger {
        TriggerFile::Source(source) => Some((("triggers", at), &**source)),
        TriggerFile::Schedule(_) | TriggerFile::Bucket(_) | TriggerFile::Event(_) => None,
    })
}

/// Entries among the notifications of buckets, which start the alias where there is one.
pub(super) fn notifications(triggers: &Notifications, alias: Option<&str>) -> Notifications {
    triggers.iter().map(|(key, says)| (key.clone(), Notification { to: alias.map(str::to_owned), ..says.clone() })).collect()
}

/// The file's statements and those of triggers, and for a URL without authentication the two that Lambda asks for since
/// October 2025: to call the URL, and to invoke the function through it (Lambda Developer Guide,
/// "Control access to Lambda function URLs").
pub(super) fn permissions(
    file: &BTreeMap<String, PermissionFile>,
    is_public: bool,
    triggers: &[Admission],
    alias: Option<&str>,
) -> BTreeMap<String, Permission> {
    let mut all: BTreeMap<String, Permission> = file.iter().map(|(sid, statement)| (sid.clone(), permission(statement, alias))).collect();
    all.extend(triggers.iter().map(|Admission { sid, service, source_arn, source_account }| {
        let admitted = Permission {
            principal: (*service).to_owned(),
            action: INVOKE.to_owned(),
            source_arn: Some(source_arn.clone()),
            source_account: source_account.clone(),
            alias: alias.map(str::to_owned),
            ..Permission::default()
        };
        (sid.clone(), admitted)
    }));
    // One of the file under such an id was refused.
    all.extend(public(is_public, alias));
    all
}

/// What a URL brings along that everybody may call.
pub(super) fn public(is_public: bool, alias: Option<&str>) -> BTreeMap<String, Permission> {
    if !is_public {
        return BTreeMap::new();
    }
    let public = Permission { principal: "*".into(), alias: alias.map(str::to_owned), ..Permission::default() };
    let call = Permission { action: "lambda:InvokeFunctionUrl".into(), url_auth: Some(UrlAuthType::None.into()), ..public.clone() };
    let invoke = Permission { action: INVOKE.into(), via_url: true, ..public };
    [("FunctionURLAllowPublicAccess".into(), call), ("FunctionURLInvokeAllowPublicAccess".into(), invoke)].into()
}

fn permission(file: &PermissionFile, alias: Option<&str>) -> Permission {
    let PermissionFile { principal, action, source_arn, source_account, principal_org, url_auth } = file;
    Permission {
        principal: principal.clone(),
        action: action.clone().unwrap_or_else(|| INVOKE.into()),
        source_arn: source_arn.clone(),
        source_account: source_account.as_ref().map(|text| text.0.clone()),
        principal_org: principal_org.clone(),
        url_auth: url_auth.clone(),
        via_url: false,
        alias: alias.map(str::to_owned),
        rest: None,
    }
}
