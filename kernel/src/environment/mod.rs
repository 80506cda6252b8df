//! What stands around the kernel: Jupyter's folders, the kernelspec in them, and the Python that runs notebooks.

mod folders;
mod kernelspec;
mod private;
mod python;

pub use folders::{Folders, NoFolder, Platform};
pub use kernelspec::{Kernelspec, KernelspecError, KernelspecName};
pub use private::{PrivateJupyter, PrivateJupyterError};
pub use python::{OLDEST_PYTHON, Python, PythonFacts, PythonVersion};
