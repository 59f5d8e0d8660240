//! Calls that take many names: steps that are ready at the same time send one of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::aws::{AwsError, Failure};

/// How long the first waits for others: steps that are ready together start within less.
const TOGETHER: Duration = Duration::from_millis(20);

/// Of the names that were asked for, those that the answer holds; none where it holds no names.
pub type Named = Arc<BTreeSet<String>>;
type Told = Option<Result<Named, AwsError>>;
type Open = HashMap<&'static str, (Batch, watch::Receiver<Told>)>;

/// What is about to go out, by the operation; shared by the steps of one stack.
#[derive(Clone, Default)]
pub struct Batches(Arc<Mutex<Open>>);

/// The names of one call.
#[derive(Clone)]
pub struct Batch(Arc<Mutex<Names>>);

struct Names {
    all: Vec<String>,
    is_closed: bool,
}

impl Batch {
    /// All names. Who asks later than this comes too late, and goes with the next call.
    pub fn close(&self) -> Vec<String> {
        // A list of names is whole, whatever happened to who held it.
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.is_closed = true;
        names.all.clone()
    }

    /// A batch of one that nobody joins.
    fn alone(name: &str) -> Self {
        Self(Arc::new(Mutex::new(Names { all: vec![name.to_owned()], is_closed: true })))
    }

    fn joins(&self, name: &str, most: usize) -> bool {
        // As above.
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let joins = !names.is_closed && names.all.len() < most;
        if joins {
            names.all.push(name.to_owned());
        }
        joins
    }
}

/// Who sends, and who is told.
enum Part {
    Leads(Batch, watch::Sender<Told>),
    Follows(watch::Receiver<Told>),
}

impl Batches {
    /// Has `send` called with the names of all that ask for `operation` at the same time, `most` at most.
    /// It closes the batch when it sends, and all of them are told what it was. What AWS refuses of many, each asks for
    /// by itself.
    ///
    /// # Errors
    /// What `send` told, of one's own name where several can be told apart.
    pub async fn together<F, Fut>(&self, operation: &'static str, most: usize, name: &str, send: F) -> Result<Named, AwsError>
    where
        F: Fn(Batch) -> Fut,
        Fut: Future<Output = Result<Named, AwsError>>,
    {
        let (told, are_many) = match self.part(operation, most, name) {
            Part::Leads(batch, tell) => {
                tokio::time::sleep(TOGETHER).await;
                let told = send(batch.clone()).await;
                // Nobody may have joined.
                let _ = tell.send(Some(told.clone()));
                (Some(told), batch.close().len() > 1)
            }
            Part::Follows(mut told) => {
                // An error says that who sends is gone, and nobody knows whether it has sent.
                let told = told.wait_for(Option::is_some).await.ok().and_then(|told| told.clone());
                (told, true)
            }
        };
        match told {
            Some(Ok(named)) => Ok(named),
            Some(Err(error)) if !are_many || !matches!(error.failure, Failure::Refused | Failure::Denied) => {
                Err(AwsError { target: name.to_owned(), ..error })
            }
            Some(Err(_)) | None => send(Batch::alone(name)).await,
        }
    }

    fn part(&self, operation: &'static str, most: usize, name: &str) -> Part {
        // A map of batches is whole, whatever happened to who held it.
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((batch, told)) = open.get(operation)
            && batch.joins(name, most)
        {
            return Part::Follows(told.clone());
        }
        let batch = Batch(Arc::new(Mutex::new(Names { all: vec![name.to_owned()], is_closed: false })));
        let (tell, told) = watch::channel(None);
        open.insert(operation, (batch.clone(), told));
        Part::Leads(batch, tell)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::aws::Op;

    const DELETE: Op = Op::writes("cloudwatch:DeleteAlarms");

    /// Asks for all of these at once, where AWS answers as `answer` says. Returns what went out and what
    /// each was told.
    async fn ask(names: &[&str], answer: fn(&[String]) -> Option<Failure>) -> (Vec<Vec<String>>, Vec<Option<(Failure, String)>>) {
        let (batches, sent) = (Batches::default(), Mutex::new(Vec::new()));
        let asked = names.iter().map(|name| {
            let send = |batch: Batch| {
                let names = batch.close();
                let told = answer(&names).map_or(Ok(names.iter().cloned().collect::<BTreeSet<_>>().into()), |failure| {
                    Err(AwsError::told(failure, &DELETE, &names[0], "no"))
                });
                sent.lock().unwrap().push(names);
                std::future::ready(told)
            };
            batches.together(DELETE.iam, 3, name, send)
        });
        let told = join_all(asked).await.into_iter().map(|told| told.err().map(|error| (error.failure, error.target))).collect();
        (sent.into_inner().unwrap(), told)
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_together_goes_out_together_up_to_the_most() {
        let (sent, told) = ask(&["a", "b", "c", "d"], |_| None).await;
        assert_eq!(sent, [vec!["a", "b", "c"], vec!["d"]]);
        assert_eq!(told, [const { None }; 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_together_is_told_what_the_answer_holds() {
        let batches = Batches::default();
        let asked = ["a", "b", "c"].map(|name| {
            let send =
                |batch: Batch| std::future::ready(Ok(batch.close().into_iter().filter(|name| name != "b").collect::<BTreeSet<_>>().into()));
            batches.together(DELETE.iam, 3, name, send)
        });
        let told = join_all(asked).await.into_iter().map(|told| told.unwrap_or_default());
        assert!(told.into_iter().all(|named| named.iter().eq(["a", "c"])));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_of_many_is_asked_for_one_by_one_and_told_to_whom_it_concerns() {
        let (sent, told) = ask(&["a", "b"], |names| names.contains(&"b".to_owned()).then_some(Failure::Refused)).await;
        assert_eq!(sent, [vec!["a", "b"], vec!["a"], vec!["b"]]);
        assert_eq!(told, [None, Some((Failure::Refused, "b".to_owned()))]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_is_told_to_all_of_them_and_nothing_goes_out_again() {
        let (sent, told) = ask(&["a", "b"], |_| Some(Failure::Unanswered)).await;
        assert_eq!(sent, [vec!["a", "b"]]);
        assert_eq!(told, ["a", "b"].map(|name| Some((Failure::Unanswered, name.to_owned()))));
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_after_the_call_went_out_sends_another() {
        let (batches, sent) = (Batches::default(), Mutex::new(Vec::new()));
        let send = |batch: Batch| {
            sent.lock().unwrap().push(batch.close());
            std::future::ready(Ok(Named::default()))
        };
        assert!(batches.together(DELETE.iam, 3, "a", send).await.is_ok());
        assert!(batches.together(DELETE.iam, 3, "b", send).await.is_ok());
        assert_eq!(sent.into_inner().unwrap(), [vec!["a"], vec!["b"]]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_follows_one_that_is_gone_asks_alone() {
        let (batches, sent) = (Batches::default(), Mutex::new(Vec::new()));
        let send = |batch: Batch| {
            sent.lock().unwrap().push(batch.close());
            std::future::ready(Ok(Named::default()))
        };
        let leads = tokio::time::timeout(TOGETHER / 2, batches.together(DELETE.iam, 3, "a", send));
        let (gone, told) = tokio::join!(leads, batches.together(DELETE.iam, 3, "b", send));
        assert!(gone.is_err() && told.is_ok());
        assert_eq!(sent.into_inner().unwrap(), [vec!["b"]]);
    }
}
