//! Plans that are made once more, to see that nothing moved.

use super::{Ask, Session};
use crate::commands::planned::PlannedStack;
use crate::error::Error;
use crate::model::Scope;
use crate::model::plan::Options;

impl Session {
    /// Plans every stack as [`Session::plan`] does, without what is asked beside a plan for its reader.
    ///
    /// # Errors
    /// See [`Session::plan`].
    pub async fn plan_again(&self, options: &Options, destroy: bool) -> Result<Vec<PlannedStack>, Error> {
        self.sources.look_again();
        self.plan_as(Ask { options, destroy, is_shown: false }).await
    }

    /// The same, where one stack that cannot be planned keeps nobody from the others. In the order of the session's.
    pub async fn plan_each_again(&self, options: &Options) -> Vec<(Scope, Result<PlannedStack, Error>)> {
        self.sources.look_again();
        let planned = self.plan_each_as(Ask { options, destroy: false, is_shown: false }).await;
        self.loaded().map(|stack| stack.scope.clone()).zip(planned).collect()
    }

    /// The same of one stack alone; none where the session has no stack there.
    ///
    /// # Errors
    /// See [`Session::plan`].
    pub async fn plan_one_again(&self, scope: &Scope, options: &Options) -> Result<Option<PlannedStack>, Error> {
        self.sources.look_again();
        let Some(stack) = self.connected.iter().find(|stack| stack.loaded.scope == *scope) else { return Ok(None) };
        let shared = self.shared().remove(scope.region.as_str()).unwrap_or_default();
        self.plan_one(stack, &shared, Ask { options, destroy: false, is_shown: false }).await.map(Some)
    }
}
