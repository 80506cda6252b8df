//! Connections: a bounded number, each of which must ask in time.

use super::Options;
use crate::Engine;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// How long a client may take over the head of a request, or say nothing between two.
const HEAD: Duration = Duration::from_secs(30);
/// How long to wait after the system had no room for a further connection.
const NO_ROOM: Duration = Duration::from_millis(200);

/// Answers on `address` until `shutdown` completes; requests that are being answered then are finished.
///
/// `bound` is told the address that was taken, which matters where port 0 was asked for.
///
/// # Errors
/// If the address cannot be taken.
pub async fn serve(
    address: SocketAddr,
    engine: Arc<Engine>,
    options: Options,
    bound: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    bound(listener.local_addr()?);
    let router = options.router(engine);
    let room = Arc::new(Semaphore::new(options.connections));
    let (end, ends) = watch::channel(());
    let mut connections = JoinSet::new();
    let accept = async {
        loop {
            let Ok(place) = room.clone().acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let connection = answer(stream, router.clone(), ends.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(place);
                    });
                    while connections.try_join_next().is_some() {}
                }
                // The client thought better of it, or there are too many files open.
                Err(_) => tokio::time::sleep(NO_ROOM).await,
            }
        }
    };
    tokio::select! {
        () = accept => {}
        () = shutdown => {}
    }
    drop(listener);
    drop(end);
    while connections.join_next().await.is_some() {}
    Ok(())
}

/// Answers one connection's requests, until it is closed or `ends` says that the request it is at is the last.
async fn answer(stream: TcpStream, router: Router, mut ends: watch::Receiver<()>) {
    // Answers come in many small pieces; waiting to fill a packet would only delay them. Without that they come all the same.
    let _hint = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(HEAD).serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // What goes wrong with a connection, its client knows best: it is gone, or speaks no HTTP.
    tokio::select! {
        _closed = connection.as_mut() => {}
        _ended = ends.changed() => {
            connection.as_mut().graceful_shutdown();
            let _closed = connection.await;
        }
    }
}
