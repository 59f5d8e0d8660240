//! File systems that a function sees.

use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::model::reference::is_known;

const PAGE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem-efs.html";

/// All of them.
pub(super) const RULES: &[Rule] = &[Rule {
    code: "E124",
    title: "file system that AWS refuses",
    why: "A function sees one file system at most, below `/mnt/`: the path is `/mnt/` and one name of letters, digits, `-`, `_` and `.`. \
              An access point of EFS is reached through the function's network, so that Lambda refuses it where there is no `vpc`; and a \
              snapshot holds no mounted file system of EFS.",
    fix: "mount one file system at `/mnt/` and a name, in a function with a `vpc` and without `snap_start`",
    source: PAGE,
    run: file_systems,
}];

fn file_systems(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        let config = &function.spec.config;
        let place = cx.place("functions", &function.key, &["file_systems"]);
        if config.file_systems.len() > 1 {
            let message = format!("{} file systems are mounted; Lambda takes 1", config.file_systems.len());
            found.add_with(place, &function.address, message, "keep one of them".to_owned());
        }
        for (mount, arn) in &config.file_systems {
            if is_known(mount) && !is_mount(mount) {
                let message = format!("`{mount}` is no path to mount at");
                found.add_with(place, &function.address, message, "write `/mnt/` and a name, such as `/mnt/data`".to_owned());
            }
            if arn.contains(":elasticfilesystem:") && config.vpc.is_none() {
                let message = "a file system of EFS is mounted, and the function has no `vpc`".to_owned();
                found.add_with(place, &function.address, message, "add `vpc`, with subnets that reach the file system".to_owned());
            }
            if arn.contains(":elasticfilesystem:") && config.snap_start {
                let message = "a file system of EFS is mounted, which SnapStart does not support".to_owned();
                found.add_with(place, &function.address, message, "take `snap_start` out, or the file system".to_owned());
            }
        }
    }
}

/// botocore service model, lambda CreateFunction, `FileSystemConfigs[].LocalMountPath`.
fn is_mount(path: &str) -> bool {
    let is_plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    path.strip_prefix("/mnt/").is_some_and(is_plain)
}
