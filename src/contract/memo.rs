//! Answers that serve more than one question of a run, each known by its type and a word.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::aws::AwsError;

#[derive(Default)]
pub(super) struct Memo(Mutex<HashMap<(TypeId, String), Arc<dyn Any + Send + Sync>>>);

impl Memo {
    pub async fn get_or_ask<T, F>(&self, word: &str, ask: impl FnOnce() -> F + Send) -> Result<Arc<T>, AwsError>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, AwsError>> + Send,
    {
        self.cell::<T>(word).get_or_try_init(|| async { Ok(Arc::new(ask().await?)) }).await.cloned()
    }

    fn cell<T: Send + Sync + 'static>(&self, word: &str) -> Arc<OnceCell<Arc<T>>> {
        // A map of cells is whole, whatever happened to who held it.
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = cells.entry((TypeId::of::<T>(), word.to_owned())).or_insert_with(|| Arc::new(OnceCell::<Arc<T>>::new()));
        // The cell of a type is always one of that type.
        Arc::clone(cell).downcast().unwrap_or_default()
    }
}
