//! A timer that the readiness loop waits for like for a socket: to some 50 us, where the loop's own wait is in whole milliseconds.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

/// Rings once after each [`Timer::ring_in`].
pub(super) struct Timer(OwnedFd);

impl Timer {
    pub(super) fn register(registry: &Registry, token: Token) -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        let mut source = SourceFd(&timer.as_raw_fd());
        registry.register(&mut source, token, Interest::READABLE)?;
        Ok(Self(timer))
    }

    /// Sets it anew; what it was set to before is forgotten, rung or not.
    pub(super) fn ring_in(&self, wait: Duration) -> io::Result<()> {
        // Nothing at all would stop it.
        let wait = wait.max(Duration::from_nanos(1));
        let wait = Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: wait.subsec_nanos().into(),
        };
        let once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let setting = Itimerspec {
            it_interval: once,
            it_value: wait,
        };
        timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &setting)?;
        Ok(())
    }
}
