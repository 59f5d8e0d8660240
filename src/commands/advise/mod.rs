//! `etlctl advise`: what memory, timeout, concurrency and architecture evidence speaks for.

use std::collections::BTreeMap;

use jiff::{Timestamp, Zoned};

pub(super) use self::gathered::log_group;
use self::gathered::{Gathered, OfFunction};
use super::cost;
use super::interrupt;
use super::session::Session;
use super::stacks;
use crate::aws::AwsError;
use crate::cli::{AdviseArgs, AdviseFor, AdviseFormat, Global};
use crate::contract::Kind;
use crate::cost::{Age, Prices};
use crate::error::{Before, Error, exit};
use crate::evidence::{Evidence, Objective, advise};
use crate::kinds::function::Function;
use crate::model::{Node, ResourceId, Stop};
use crate::report;
use crate::report::advise::{Document, FunctionAdvice, StackAdvice};
use crate::source::Loaded;
use crate::source::diagnostic::suggest;

pub(super) mod code;
mod costs;
mod gathered;
mod insights;
pub(super) mod lines;
mod live;
pub(super) mod metrics;
mod offline;
mod write;

/// Hours that are looked back where nothing is said.
const TWO_WEEKS: f64 = 14.0 * 24.0;

pub async fn run(global: &Global, args: &AdviseArgs) -> Result<u8, Error> {
    let prices = cost::prices(args.price_file.as_deref())?;
    let stacks = stacks::load(global)?;
    let asked = args.since.map_or(TWO_WEEKS, |seconds| f64::from(seconds) / 3600.0);
    check_targets(args, &stacks.loaded)?;
    offline::check_function(args, &stacks.loaded)?;
    let files: Vec<_> = stacks.loaded.iter().map(|stack| stack.source.path.clone()).collect();
    let mut documents = Vec::new();
    let mut failures = Vec::new();
    if args.from.is_empty() {
        let session = Session::open(global, stacks).await?;
        let now = Timestamp::now().as_second();
        if args.insights {
            let mut offers = Vec::new();
            for stack in &session.connected {
                offers.push(insights::offer(&stack.read, &wanted(args, &stack.loaded), asked, now, &prices).await?);
            }
            if !insights::agreed(&offers, args.yes)? {
                report::tell("Nothing was queried.");
                return Ok(exit::FAILED);
            }
        }
        let way = if args.insights { live::Way::Insights } else { live::Way::Lines { deep: args.deep } };
        for stack in &session.connected {
            let wanted = wanted(args, &stack.loaded);
            let mut gathered = live::gather(&stack.read, &wanted, asked, now, way, global.quiet).await;
            failures.append(&mut gathered.failures);
            documents.push(advised(args, &stack.loaded, &wanted, gathered, &prices, asked));
        }
    } else {
        for (loaded, gathered) in stacks.loaded.iter().zip(offline::gather(args, &stacks.loaded, asked)?) {
            documents.push(advised(args, loaded, &wanted(args, loaded), gathered, &prices, asked));
        }
    }
    let document = Document { format_version: "1", stacks: documents };
    report::data(&match args.format {
        AdviseFormat::Text => report::advise::text(&document),
        AdviseFormat::Json => report::advise::json(&document),
        AdviseFormat::Markdown => report::advise::markdown(&document),
    });
    if args.write {
        write::write(global, &document, &files, args.format == AdviseFormat::Text)?;
    }
    let days = document.stacks.iter().filter_map(|stack| stack.prices_as_of.as_ref());
    let oldest = days.min().map(|day| Age(day.parse().ok()));
    cost::tell_age(oldest, Zoned::now().date(), global.quiet);
    // What was read is told, and what was not is no success.
    if interrupt::why() == Some(Stop::TimeIsUp) {
        let seconds = global.timeout.map_or(0, u64::from);
        return Err(Error::TimeIsUp { seconds, before: Before::Nothing });
    }
    let credentials = failures.iter().position(AwsError::is_credentials);
    let first = (!failures.is_empty()).then(|| failures.swap_remove(credentials.unwrap_or_default()));
    first.map_or(Ok(exit::DONE), |error| Err(Error::Aws(error)))
}

fn check_targets(args: &AdviseArgs, stacks: &[Loaded]) -> Result<(), Error> {
    let known: Vec<String> = stacks.iter().flat_map(functions).map(|node| node.id.to_string()).collect();
    match args.target.iter().map(ResourceId::to_string).find(|target| !known.contains(target)) {
        None => Ok(()),
        Some(wrong) => {
            let hint = suggest(&wrong, known.iter().map(String::as_str));
            Err(Error::Usage { message: format!("--target {wrong}: no selected stack has such a function"), hint })
        }
    }
}

fn functions(stack: &Loaded) -> impl Iterator<Item = &Node> {
    stack.desired.nodes.values().filter(|node| node.id.kind == Function::NAME)
}

fn wanted<'a>(args: &AdviseArgs, stack: &'a Loaded) -> Vec<&'a Node> {
    functions(stack).filter(|node| args.target.is_empty() || args.target.contains(&node.id)).collect()
}

fn objective(args: &AdviseArgs) -> Objective {
    match args.objective {
        AdviseFor::Cost => Objective::Cost,
        AdviseFor::Balanced => Objective::Balanced,
        AdviseFor::Speed => Objective::Speed,
    }
}

fn advised(args: &AdviseArgs, loaded: &Loaded, wanted: &[&Node], gathered: Gathered, prices: &Prices, asked: f64) -> StackAdvice {
    let Gathered { mut functions, from, notes, failures: _ } = gathered;
    let region = &loaded.scope.region;
    let mut bills = Vec::new();
    let mut all = Vec::new();
    for node in wanted {
        let OfFunction { mut samples, metrics, window, versions, unread, only_failures } =
            functions.remove(&node.id.name).unwrap_or_default();
        let mut declared = gathered::declared(node, &loaded.desired);
        declared.only_failures |= only_failures;
        if let Some(mb) = metrics.most_used() {
            samples.used_beside(mb, None);
        }
        let machine = code::machine(node, &loaded.desired);
        let tariff = costs::Region { prices, region, ephemeral: gathered::ephemeral(node) };
        let advice = advise(&Evidence {
            samples: &samples,
            metrics: &metrics,
            window,
            versions: &versions,
            declared: &declared,
            unread: unread.as_ref(),
            machine: &machine,
            objective: objective(args),
            tariff: &tariff,
        });
        let bill = advice.loads.as_ref().map(|loads| tariff.bills(loads));
        let cost = bill.as_ref().map(|bills| costs::shown(prices, region, bills));
        bills.extend(bill);
        let proposals = advice.proposals();
        let (address, key, name) = (node.id.to_string(), node.id.name.clone(), node.name.clone());
        all.push(FunctionAdvice { address, key, name, declared, window, metrics, version_facts: versions, advice, proposals, cost });
    }
    let sum = costs::Usages::sum(&bills);
    let used = costs::used(prices, region, sum.as_ref());
    StackAdvice {
        stack: loaded.scope.stack.clone(),
        env: loaded.scope.env.clone(),
        region: region.clone(),
        from,
        asked_hours: asked,
        objective: objective(args),
        prices_as_of: used.iter().map(|price| price.as_of.clone().unwrap_or_default()).min().filter(|day| !day.is_empty()),
        prices: used,
        functions: all,
        cost: sum.map(|sum| costs::shown(prices, region, &sum)),
        notes,
    }
}

/// Evidence of a stack by the keys of its functions.
type ByKey = BTreeMap<String, OfFunction>;
