//! SIGINT, SIGTERM and SIGHUP to us: the first is a flag that runners poll, and SIGTERM to every running target, so that
//! what waits for a target goes on; the second ends us at once.
//!
//! Nothing is left running either way: a target's guard ends it when we are gone, and one without a guard is killed first.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::process;

/// The exit status of an interrupted run.
pub const STATUS: i32 = 130;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Takes the signals from now on; to be called once, by the program.
///
/// # Errors
/// Where the system refuses a handler or a thread.
pub fn install() -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let watch = move || {
        for _ in signals.forever() {
            if REQUESTED.swap(true, Ordering::SeqCst) {
                process::kill_all();
                signal_hook::low_level::exit(STATUS);
            }
            process::terminate_all();
        }
    };
    thread::Builder::new().name("signals".into()).spawn(watch)?;
    Ok(())
}

/// Whether the user wants an end: no further case is begun.
#[must_use]
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
