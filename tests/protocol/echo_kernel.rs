//! The echo language as a kernel of its own, for front ends to be tried on: `echo-kernel CONNECTION_FILE`.

mod echo;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    let file: PathBuf = std::env::args_os().nth(1).ok_or("usage: echo-kernel CONNECTION_FILE")?.into();
    let folder = tempfile::tempdir()?;
    sdap_kernel::Kernel::from_file(&file)?.keep_in(folder.path().to_owned()).run_to_end(Arc::new(echo::Echo::default()))?;
    Ok(())
}
