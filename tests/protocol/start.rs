//! How a kernel starts and ends: the handshake with a launcher, signals, and a parent that dies.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sdap_kernel::{Connection, Kernel, StartError};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use zeromq::{RouterSocket, Socket, SocketRecv, SocketSend, ZmqMessage};

use crate::echo::Echo;
use crate::front_end::{Channel, FrontEnd};
use crate::kernel::connection;
use crate::wire::{KEY, sign};

/// The variable that makes this test program a kernel.
const CONNECTION_FILE: &str = "ECHO_CONNECTION_FILE";

/// No test by itself: where the variable is set, this program is the kernel that the tests below start.
#[test]
fn is_a_kernel() {
    let Some(file) = std::env::var_os(CONNECTION_FILE) else { return };
    let file = Path::new(&file);
    Kernel::from_file(file).unwrap().keep_in(file.parent().unwrap().to_owned()).run_to_end(Arc::new(Echo::default())).unwrap();
    std::process::exit(0);
}

/// A kernel in a process of its own.
pub(crate) struct KernelProcess {
    pub(crate) child: Child,
    pub(crate) connection: Connection,
    folder: tempfile::TempDir,
}

impl KernelProcess {
    pub(crate) fn start() -> Self {
        Self::start_by(&mut kernel_command())
    }

    fn start_by(command: &mut Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connection = free_connection();
        let file = folder.path().join("kernel.json");
        fs::write(&file, serde_json::to_vec(&connection).unwrap()).unwrap();
        let child = command.env(CONNECTION_FILE, &file).stdout(Stdio::null()).spawn().unwrap();
        Self { child, connection, folder }
    }

    fn is_sent(&self, signal: &str) {
        assert!(Command::new("kill").arg(signal).arg(self.child.id().to_string()).status().unwrap().success());
    }

    #[track_caller]
    fn ends(&mut self) {
        let start = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < Duration::from_secs(1), "the process still runs");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for KernelProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This test program, run as a kernel.
fn kernel_command() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "start::is_a_kernel"]);
    command
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A connection on ports that were free just now.
fn free_connection() -> Connection {
    Kernel::bind(connection()).unwrap().connection().clone()
}

/// A launcher's side of the handshake.
struct Launcher {
    runtime: Runtime,
    socket: RouterSocket,
    folder: tempfile::TempDir,
    file: PathBuf,
}

impl Launcher {
    fn waits() -> Self {
        let runtime = runtime();
        let mut socket = RouterSocket::new();
        let endpoint = runtime.block_on(socket.bind("tcp://127.0.0.1:0")).unwrap().to_string();
        let port: u16 = endpoint.rsplit(':').next().unwrap().parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("registration.json");
        let registration = json!({
            "kernel_id": "kernel/1",
            "transport": "tcp",
            "registration_ip": "127.0.0.1",
            "registration_port": port,
            "signature_scheme": "hmac-sha256",
            "key": KEY,
        });
        fs::write(&file, registration.to_string()).unwrap();
        Self { runtime, socket, folder, file }
    }

    /// The route to the kernel, and what it says of itself.
    fn hears_of_the_kernel(&mut self) -> (Bytes, Value) {
        let message = self.runtime.block_on(async { tokio::time::timeout(Duration::from_secs(10), self.socket.recv()).await });
        let frames = message.expect("the kernel registers").unwrap().into_vec();
        let [identity, delimiter, signature, content] = frames.try_into().expect("a delimiter, a signature and a content");
        assert_eq!(delimiter, "<IDS|MSG>");
        let content = String::from_utf8(content.to_vec()).unwrap();
        assert_eq!(signature, sign(KEY, std::slice::from_ref(&content)));
        (identity, serde_json::from_str(&content).unwrap())
    }

    fn acknowledges(&mut self, identity: Bytes, key: &str) {
        let content = r#"{"status":"ok"}"#.to_owned();
        let frames = vec![identity, Bytes::from_static(b"<IDS|MSG>"), sign(key, std::slice::from_ref(&content)).into(), content.into()];
        self.runtime.block_on(self.socket.send(ZmqMessage::try_from(frames).unwrap())).unwrap();
    }
}

