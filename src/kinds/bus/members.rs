//! What carries the members of AWS's requests on event buses.

use crate::aws::Member;

const LOGS: &str = "where logs go is said by deliveries of CloudWatch Logs, which the format does not have";
const STATEMENT: &str = "the whole policy is sent instead";

pub(super) const CREATE_EVENT_BUS_MEMBERS: &[Member] = &[
    Member::name("Name").length(1, 256).refused("E664").form(r"[/\.\-_A-Za-z0-9]+").refused("E664"),
    Member::left("EventSourceName", "buses of partners are made where the partner's source is accepted"),
    Member::field("Description", "description").length(0, 512),
    Member::field("KmsKeyIdentifier", "kms_key").length(0, 2_048).form(r"^[a-zA-Z0-9_\-/:]*$"),
    Member::field("DeadLetterConfig.Arn", "dead_letter").length(1, 1_600),
    Member::left("LogConfig.IncludeDetail", LOGS),
    Member::left("LogConfig.Level", LOGS),
    Member::made("Tags", "the stack's tags and the mark"),
];

pub(super) const UPDATE_EVENT_BUS_MEMBERS: &[Member] = &[
    Member::name("Name").length(1, 256).refused("E664").form(r"[/\.\-_A-Za-z0-9]+").refused("E664"),
    Member::field("KmsKeyIdentifier", "kms_key").length(0, 2_048).form(r"^[a-zA-Z0-9_\-/:]*$"),
    Member::field("Description", "description").length(0, 512),
    Member::field("DeadLetterConfig.Arn", "dead_letter").length(1, 1_600),
    Member::made("LogConfig.IncludeDetail", "what the bus has"),
    Member::made("LogConfig.Level", "what the bus has"),
];

pub(super) const PUT_PERMISSION_MEMBERS: &[Member] = &[
    Member::name("EventBusName").length(1, 256).refused("E664"),
    Member::left("Action", STATEMENT),
    Member::left("Principal", STATEMENT),
    Member::left("StatementId", STATEMENT),
    Member::left("Condition", STATEMENT),
    Member::field("Policy", "policy"),
];
