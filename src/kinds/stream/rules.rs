//! What Kinesis refuses of a stream.

use std::ops::RangeInclusive;

use super::Stream;
use super::spec::StreamMode;
use crate::contract::{Findings, Kind, Rule, View, names, rows};
use crate::model::counted;

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E740",
        title: "stream name that AWS refuses",
        why: "A stream's name has 1 to 128 letters, digits and `._-`.",
        fix: "use letters, digits and `._-`",
        source: "botocore service model, kinesis CreateStream, StreamName",
        run: name,
    },
    Rule {
        code: "E741",
        title: "shards that do not go with the mode of a stream",
        why: "A provisioned stream has one shard or more, as its file says. On demand Kinesis adds shards as records come, and \
              CreateStream and UpdateShardCount refuse a number.",
        fix: "write `shards: 1` or more with `mode: provisioned`, and none with `mode: on_demand`",
        source: "https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html",
        run: shards,
    },
    Rule {
        code: "E742",
        title: "a retention that Kinesis does not take",
        why: "Kinesis keeps records for 24 to 8,760 hours: a day to a year.",
        fix: "set `retention` to something from 24h to 365d",
        source: "https://docs.aws.amazon.com/kinesis/latest/APIReference/API_IncreaseStreamRetentionPeriod.html",
        run: retention,
    },
    Rule {
        code: "E743",
        title: "a metric of shards that there is not",
        why: "Kinesis counts seven things of each shard, or ALL of them.",
        fix: "write one of the seven, or ALL",
        source: "botocore service model, kinesis EnableEnhancedMonitoring, ShardLevelMetrics",
        run: rows::<Stream>,
    },
    Rule {
        code: "E744",
        title: "a largest record that Kinesis does not take",
        why: "The largest record of a stream has 1 to 10 MiB.",
        fix: "set `max_record_size` to something from 1024 to 10240",
        source: "botocore service model, kinesis CreateStream, MaxRecordSizeInKiB",
        run: rows::<Stream>,
    },
    Rule {
        code: "W745",
        title: "a stream that costs while nobody writes to it",
        why: "A stream on demand is paid by the hour that it is there, as four shards or more would be, and by the GB. One that takes few \
              records is cheaper with a shard or two; `etlctl cost` has both.",
        fix: "write `shards: 1` or as many as are needed, or `mode: on_demand` to say that it is meant so",
        source: "https://aws.amazon.com/kinesis/data-streams/pricing/",
        run: idle,
    },
];

fn name(cx: &View<'_>, out: &mut Findings<'_>) {
    names::<Stream>(cx, out, "stream", |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
}

fn shards(cx: &View<'_>, out: &mut Findings<'_>) {
    rows::<Stream>(cx, out);
    for stream in cx.all::<Stream>() {
        let message = match (stream.spec.mode.is(StreamMode::Provisioned), stream.spec.shards) {
            (true, None) => "the stream is provisioned, and has no shards",
            (false, Some(_)) => "the stream is on demand, and has a number of shards",
            _ => continue,
        };
        out.add(cx.place(Stream::SECTION, &stream.key, &["shards"]), &stream.address, message);
    }
}

/// Hours for which records are kept.
const HOURS: RangeInclusive<i32> = 24..=8_760;

fn retention(cx: &View<'_>, out: &mut Findings<'_>) {
    for stream in cx.all::<Stream>().iter().filter(|stream| !HOURS.contains(&stream.spec.retention)) {
        let message =
            format!("records are kept for {}; Kinesis takes {} to {}", counted(stream.spec.retention, "hour"), HOURS.start(), HOURS.end());
        out.add(cx.place(Stream::SECTION, &stream.key, &["retention"]), &stream.address, message);
    }
}

/// Who wrote the mode down knows what it costs.
fn idle(cx: &View<'_>, out: &mut Findings<'_>) {
    let says = |key: &str| cx.loaded.tree.get(Stream::SECTION).and_then(|all| all.get(key)?.get("mode")).is_some();
    for stream in cx.all::<Stream>().iter().filter(|stream| stream.spec.mode.is(StreamMode::OnDemand) && !says(&stream.key)) {
        let message = "the stream is on demand, which is paid by the hour also while nobody writes to it";
        out.add(cx.place(Stream::SECTION, &stream.key, &[]), &stream.address, message);
    }
}
