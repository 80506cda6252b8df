//! The processes in which cells run, and what keeps their variables whatever a cell does.
//!
//! ```text
//!   evcxr ──commands──▶ keeper ──orders──▶ runner     has the variables, runs the cells
//!         ◀──replies───        ◀──news────
//!                              ──orders──▶ standby    a copy of the runner, made after the last cell
//! ```
//!
//! The [`keeper`] is a thread of the host, so that evcxr deals with it alone. A cell that returns has a new standby made
//! before anybody hears of it, and the old one goes. Where the runner ends instead (an interrupt, `exit`, a crash, a kill from
//! outside), or the cell fails (a panic, a `?` that got an error), the standby becomes the runner, and evcxr is told in a way
//! after which it forgets all that the cell changed.
//! A standby that is killed is made again. So each process may end at any time, and no variable is lost.
//!
//! A copy is made by `fork`, which takes only the calling thread along. While threads of earlier cells run, there is none, and
//! a cell that does not return costs the variables.
//!
//! - [`raw`]: the calls that need `unsafe`;
//! - [`runner`]: what the runner and its standby do;
//! - [`link`]: what they and the keeper say to each other;
//! - [`keeper`], [`incarnation`]: who runs, who stands by, what evcxr is told;
//! - [`relay`]: what cells print; [`progress`]: what of it tells how they end;
//! - [`fate`]: how a process ended;
//! - [`memory`]: who ends first when there is no more of it;
//! - [`stdin`]: whether a cell waits for input.

mod fate;
mod incarnation;
mod keeper;
mod link;
mod memory;
mod progress;
mod raw;
mod relay;
mod runner;
mod stdin;

pub(crate) use fate::Fault;
pub(crate) use keeper::Cells;
pub(crate) use progress::Ending;

/// The environment variable that tells the runtime where the keeper listens: a number of a file descriptor.
const DOORBELL: &str = "SDAP_RUST_CELLS_DOORBELL";

/// What evcxr sets for the process that it starts.
const IS_RUNTIME: &str = "EVCXR_IS_RUNTIME";

/// glibc's settings.
const TUNABLES: &str = "GLIBC_TUNABLES";

/// Large allocations in large pages: to copy the runner takes a hundredth of the time then.
const LARGE_PAGES: &str = "glibc.malloc.hugetlb=1";

/// Where this process was started to run cells, it does so and never returns.
pub(crate) fn hook() {
    if std::env::var_os(IS_RUNTIME).is_none() {
        return;
    }
    let doorbell = std::env::var(DOORBELL).ok().and_then(|number| number.parse().ok());
    if let Some(doorbell) = doorbell.and_then(raw::inherited) {
        runner::run(doorbell);
    }
    eprintln!("{IS_RUNTIME} is set, and {DOORBELL} names no file descriptor");
    std::process::exit(2);
}
