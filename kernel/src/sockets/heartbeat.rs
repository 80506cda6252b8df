//! The heartbeat: what comes in goes back, on a thread of its own, so that nothing the kernel does can delay it.
//!
//! See <https://jupyter-client.readthedocs.io/en/latest/messaging.html#heartbeat-for-kernels>.

use std::io;

use tokio::io::AsyncWriteExt;

use super::Endpoint;
use super::endpoint::{Connected, Listening};
use super::zmtp::{self, Role};

/// The largest beat that is sent back (bytes); front ends send a few.
const LARGEST: usize = 64 << 10;

/// Starts the heartbeat. Its thread lives as long as the process.
pub(crate) fn start(endpoint: &Endpoint) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listening = {
        let _inside = runtime.enter();
        endpoint.listen()?
    };
    std::thread::Builder::new().name("heartbeat".to_owned()).spawn(move || runtime.block_on(serve(listening)))?;
    Ok(())
}

async fn serve(listening: Listening) {
    loop {
        let stream = listening.accept().await;
        tokio::spawn(async move {
            if let Err(error) = echo(stream).await {
                tracing::debug!(%error, "nobody listens to the heartbeat any more");
            }
        });
    }
}

/// To a front end that asks with a REQ socket, a ROUTER that sends everything back is a REP.
async fn echo(mut stream: Connected) -> io::Result<()> {
    zmtp::handshake(&mut stream, Role::Router).await?;
    loop {
        let beat = zmtp::read_message(&mut stream, LARGEST).await?;
        stream.write_all(&zmtp::encode(&beat)).await?;
        stream.flush().await?;
    }
}
