//! `etlctl permissions`: the least IAM policy for who plans, applies or destroys.

use std::collections::BTreeSet;

use serde_json::Value;

use super::marks;
use super::moved;
use super::session::{Session, connection};
use super::stacks::{self, Stacks};
use crate::aws::connect;
use crate::cli::{Global, PermissionsArgs, PolicyFor};
use crate::contract::Purpose;
use crate::error::{Error, exit};
use crate::model::secret::Secrets;
use crate::model::{Reads, counted, one_or_many, stored};
use crate::permissions::{self, LARGEST_INLINE_POLICY, LARGEST_MANAGED_POLICY};
use crate::report;
use crate::source::Loaded;
use crate::stored::via;

pub async fn run(global: &Global, args: &PermissionsArgs) -> Result<u8, Error> {
    if args.purpose == PolicyFor::Cost {
        report::data(&format!("{:#}\n", permissions::of_cost()));
        return Ok(exit::DONE);
    }
    if args.purpose == PolicyFor::Ls {
        return of_ls(global, args).await;
    }
    if args.purpose == PolicyFor::Watch {
        return of_watch(global, args).await;
    }
    let stacks = with_account(global, args, stacks::load(global)?).await?;
    let local = lists_everything(global, &stacks).await?;
    // Which names are kept, what is live decides: both are allowed.
    let kept = stacks.iter().map(|stack| moved::kept(global, stack)).collect::<Result<Vec<_>, _>>()?;
    let named: Vec<&Loaded> = stacks.iter().chain(kept.iter().flatten()).collect();
    let purpose = match args.purpose {
        PolicyFor::Plan
        | PolicyFor::Advise
        | PolicyFor::Cost
        | PolicyFor::Ls
        | PolicyFor::Status
        | PolicyFor::Redrive
        | PolicyFor::Watch => Purpose::Plan,
        PolicyFor::Apply => Purpose::Apply,
        PolicyFor::Destroy => Purpose::Destroy,
    };
    if args.purpose == PolicyFor::Advise {
        print(global, permissions::advise::policy(named.iter().map(|stack| policed(stack, args.empty))), &named);
        return Ok(exit::DONE);
    }
    if args.purpose == PolicyFor::Redrive {
        let policy = permissions::redrive::policy(named.iter().map(|stack| policed(stack, args.empty)));
        print(global, policy.map_err(|(id, reason)| Error::NotNormal { id, reason })?, &named);
        return Ok(exit::DONE);
    }
    let measures = args.purpose == PolicyFor::Status;
    let policy = permissions::policy(named.iter().map(|stack| policed(stack, args.empty)), purpose, local, measures)
        .map_err(|(id, reason)| Error::NotNormal { id, reason })?;
    let size = print(global, policy, &named);
    if size > LARGEST_MANAGED_POLICY && !global.quiet {
        report::tell(&format!("note: {}", too_large(size, stacks.len())));
    }
    if purpose != Purpose::Destroy && !global.quiet {
        keys(&stacks).iter().for_each(|text| report::tell(&format!("note: {text}")));
    }
    if !global.quiet && !measures {
        report::tell("note: traffic for what a month costs takes one right more, and a plan does without it: --for cost");
    }
    Ok(exit::DONE)
}

/// Prints the policy of these stacks, and tells its size. What is built from a sensitive value is not shown, and
/// (sensitive) would be the name of nothing.
fn print(global: &Global, mut policy: Value, stacks: &[&Loaded]) -> usize {
    let mut secrets = Secrets::default();
    stacks.iter().for_each(|stack| secrets.extend(&stack.desired.secrets));
    let open = permissions::sensitive::open(&mut policy, &secrets.mask());
    report::data(&format!("{policy:#}\n"));
    if open > 0 && !global.quiet {
        let (hold, place) = (one_or_many(&open, "holds", "hold"), one_or_many(&open, "its place", "their place"));
        report::tell(&format!(
            "note: {} of it {hold} a sensitive value, and * stands in {place}: the policy allows more than is needed until \
             you write the value there",
            counted(open, "ARN")
        ));
    }
    permissions::size(&policy)
}

