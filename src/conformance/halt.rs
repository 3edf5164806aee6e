//! What ends a subject before it returns: a panic of its own, or ours where it goes on without end.
//!
//! A panic that is caught here is a finding and prints nothing: while cases are made smaller there are hundreds of it. Panics outside
//! of [`catch`], and on other threads, go to the hook that was there before.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

/// Why a subject did not return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// It panicked: where, and with what message.
    Panic(String),
    /// It gives out without end.
    Flood,
    /// It asks for more without end, behind the end.
    Hang,
}

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static TOLD: RefCell<String> = const { RefCell::new(String::new()) };
}

impl Halt {
    /// Leaves the subject, from inside of a call of it.
    pub(super) fn raise(self) -> ! {
        panic::resume_unwind(Box::new(self))
    }

    fn of(payload: Box<dyn Any + Send>) -> Self {
        match payload.downcast::<Self>() {
            Ok(ours) => *ours,
            Err(_) => Self::Panic(TOLD.take()),
        }
    }
}

/// Runs a subject; whatever state it is in after a panic is dropped with it.
pub(super) fn catch<T>(run: impl FnOnce() -> T) -> Result<T, Halt> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| match CATCHING.get() {
            true => TOLD.set(told(info)),
            false => before(info),
        }));
    });
    let outer = CATCHING.replace(true);
    let caught = panic::catch_unwind(AssertUnwindSafe(run));
    CATCHING.set(outer);
    caught.map_err(Halt::of)
}

fn told(info: &PanicHookInfo) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let message = text.unwrap_or("a value that is no text");
    match info.location() {
        Some(place) => format!("{message} ({}:{})", place.file(), place.line()),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_with_its_place_and_ours_is_told_apart() {
        let panicked: Result<(), _> = catch(|| panic!("index {} out of range", 3));
        let Err(Halt::Panic(told)) = panicked else {
            panic!("{panicked:?}");
        };
        assert!(told.starts_with("index 3 out of range (src"), "{told}");
        let flood: Result<(), _> = catch(|| Halt::Flood.raise());
        assert_eq!(flood, Err(Halt::Flood));
        assert_eq!(catch(|| 7), Ok(7));
    }
}
