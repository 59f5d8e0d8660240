//! `etlctl status`: how what is deployed does.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::time::Instant;

use super::session::Session;
use super::stacks;
use crate::cli::{Format, Global, StatusArgs};
use crate::error::{Error, exit};
use crate::model::health::{Drift, StackHealth};
use crate::model::plan::{Conflict, Options};
use crate::report;
use crate::report::screen::Screen;

mod gauges;
mod look;

use gauges::Metered;

/// How long metrics and drift count as new while it watches: CloudWatch has a point a minute.
const MINUTE: Duration = Duration::from_secs(60);

/// What is not read with every look, for each stack.
struct Slow {
    read: Instant,
    drift: BTreeMap<String, (Drift, Option<String>)>,
    /// What is not the stacks', where that is in the way of a plan.
    conflicts: Vec<Conflict>,
    metered: BTreeMap<String, Metered>,
}

pub async fn run(global: &Global, args: &StatusArgs) -> Result<u8, Error> {
    let mut global = global.clone();
    global.stack.extend(args.only.clone());
    let mut screen = Screen::new(args.watch && args.format == Format::Text);
    // What is told beside a screen that is drawn again would stand in it.
    global.quiet |= screen.is_drawn();
    let session = Session::open(&global, stacks::load(&global)?).await?;
    let mut slow: Option<Slow> = None;
    loop {
        let known = match slow.take().filter(|slow| slow.read.elapsed() < MINUTE) {
            Some(slow) => slow,
            None => read_slow(&session).await,
        };
        let all = join_all(session.connected.iter().map(|stack| {
            let name = &stack.loaded.scope.stack;
            look::at(stack, known.drift.get(name).cloned(), known.metered.get(name), &known.conflicts)
        }))
        .await;
        let all = all.into_iter().collect::<Result<Vec<_>, _>>()?;
        slow = Some(known);
        tell(&all, args, &mut screen);
        if !args.watch {
            report::status::tell_unread(&all);
            return Ok(code(&all, args.detailed_exitcode));
        }
        tokio::time::sleep(Duration::from_secs(args.every.into())).await;
    }
}

fn tell(all: &[StackHealth], args: &StatusArgs, screen: &mut Screen) {
    let now = Timestamp::now();
    match args.format {
        Format::Json => report::data(&report::status::json::document(all, now, args.watch)),
        Format::Text => screen.show(&report::status::text(all, now, args.watch)),
    }
}

fn code(all: &[StackHealth], detailed: bool) -> u8 {
    if !all.iter().all(StackHealth::is_read) {
        exit::FAILED
    } else if detailed && all.iter().any(StackHealth::needs_a_look) {
        exit::CHANGES
    } else {
        exit::DONE
    }
}

async fn read_slow(session: &Session) -> Slow {
    let ((drift, conflicts), metered) = tokio::join!(drift(session), join_all(session.connected.iter().map(gauges::read)));
    let names = || session.loaded().map(|stack| stack.scope.stack.clone());
    Slow { read: Instant::now(), drift, conflicts, metered: names().zip(metered).collect() }
}

/// What a plan would do. One that cannot be made says why, and what is not the stack's.
async fn drift(session: &Session) -> (BTreeMap<String, (Drift, Option<String>)>, Vec<Conflict>) {
    let (mut drift, mut conflicts) = (BTreeMap::new(), Vec::new());
    for (scope, planned) in session.plan_each_again(&Options::default()).await {
        let told = match planned {
            Ok(stack) => (look::drift_of(&stack.planned.plan), stack.alias),
            Err(error) => {
                let told = look::told(&error);
                if let Error::Conflicts(found) = error {
                    conflicts.extend(found);
                }
                (Drift::Unknown(told), None)
            }
        };
        drift.insert(scope.stack, told);
    }
    (drift, conflicts)
}
