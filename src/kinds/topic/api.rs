//! Operations of AWS on topics.

use super::members;
use crate::aws::op::{Op, Quota, operations};

/// All that is about tags.
const TAGS: Quota = Quota::new("sns: tags together", 10);
use crate::contract::notifications;

operations! {
    GET_BUCKET_NOTIFICATION = notifications::api::GET_BUCKET_NOTIFICATION;
    PUT_BUCKET_NOTIFICATION = notifications::api::PUT_BUCKET_NOTIFICATION;
    CREATE_TOPIC = Op::writes("sns:CreateTopic").repeatable().members(members::CREATE_TOPIC_MEMBERS);
    DELETE_TOPIC = Op::writes("sns:DeleteTopic").repeatable();
    GET_SUBSCRIPTION_ATTRIBUTES = Op::reads("sns:GetSubscriptionAttributes").anywhere();
    GET_TOPIC_ATTRIBUTES = Op::reads("sns:GetTopicAttributes");
    LIST_SUBSCRIPTIONS_BY_TOPIC = Op::reads("sns:ListSubscriptionsByTopic").rated(30);
    LIST_TAGS_FOR_RESOURCE = Op::reads("sns:ListTagsForResource").paced(TAGS);
    LIST_TOPICS = Op::reads("sns:ListTopics").anywhere();
    SET_SUBSCRIPTION_ATTRIBUTES = Op::writes("sns:SetSubscriptionAttributes").repeatable().anywhere().members(members::SET_SUBSCRIPTION_ATTRIBUTES_MEMBERS);
    SET_TOPIC_ATTRIBUTES = Op::writes("sns:SetTopicAttributes").repeatable().members(members::SET_TOPIC_ATTRIBUTES_MEMBERS);
    SUBSCRIBE = Op::writes("sns:Subscribe").repeatable().members(members::SUBSCRIBE_MEMBERS);
    TAG_RESOURCE = Op::writes("sns:TagResource").repeatable().paced(TAGS);
    UNSUBSCRIBE = Op::writes("sns:Unsubscribe").repeatable().anywhere();
    UNTAG_RESOURCE = Op::writes("sns:UntagResource").repeatable().paced(TAGS);
}
