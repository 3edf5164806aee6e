//! Work shared by a few threads: each takes the next item when it is done with one, and all end once one of them is in trouble.
//!
//! Invariant: what was begun has its result, in the order of the items.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::runner::Trouble;

/// What is known of all the work while one item of it is done.
pub(super) struct Crew {
    next: AtomicUsize,
    stop: AtomicBool,
    trouble: Mutex<Option<Trouble>>,
}

impl Crew {
    /// Somebody is in trouble: no more need be done.
    pub(super) fn stops(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// Does `one` with each item, by so many threads at most; what came of each, and the first trouble.
pub(super) fn share<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    one: impl Fn(&Crew, &T) -> (R, Result<(), Trouble>) + Sync,
) -> (Vec<R>, Option<Trouble>) {
    let mut nobody = vec![(); jobs];
    let one = |crew: &Crew, (): &mut (), item: &T| one(crew, item);
    share_among(&mut nobody, items, one, || ()).0
}

/// Does `one` with each item, by a thread for each worker, and `meanwhile` in this one; what came of each, and the first trouble.
pub(super) fn share_among<W: Send, T: Sync, R: Send, M>(
    workers: &mut [W],
    items: &[T],
    one: impl Fn(&Crew, &mut W, &T) -> (R, Result<(), Trouble>) + Sync,
    meanwhile: impl FnOnce() -> M,
) -> ((Vec<R>, Option<Trouble>), M) {
    let crew = Crew {
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        trouble: Mutex::new(None),
    };
    let done = Mutex::new(Vec::new());
    let work = |worker: &mut W| {
        while !crew.stops() {
            let number = crew.next.fetch_add(1, Ordering::SeqCst);
            let Some(item) = items.get(number) else {
                return;
            };
            let (result, ended) = one(&crew, worker, item);
            locked(&done).push((number, result));
            if let Err(trouble) = ended {
                crew.stop.store(true, Ordering::SeqCst);
                locked(&crew.trouble).get_or_insert(trouble);
            }
        }
    };
    let made = thread::scope(|scope| {
        for worker in workers.iter_mut().take(items.len()) {
            let work = &work;
            scope.spawn(move || work(worker));
        }
        meanwhile()
    });
    let mut done = std::mem::take(&mut *locked(&done));
    done.sort_by_key(|(number, _)| *number);
    let results = done.into_iter().map(|(_, result)| result).collect();
    let trouble = locked(&crew.trouble).take();
    ((results, trouble), made)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
