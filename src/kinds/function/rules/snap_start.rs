//! SnapStart.

use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::kinds::function::facts::SNAP_START_STORAGE;
use crate::kinds::function::runtimes::runtimes;
use crate::kinds::function::words::PackageType;

const PAGE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html";

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E120",
        title: "SnapStart with a runtime that has none",
        why: "Zip functions start from snapshots with Java 11 and later, Python 3.12 and later and .NET 8 and later only. Lambda answers \
              for any other runtime that it is not supported for SnapStart enabled functions; Node.js has SnapStart in container \
              images alone.",
        fix: "take `snap_start` out, or use a runtime that has it",
        source: PAGE,
        run: runtime,
    },
    Rule {
        code: "E121",
        title: "SnapStart with a large /tmp",
        why: "A snapshot holds no more than the 512 MB of /tmp that every function has. With more ephemeral storage, Lambda refuses \
              SnapStart.",
        fix: "take `ephemeral_storage` out, or `snap_start`",
        source: PAGE,
        run: storage,
    },
    Rule {
        code: "E122",
        title: "SnapStart in a region that has none",
        why: "Some newer regions run Lambda without SnapStart. There AWS answers in the words it has for a runtime without SnapStart, \
              which sends people looking in the wrong place.",
        fix: "take `snap_start` out for this region, or use another region",
        source: PAGE,
        run: region,
    },
    Rule {
        code: "W123",
        title: "SnapStart without a published version",
        why: "A snapshot is taken of a version when it is published, and $LATEST never starts from one. Versions are published for an \
              `alias`, or with `publish`; without either AWS takes the setting, and no start is faster.",
        fix: "add `alias: live`, and invoke the alias",
        source: PAGE,
        run: unpublished,
    },
];

fn runtime(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in
        cx.all::<Function>().iter().filter(|function| function.spec.config.snap_start && function.spec.config.package.is(PackageType::Zip))
    {
        // An unknown runtime has a rule of its own.
        let Some(runtime) = function.spec.config.runtime.as_deref().and_then(|id| runtimes().get(id)).filter(|r| !r.snap_start) else {
            continue;
        };
        let place = cx.place("functions", &function.key, &["snap_start"]);
        let mut candidates = runtimes().runtimes.iter().filter(|r| r.family == runtime.family && r.snap_start && r.is_current(cx.as_of));
        let fix = match (candidates.next(), runtime.family.as_str()) {
            (Some(newest), _) => Some(format!("use `{}`, or take `snap_start` out", newest.id)),
            (None, "nodejs") => {
                Some("take `snap_start` out, or deploy a container image: Node.js has SnapStart in images alone".to_owned())
            }
            (None, _) => None,
        };
        found.add_with(place, &function.address, format!("AWS has no SnapStart for zips of `{}`", runtime.id), fix);
    }
}

fn storage(cx: &View<'_>, found: &mut Findings<'_>) {
    let most = SNAP_START_STORAGE;
    for function in cx.all::<Function>().iter().filter(|function| function.spec.config.snap_start) {
        let storage = i64::from(function.spec.config.ephemeral_storage);
        if storage > most {
            let place = cx.place("functions", &function.key, &["ephemeral_storage"]);
            found.add(place, &function.address, format!("/tmp has {storage} MB; with SnapStart AWS takes at most {most}"));
        }
    }
}

fn region(cx: &View<'_>, found: &mut Findings<'_>) {
    let region = &cx.loaded.scope.region;
    if !runtimes().snap_start.regions_without.contains(region) {
        return;
    }
    for function in cx.all::<Function>().iter().filter(|function| function.spec.config.snap_start) {
        let place = cx.place("functions", &function.key, &["snap_start"]);
        found.add(place, &function.address, format!("{region} has no SnapStart"));
    }
}

fn unpublished(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in cx.all::<Function>().iter().filter(|function| function.spec.config.snap_start && function.spec.keep_versions.is_none())
    {
        let place = cx.place("functions", &function.key, &["snap_start"]);
        found.add(place, &function.address, "SnapStart works on published versions only, and the function publishes none");
    }
}
