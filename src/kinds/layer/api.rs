//! Operations of AWS on layers.

use super::members;
use crate::aws::op::{LAMBDA, Op, operations};

operations! {
    DELETE_LAYER_VERSION = Op::writes("lambda:DeleteLayerVersion").repeatable().paced(LAMBDA);
    GET_LAYER_VERSION = Op::reads("lambda:GetLayerVersion").paced(LAMBDA);
    LIST_LAYER_VERSIONS = Op::reads("lambda:ListLayerVersions").anywhere().paced(LAMBDA);
    LIST_LAYERS = Op::reads("lambda:ListLayers").anywhere().paced(LAMBDA);
    PUBLISH_LAYER_VERSION = Op::writes("lambda:PublishLayerVersion").paced(LAMBDA).members(members::PUBLISH_LAYER_VERSION_MEMBERS);
}
