//! Operations of AWS on queues.

use super::members;
use crate::aws::op::{Op, operations};
use crate::contract::notifications;

operations! {
    GET_BUCKET_NOTIFICATION = notifications::api::GET_BUCKET_NOTIFICATION;
    PUT_BUCKET_NOTIFICATION = notifications::api::PUT_BUCKET_NOTIFICATION;
    CHANGE_MESSAGE_VISIBILITY = Op::writes("sqs:ChangeMessageVisibility").repeatable();
    CREATE_QUEUE = Op::writes("sqs:CreateQueue").repeatable().members(members::CREATE_QUEUE_MEMBERS);
    DELETE_MESSAGE = Op::writes("sqs:DeleteMessage").repeatable();
    DELETE_QUEUE = Op::writes("sqs:DeleteQueue").repeatable();
    GET_QUEUE_ATTRIBUTES = Op::reads("sqs:GetQueueAttributes");
    GET_QUEUE_URL = Op::reads("sqs:GetQueueUrl");
    LIST_MESSAGE_MOVE_TASKS = Op::reads("sqs:ListMessageMoveTasks");
    LIST_QUEUE_TAGS = Op::reads("sqs:ListQueueTags");
    LIST_QUEUES = Op::reads("sqs:ListQueues").anywhere();
    RECEIVE_MESSAGE = Op::writes("sqs:ReceiveMessage").repeatable();
    SEND_MESSAGE = Op::writes("sqs:SendMessage");
    SET_QUEUE_ATTRIBUTES = Op::writes("sqs:SetQueueAttributes").repeatable().members(members::SET_QUEUE_ATTRIBUTES_MEMBERS);
    START_MESSAGE_MOVE_TASK = Op::writes("sqs:StartMessageMoveTask");
    TAG_QUEUE = Op::writes("sqs:TagQueue").repeatable();
    UNTAG_QUEUE = Op::writes("sqs:UntagQueue").repeatable();
}