/// What a watcher reads beside its plans. It needs no stack file, but says more where one lets what has expired go.
async fn of_watch(global: &Global, args: &PermissionsArgs) -> Result<u8, Error> {
    let mut stacks = match stacks::load(global) {
        Ok(stacks) => stacks,
        Err(Error::NoStack { .. }) if global.dir.is_none() && global.stack.is_empty() => marks::stacks(Vec::new()),
        Err(error) => return Err(error),
    };
    stacks.loaded.retain(|stack| stack.heal.expired);
    let local = !stacks.loaded.is_empty() && lists_everything(global, &stacks.loaded).await?;
    // As for a survey.
    let stacks = if local { with_account(global, args, stacks).await? } else { stacks.loaded };
    let policy = permissions::of_watch(stacks.iter().map(|stack| &stack.scope), local);
    report::data(&format!("{:#}\n", policy.map_err(|(id, reason)| Error::NotNormal { id, reason })?));
    if !global.quiet {
        report::tell(
            "note: its looks take what --for plan prints, with --heal what --for apply prints, and --notify sns:ARN takes sns:Publish on that topic",
        );
    }
    let regions: BTreeSet<&str> = stacks.iter().map(|stack| stack.scope.region.as_str()).collect();
    for region in regions.into_iter().filter(|_| !global.quiet) {
        report::tell(&format!(
            "note: with --heal, instances in {region} that have expired take what --for destroy prints of each: see `heal: {{ expired: true }}`"
        ));
    }
    Ok(exit::DONE)
}

/// What a survey takes. On AWS no ARN stands in it, and no account is asked for.
async fn of_ls(global: &Global, args: &PermissionsArgs) -> Result<u8, Error> {
    let region = marks::region(global).await?;
    let mut anybody = vec![marks::anybody(&region)];
    let local = lists_everything(global, &anybody).await?;
    if local {
        anybody = with_account(global, args, marks::stacks(anybody)).await?;
    }
    for stack in &anybody {
        let policy = permissions::of_survey(&stack.scope, local).map_err(|(id, reason)| Error::NotNormal { id, reason })?;
        report::data(&format!("{policy:#}\n"));
    }
    Ok(exit::DONE)
}

/// Which key encrypts a stored value, the files do not say. AWS's own keys need no permission.
fn keys(stacks: &[Loaded]) -> BTreeSet<String> {
    let of_stack = |stack: &Loaded| {
        let environments = stack.desired.nodes.values().filter_map(|node| node.spec["environment"].as_object());
        let texts: Vec<&str> = environments.flat_map(|environment| environment.values().filter_map(Value::as_str)).collect();
        texts.into_iter().flat_map(stored::named).map(|stored| via(&stored, &stack.scope)).collect::<Vec<_>>()
    };
    let services = stacks.iter().flat_map(of_stack);
    let text = |service: String| {
        format!(
            "a stored value that a key of your own encrypts needs kms:Decrypt on that key too, with the condition \
             StringEquals kms:ViaService {service}"
        )
    };
    services.map(text).collect()
}

/// Whether what carries a mark is found by listing, as on a local AWS; nothing is sent to find out.
async fn lists_everything(global: &Global, stacks: &[Loaded]) -> Result<bool, Error> {
    let region = stacks.first().map(|stack| stack.scope.region.clone());
    let kind = connect(&connection(global, region)).await?.kind;
    Ok(global.reads.unwrap_or(kind.reads()) == Reads::List)
}

fn policed(stack: &Loaded, empties: bool) -> permissions::Stack<'_> {
    permissions::Stack { scope: &stack.scope, desired: &stack.desired, lock: stack.lock, empties }
}

fn too_large(size: usize, stacks: usize) -> String {
    let mut ways = Vec::new();
    if size <= LARGEST_INLINE_POLICY {
        ways.push(format!("add it to a role as an inline policy, of which {LARGEST_INLINE_POLICY} fit"));
    }
    ways.push(if stacks > 1 { "print one for each stack with --stack".into() } else { "attach its statements as two policies".to_owned() });
    format!("the policy has {size} characters, and a managed one at most {LARGEST_MANAGED_POLICY}: {}", ways.join(", or "))
}

/// ARNs hold the account. AWS is asked for it only where neither the command line nor the files say it.
async fn with_account(global: &Global, args: &PermissionsArgs, stacks: Stacks) -> Result<Vec<Loaded>, Error> {
    if let Some(account) = &args.account {
        let other = stacks.loaded.iter().find_map(|stack| Some((stack, stack.account.as_ref().filter(|known| *known != account)?)));
        if let Some((stack, wanted)) = other {
            let (stack, env) = (stack.scope.stack.clone(), stack.scope.env.clone());
            let message = format!("--account {account}: {stack} ({env}) belongs to account {wanted}");
            return Err(Error::Usage { message, hint: "leave --account out: the file says it".into() });
        }
        let mut loaded = stacks.loaded;
        loaded.iter_mut().try_for_each(|stack| stacks::settle_account(stack, account))?;
        return Ok(loaded);
    }
    if stacks.loaded.iter().all(|stack| stack.account.is_some()) {
        return Ok(stacks.loaded);
    }
    match Session::open(global, stacks).await {
        Ok(session) => Ok(session.connected.into_iter().map(|stack| stack.loaded).collect()),
        Err(error) => {
            report::tell("the ARNs hold the account, and AWS did not tell it: say it with --account");
            Err(error)
        }
    }
}
