//! Answers that say "not there", in the two places where that is no failure.

use super::KindError;
use crate::aws::AwsError;

/// Deleting what is not there is done.
pub fn done_if_missing<T>(answer: Result<T, AwsError>) -> Result<(), KindError> {
    match answer {
        Err(error) if !error.is_missing() => Err(error.into()),
        _ => Ok(()),
    }
}

/// Reading what is not there finds nothing.
pub fn none_if_missing<T>(answer: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}
