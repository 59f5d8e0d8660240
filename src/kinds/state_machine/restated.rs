//! A state machine in the words of a file.

use serde_json::{Map, Value};

use super::Spec;
use super::spec::{KEY_REUSE, STREAMS};
use crate::contract::Writing;
use crate::contract::restated::word_of;

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::default());
    if file.take("type").is_some() {
        file.put("type", spec.machine_type.as_str().to_ascii_lowercase());
    }
    file.word("role", "role", "roles");
    if file.take("logging").is_some() {
        let logging = &spec.logging;
        let mut words: Map<String, Value> =
            [("level".to_owned(), logging.level.as_str().to_ascii_lowercase().into())].into_iter().collect();
        if logging.include_execution_data {
            words.insert("include_execution_data".to_owned(), true.into());
        }
        if let Some(arn) = &logging.log_group {
            words.insert("log_group".to_owned(), word_of("log_groups", arn.strip_suffix(STREAMS).unwrap_or(arn)).into());
        }
        file.put("logging", words);
    }
    if spec.kms_data_key_reuse == Some(KEY_REUSE) {
        file.take("kms_data_key_reuse");
    }
}
