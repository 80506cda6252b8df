//! What the runner and its standby do.

use super::{
    DOORBELL, IS_RUNTIME, TUNABLES,
    link::{Link, News, Order},
    memory::Usual,
    raw::{self, Fork, Store, leave},
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, Resource, Rlimit, Signal, WaitOptions, getpid, getppid, kill_process_group, setpgid, setrlimit, waitpid},
};
use std::{
    fs::File,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

/// How often a runner whose cells have left threads behind looks whether they have ended.
const RETRY: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// Runs cells until the keeper is gone.
pub(super) fn run(doorbell: OwnedFd) -> ! {
    raw::forget_variables(&[DOORBELL, IS_RUNTIME, TUNABLES]);
    match Runner::start(&Link::over(doorbell)) {
        Ok(runner) => runner.serve(),
        Err(error) => {
            eprintln!("cells cannot run: {error}");
            leave()
        }
    }
}

struct Runner {
    link: Link,
    standby: Option<Pid>,
    store: Store,
    preference: Usual,
}

/// What came of making a standby.
enum Guard {
    /// There is one, with the keeper's end of its link.
    Made(Pid, Link),
    /// There is none, and why.
    None(String),
    /// This process is the standby, and was told to lead.
    Leading,
}

impl Runner {
    /// Hands evcxr's pipes to the keeper, and takes others for itself.
    fn start(doorbell: &Link) -> io::Result<Self> {
        let [commands, replies, errors] = [aside(io::stdin())?, aside(io::stdout())?, aside(io::stderr())?];
        let ((printed, stdout), (complained, stderr)) = (io::pipe()?, io::pipe()?);
        let (link, keepers) = Link::pair()?;
        // A crash is told, and leaves no core file.
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).ok();
        let handles = [&keepers.as_fd(), &commands.as_fd(), &replies.as_fd(), &errors.as_fd(), &printed.as_fd(), &complained.as_fd()];
        doorbell.send(&News::Started(getpid().as_raw_nonzero().get()), &handles.map(BorrowedFd::as_fd))?;
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        rustix::stdio::dup2_stdout(stdout)?;
        rustix::stdio::dup2_stderr(stderr)?;
        end_with_the_host();
        let preference = Usual::here();
        preference.yield_first().ok();
        Ok(Self { link, standby: None, store: Store::new(), preference })
    }

    fn serve(mut self) -> ! {
        loop {
            if self.standby.is_none() {
                self.guard();
                if self.standby.is_none() && !self.is_ordered() {
                    continue;
                }
            }
            match self.link.receive() {
                Some(Order::Run { library, function }) => self.run(&library, &function),
                Some(Order::Guard) => self.guard(),
                Some(Order::Lead | Order::Go) => {}
                None => leave(),
            }
        }
    }

    /// Whether there is an order, after a while.
    fn is_ordered(&self) -> bool {
        poll(&mut [PollFd::new(&self.link, PollFlags::IN)], Some(&RETRY)) != Ok(0)
    }

    /// Makes a standby between cells, if that is possible, and tells the keeper.
    fn guard(&mut self) {
        if let Guard::Made(standby, link) = self.fork() {
            self.reap(Some(standby));
            self.link.send(&News::Guarded(standby.as_raw_nonzero().get()), &[link.as_fd()]).ok();
        }
    }

    fn run(&mut self, library: &str, function: &str) {
        if let Some(stdin) = self.link.handle() {
            rustix::stdio::dup2_stdin(stdin).ok();
        }
        if self.standby.is_none() {
            match self.fork() {
                Guard::Made(standby, link) => {
                    self.standby = Some(standby);
                    self.link.send(&News::Guarded(standby.as_raw_nonzero().get()), &[link.as_fd()]).ok();
                }
                Guard::None(why) => drop(self.link.send(&News::Unguarded(why), &[])),
                // The cell that was to run has ended the runner that had the order.
                Guard::Leading => return,
            }
        }
        if let Err(error) = self.store.run(library, function) {
            self.link.send(&News::Refused(error), &[]).ok();
            return;
        }
        // Only once there is a copy of what the cell did may anybody think that it has done it.
        match self.fork() {
            Guard::Made(standby, link) => {
                self.link.send(&News::Returned(Some(standby.as_raw_nonzero().get())), &[link.as_fd()]).ok();
                self.reap(Some(standby));
            }
            Guard::None(_) => {
                self.link.send(&News::Returned(None), &[]).ok();
                self.reap(None);
            }
            Guard::Leading => {}
        }
    }

    /// Waits for the end of the old standby, whom the keeper sends away.
    fn reap(&mut self, new: Option<Pid>) {
        if let Some(old) = std::mem::replace(&mut self.standby, new) {
            waitpid(Some(old), WaitOptions::empty()).ok();
        }
    }

    fn fork(&mut self) -> Guard {
        let runner = getpid();
        let (link, keepers) = match Link::pair() {
            Ok(pair) => pair,
            Err(error) => return Guard::None(error.to_string()),
        };
        match raw::fork() {
            Ok(Fork::Original(standby)) => {
                // Both do it, so that it is done whoever goes first: what ends the runner's group leaves the standby alone.
                setpgid(Some(standby), Some(standby)).ok();
                Guard::Made(standby, keepers)
            }
            Ok(Fork::Copy) => {
                setpgid(None, None).ok();
                drop(keepers);
                self.link = link;
                self.standby = None;
                self.stand_by(runner);
                Guard::Leading
            }
            Err(why) => Guard::None(why),
        }
    }

    /// Returns when this process is the runner.
    fn stand_by(&mut self, runner: Pid) {
        self.preference.restore().ok();
        match self.link.receive() {
            Some(Order::Lead) => {
                end_with_the_host();
                self.preference.yield_first().ok();
            }
            Some(_) => leave(),
            None => {
                // The host is gone, and nobody else ends what the runner may be busy with.
                if getppid() == Some(runner) {
                    kill_process_group(runner, Signal::KILL).ok();
                }
                leave()
            }
        }
    }
}

/// A standard stream under another number, which programs that a cell starts do not get.
fn aside(stream: impl AsFd) -> io::Result<OwnedFd> {
    Ok(rustix::io::fcntl_dupfd_cloexec(stream, 3)?)
}

/// Even a cell that never returns ends when the host does.
fn end_with_the_host() {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).ok();
}
