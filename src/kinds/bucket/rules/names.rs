//! Names of buckets.

use super::super::Bucket;
use crate::contract::{Findings, Kind, View};
use crate::kinds::bucket_name::wrong;
use crate::model::account;
use crate::model::reference::is_known;

pub(super) fn refused(cx: &View<'_>, out: &mut Findings<'_>) {
    for bucket in cx.all::<Bucket>() {
        let name = account::with_any(&bucket.name);
        if !is_known(&name) {
            continue;
        }
        if let Some((wrong, fix)) = wrong(&name) {
            let place = cx.place(Bucket::SECTION, &bucket.key, &["name"]);
            out.add_with(place, &bucket.address, format!("the bucket name `{}` {wrong}", shown(&bucket.name)), fix);
        }
    }
}

pub(super) fn dotted(cx: &View<'_>, out: &mut Findings<'_>) {
    for bucket in cx.all::<Bucket>() {
        let name = account::with_any(&bucket.name);
        if name.contains('.') && is_known(&name) && wrong(&name).is_none() {
            let place = cx.place(Bucket::SECTION, &bucket.key, &["name"]);
            out.add(place, &bucket.address, format!("the bucket name `{}` has dots", shown(&bucket.name)));
        }
    }
}

fn shown(name: &str) -> String {
    if name.chars().count() > 72 { format!("{}…", name.chars().take(64).collect::<String>()) } else { name.to_owned() }
}
