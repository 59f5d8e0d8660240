//! Work on several threads whose results are taken in order, so that what is made of them does not
//! depend on how many threads there are.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

/// Results that a thread may be ahead of the one that is taken: bounds what is held in memory.
const AHEAD: usize = 4;
/// More threads than this read no faster.
const MOST: usize = 8;

/// How many threads this machine works with.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MOST)
}

/// Makes the results of 0 to `count` on so many threads, and gives them to `take` in that order, on
/// this one.
///
/// # Errors
/// The first error of `take`, which ends the work.
pub fn in_order<T: Send, E>(
    count: usize,
    threads: usize,
    make: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.min(count);
    if threads <= 1 {
        return (0..count).try_for_each(|number| take(make(number)));
    }
    let window = threads * AHEAD;
    let (ask, asked) = mpsc::channel();
    let (give, given) = mpsc::channel();
    let asked = Mutex::new(asked);
    thread::scope(|scope| {
        // Dropped where this closure ends, however it does: then no thread waits any longer.
        let (ask, given) = (ask, given);
        for _ in 0..threads {
            let (give, asked, make) = (give.clone(), &asked, &make);
            scope.spawn(move || {
                let next = || asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok(number) = next() {
                    let made = catch_unwind(AssertUnwindSafe(|| make(number)));
                    if give.send((number, made)).is_err() {
                        break;
                    }
                }
            });
        }
        // The threads listen for as long as `ask` lives.
        for number in 0..window.min(count) {
            let _ = ask.send(number);
        }
        let mut early = BTreeMap::new();
        for number in 0..count {
            let made = loop {
                if let Some(made) = early.remove(&number) {
                    break made;
                }
                match given.recv() {
                    Ok((at, made)) => drop(early.insert(at, made)),
                    Err(mpsc::RecvError) => unreachable!("a sender of this thread's own lives"),
                }
            };
            take(made.unwrap_or_else(|panic| resume_unwind(panic)))?;
            if number + window < count {
                let _ = ask.send(number + window);
            }
        }
        drop(give);
        Ok(())
    })
}

/// Neighbours that one thread takes at a time: each run has about `enough` bytes, or is one thing
/// alone.
pub fn runs(sizes: impl Iterator<Item = u64>, enough: u64, most: usize) -> Vec<Range<usize>> {
    let (mut runs, mut start, mut sum, mut end) = (Vec::new(), 0, 0, 0);
    for size in sizes {
        end += 1;
        sum += size;
        if sum >= enough || end - start == most {
            runs.push(start..end);
            (start, sum) = (end, 0);
        }
    }
    if start < end {
        runs.push(start..end);
    }
    runs
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_come_in_order_whoever_is_slow() {
        for threads in [1, 2, 7] {
            let mut taken = Vec::new();
            let slow = |number: usize| {
                thread::sleep(Duration::from_micros(if number.is_multiple_of(5) { 900 } else { 10 }));
                number
            };
            let done: Result<(), ()> = in_order(60, threads, slow, |number| {
                taken.push(number);
                Ok(())
            });
            assert_eq!((done, taken), (Ok(()), (0..60).collect()), "{threads} threads");
        }
    }

    #[test]
    fn an_error_ends_it_and_nobody_runs_far_ahead() {
        let made = AtomicUsize::new(0);
        let make = |number| {
            made.fetch_add(1, Ordering::Relaxed);
            number
        };
        assert_eq!(in_order(100_000, 2, make, |number| if number == 3 { Err("enough") } else { Ok(()) }), Err("enough"));
        assert!(made.load(Ordering::Relaxed) <= 4 + 2 * AHEAD, "{made:?} were made");
    }

    #[test]
    fn a_panic_is_passed_on() {
        let broken = thread::spawn(|| in_order(50, 2, |number| assert_ne!(number, 20), |()| Ok::<(), ()>(())));
        assert!(broken.join().is_err());
    }

    #[test]
    fn runs_hold_all_in_order() {
        assert_eq!(runs([1, 1, 9, 1, 1, 1].into_iter(), 4, 2), [0..2, 2..3, 3..5, 5..6]);
        assert!(runs(std::iter::empty(), 4, 2).is_empty());
    }
}
