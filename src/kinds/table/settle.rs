//! Waiting until DynamoDB has finished with a table. While a table or one of its indexes is being
//! changed, DynamoDB takes no other change (docs/aws-facts.md §21).

use std::time::Duration;

use aws_sdk_dynamodb::types::{IndexStatus, TableDescription, TableStatus};
use tokio::time::Instant;

use super::api;
use crate::aws::polls::pause_after;
use crate::aws::{AwsError, Failure};
use crate::contract::{KindError, WriteCx, none_if_missing};
use crate::model::Wait;

/// A change of billing took more than a minute of a small table; a class or a key takes longer.
const TABLE_BOUND: Duration = Duration::from_secs(1_800);
/// An index is filled from all items of its table.
const INDEX_BOUND: Duration = Duration::from_secs(4 * 3_600);
/// How long a read may lag behind the write that it follows.
const LAG_BOUND: Duration = Duration::from_secs(60);
/// The longest pause between two looks.
const LONGEST: Duration = Duration::from_secs(5);

/// Waits until the table and all of its indexes are active. Returns the table as it is then.
pub(super) async fn until_active(cx: &WriteCx, name: &str) -> Result<TableDescription, KindError> {
    let start = Instant::now();
    loop {
        let answer = cx.call.send(&api::DESCRIBE_TABLE, name, || cx.aws.dynamodb.describe_table().table_name(name).send()).await;
        let table = match answer {
            // DescribeTable may not know a table yet that was just made.
            Err(error) if error.is_missing() && start.elapsed() < LAG_BOUND => None,
            answer => answer?.table,
        };
        let (why, bound) = match table.map(|table| (state(&table), table)) {
            Some((State::Settled, table)) => return Ok(table),
            Some((State::Stuck(status), _)) => {
                let text = format!("the table is {status}, which does not pass by itself");
                return Err(AwsError::told(Failure::EndedBadly, &api::DESCRIBE_TABLE, name, text).into());
            }
            Some((State::Table, _)) => ("DynamoDB finishes the change".to_owned(), TABLE_BOUND),
            Some((State::Index(index), _)) => (format!("DynamoDB works on the index {index}"), INDEX_BOUND),
            None => ("DynamoDB does not show it yet".to_owned(), LAG_BOUND),
        };
        if start.elapsed() > bound {
            let text = format!("not ready after {} s", bound.as_secs());
            return Err(AwsError::told(Failure::Overdue, &api::DESCRIBE_TABLE, name, text).into());
        }
        wait(cx, name, why, start, bound).await?;
    }
}

/// Waits until DescribeTable no longer finds the table: its name is free then.
pub(super) async fn until_gone(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    let start = Instant::now();
    loop {
        let answer = cx.call.send(&api::DESCRIBE_TABLE, name, || cx.aws.dynamodb.describe_table().table_name(name).send()).await;
        if none_if_missing(answer)?.is_none() {
            return Ok(());
        }
        if start.elapsed() > TABLE_BOUND {
            let text = format!("the table is still there after {} s", TABLE_BOUND.as_secs());
            return Err(AwsError::told(Failure::Overdue, &api::DELETE_TABLE, name, text).into());
        }
        wait(cx, name, "DynamoDB deletes the table".to_owned(), start, TABLE_BOUND).await?;
    }
}

async fn wait(cx: &WriteCx, name: &str, why: String, start: Instant, bound: Duration) -> Result<(), KindError> {
    let wait = Wait { why, what: name.to_owned(), so_far: start.elapsed(), bound: Some(bound), is_retry: false };
    cx.wait(pause_after(start.elapsed(), LONGEST), &wait).await
}

/// How far DynamoDB is.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Settled,
    Table,
    Index(String),
    Stuck(String),
}

fn state(table: &TableDescription) -> State {
    match table.table_status() {
        Some(TableStatus::Active) => {}
        Some(TableStatus::Creating | TableStatus::Updating | TableStatus::Deleting | TableStatus::Archiving) | None => return State::Table,
        Some(status) => return State::Stuck(status.as_str().to_owned()),
    }
    let busy =
        table.global_secondary_indexes().iter().find(|index| index.index_status().is_some_and(|status| *status != IndexStatus::Active));
    busy.map_or(State::Settled, |index| State::Index(index.index_name().unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::GlobalSecondaryIndexDescription;

    use super::*;

    #[test]
    fn a_table_is_settled_when_all_of_it_is() {
        let table = |status: TableStatus, index: IndexStatus| {
            let index = GlobalSecondaryIndexDescription::builder().index_name("by-day").index_status(index).build();
            state(&TableDescription::builder().table_status(status).global_secondary_indexes(index).build())
        };
        assert_eq!(table(TableStatus::Active, IndexStatus::Active), State::Settled);
        assert_eq!(table(TableStatus::Updating, IndexStatus::Active), State::Table);
        assert_eq!(table(TableStatus::Active, IndexStatus::Creating), State::Index("by-day".into()));
        let stuck = table(TableStatus::InaccessibleEncryptionCredentials, IndexStatus::Active);
        assert_eq!(stuck, State::Stuck("INACCESSIBLE_ENCRYPTION_CREDENTIALS".into()));
    }
}