#[test]
fn a_kernel_tells_its_launcher_the_ports_it_took_and_leaves_a_connection_file_while_it_runs() {
    let mut launcher = Launcher::waits();
    let kernel = Kernel::from_file(&launcher.file).unwrap().keep_in(launcher.folder.path().to_owned());
    let thread = std::thread::spawn(move || kernel.run_to_end(Arc::new(Echo::default())).unwrap());
    let (identity, introduction) = launcher.hears_of_the_kernel();
    assert_eq!(introduction["kernel_id"], "kernel/1");
    let port = |name: &str| introduction[name].as_str().expect("a port is a text").parse().unwrap();
    let connection = Connection {
        shell_port: port("shell_port"),
        iopub_port: port("iopub_port"),
        stdin_port: port("stdin_port"),
        control_port: port("control_port"),
        hb_port: port("hb_port"),
        ..connection()
    };
    launcher.acknowledges(identity, KEY);
    let mut front_end = FrontEnd::connect(&connection);
    assert_eq!(front_end.runs("print hello").output()[1], "stdout: hello\n");
    let written = launcher.folder.path().join("kernel-kernel_1.json");
    assert_eq!(serde_json::from_slice::<Connection>(&fs::read(&written).unwrap()).unwrap(), connection);
    front_end.learns_on(Channel::Control, "shutdown_request", &json!({ "restart": false }));
    thread.join().unwrap();
    assert!(!written.exists());
}

#[test]
fn a_launcher_that_does_not_know_the_key_is_not_served() {
    let mut launcher = Launcher::waits();
    let kernel = Kernel::from_file(&launcher.file).unwrap().keep_in(launcher.folder.path().to_owned());
    let thread = std::thread::spawn(move || kernel.run_to_end(Arc::new(Echo::default())));
    let (identity, _) = launcher.hears_of_the_kernel();
    launcher.acknowledges(identity, "another key");
    let error = thread.join().unwrap().unwrap_err();
    assert!(matches!(error, StartError::Handshake(_)));
    assert!(error.to_string().ends_with("did not sign with the key of the registration file"), "{error}");
}

#[test]
fn sigint_interrupts_the_cell_and_the_kernel_goes_on() {
    let process = KernelProcess::start();
    let mut front_end = FrontEnd::connect(&process.connection);
    let cell = front_end.executes("wait");
    front_end.hears_line_of(&cell, "input 1: wait");
    let sent = Instant::now();
    process.is_sent("-INT");
    assert_eq!(front_end.is_answered(Channel::Shell, &cell).content["ename"], "Interrupted");
    assert!(sent.elapsed() < Duration::from_millis(200), "{:?}", sent.elapsed());
    front_end.hears_line_of(&cell, "idle");
    assert_eq!(front_end.runs("print on").output()[1], "stdout: on\n");
}

#[test]
fn sigterm_ends_the_kernel_within_a_second_even_while_a_cell_runs() {
    let mut process = KernelProcess::start();
    let mut front_end = FrontEnd::connect(&process.connection);
    let cell = front_end.executes("wait");
    front_end.hears_line_of(&cell, "input 1: wait");
    process.is_sent("-TERM");
    process.ends();
}

#[test]
fn a_kernel_that_is_shut_down_leaves_no_process() {
    let mut process = KernelProcess::start();
    let mut front_end = FrontEnd::connect(&process.connection);
    front_end.learns_on(Channel::Control, "shutdown_request", &json!({ "restart": false }));
    process.ends();
}

#[test]
fn a_kernel_whose_launcher_dies_ends() {
    let mut shell = Command::new("sh");
    // The launcher; it says which process the kernel is.
    let script = "\"$0\" \"$@\" > /dev/null & echo $! > \"$ECHO_CONNECTION_FILE.pid\"; wait";
    shell.args(["-c", script]).arg(std::env::current_exe().unwrap()).args(["--exact", "start::is_a_kernel"]);
    let mut launcher = KernelProcess::start_by(shell.env("JPY_PARENT_PID", "1"));
    FrontEnd::connect(&launcher.connection).runs("print on");
    let pid = fs::read_to_string(launcher.folder.path().join("kernel.json.pid")).unwrap();
    launcher.child.kill().unwrap();
    launcher.child.wait().unwrap();
    let start = Instant::now();
    while Path::new(&format!("/proc/{}", pid.trim())).exists() {
        assert!(start.elapsed() < Duration::from_secs(4), "the kernel outlives its launcher");
        std::thread::sleep(Duration::from_millis(20));
    }
}
