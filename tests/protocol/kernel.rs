//! A kernel with the echo language, in this process, on real sockets.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sdap_kernel::{Connection, Ended, Kernel, Transport};
use tempfile::TempDir;

use crate::echo::Echo;
use crate::front_end::FrontEnd;
use crate::wire::KEY;

/// A kernel that runs on its own threads until it is shut down, or the test is over.
pub(crate) struct TestKernel {
    pub(crate) connection: Connection,
    language_is_shut_down: Arc<AtomicBool>,
    thread: Option<JoinHandle<Ended>>,
    /// Where it keeps what outlives it, unless the test has told it where.
    own_folder: Option<TempDir>,
}

impl TestKernel {
    /// A kernel on tcp with a key.
    pub(crate) fn start() -> Self {
        Self::start_on(connection())
    }

    pub(crate) fn start_on(connection: Connection) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut kernel = Self::start_in(folder.path(), connection);
        kernel.own_folder = Some(folder);
        kernel
    }

    /// A kernel that keeps what outlives it in this folder.
    pub(crate) fn start_in(folder: &Path, connection: Connection) -> Self {
        let kernel = Kernel::bind(connection).expect("the kernel can listen").keep_in(folder.to_owned());
        let connection = kernel.connection().clone();
        let echo = Echo::default();
        let language_is_shut_down = Arc::clone(&echo.is_shut_down);
        let thread = std::thread::spawn(move || kernel.run_to_end(Arc::new(echo)).expect("the kernel runs"));
        Self { connection, language_is_shut_down, thread: Some(thread), own_folder: None }
    }

    /// A front end that is connected and welcome.
    pub(crate) fn front_end(&self) -> FrontEnd {
        FrontEnd::connect(&self.connection)
    }

    /// How the kernel ended, within a second.
    #[track_caller]
    pub(crate) fn ends(mut self) -> Ended {
        let thread = self.thread.take().unwrap();
        let asked = Instant::now();
        while !thread.is_finished() {
            assert!(asked.elapsed() < Duration::from_secs(1), "the kernel still runs a second after it was told to end");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(self.language_is_shut_down.load(Ordering::SeqCst), "the language was told");
        thread.join().unwrap()
    }
}

/// A connection on free tcp ports.
pub(crate) fn connection() -> Connection {
    Connection {
        transport: Transport::Tcp,
        ip: "127.0.0.1".to_owned(),
        shell_port: 0,
        iopub_port: 0,
        stdin_port: 0,
        control_port: 0,
        hb_port: 0,
        key: KEY.to_owned(),
        signature_scheme: "hmac-sha256".to_owned(),
    }
}
