//! The echo language as a kernel of its own, for front ends to be tried on: `echo-kernel CONNECTION_FILE`.

mod echo;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    let file: PathBuf = std::env::args_os().nth(1).ok_or("usage: echo-kernel CONNECTION_FILE")?.into();
    let kernel = sdap_kernel::Kernel::bind(sdap_kernel::Connection::read(&file)?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(kernel.run(Arc::new(echo::Echo::default())))?;
    runtime.shutdown_background();
    Ok(())
}
