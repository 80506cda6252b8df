//! The heartbeat: what comes in goes back, on a thread of its own, so that nothing the kernel does can delay it.
//!
//! See <https://jupyter-client.readthedocs.io/en/latest/messaging.html#heartbeat-for-kernels>.

use std::io;

use zeromq::{Listener, RouterSocket, Socket, SocketRecv, SocketSend};

/// Starts the heartbeat. Its thread lives as long as the process.
pub(crate) fn start(listener: Listener) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("heartbeat".to_owned()).spawn(move || runtime.block_on(echo(listener)))?;
    Ok(())
}

/// A ROUTER, not a REP: it keeps no state that a peer which leaves half-way could spoil.
async fn echo(listener: Listener) {
    let mut socket = RouterSocket::new();
    if let Err(error) = socket.bind_listener(listener).await {
        tracing::error!(%error, "no heartbeat");
        return;
    }
    while let Ok(beat) = socket.recv().await {
        if let Err(error) = socket.send(beat).await {
            tracing::debug!(%error, "a heartbeat went nowhere");
        }
    }
}
