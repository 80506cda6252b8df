//! The command line: what it takes, and which module does it.

mod doctor;
mod exec;
mod install;
mod jupyter;
mod lab;
mod notebook;
pub(crate) mod report;
mod serve;
mod size;
mod start;
#[cfg(test)]
mod tests;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sdap_kernel::environment::KernelspecName;
use std::{error::Error, net::SocketAddr, path::PathBuf, process::ExitCode};

/// A Jupyter kernel for Apache SDAP NEXUS: %sdap commands and Rust cells
#[derive(Debug, Parser)]
#[command(name = "sdap-kernel", version, subcommand_required = true, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make Jupyter know this kernel
    ///
    /// The kernelspec points at this very program; install again after moving it.
    Install(InstallArgs),
    /// Make Jupyter forget this kernel
    Uninstall(UninstallArgs),
    /// Run as a kernel; this is what Jupyter calls
    Start {
        /// The connection file that Jupyter wrote
        #[arg(long, short_alias = 'f', value_name = "FILE")]
        connection_file: PathBuf,
    },
    /// Execute notebooks with nbconvert and write each as HTML
    ///
    /// Uses the Jupyter of this shell, or makes a private one. The exit code is 1 when a cell of any notebook failed; its
    /// page is written all the same, up to and with the error.
    Run(RunArgs),
    /// Open JupyterLab with this kernel
    ///
    /// Uses the JupyterLab of this shell, or makes a private one.
    Lab {
        /// The folder to open [default: the working folder]
        directory: Option<PathBuf>,
        /// Arguments for JupyterLab itself, such as --no-browser or --port=8889
        #[arg(last = true, value_name = "JUPYTERLAB ARGUMENTS")]
        arguments: Vec<String>,
    },
    /// Answer over HTTP as a NEXUS server does, from local data
    ///
    /// A dataset that cannot be read is listed with its fault, is tried again later, and takes no other down.
    Serve(ServeArgs),
    /// Check what the kernel needs on this machine, and say what to do
    Doctor,
}

#[derive(Debug, Args)]
pub(crate) struct InstallArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The name of the kernel for front ends: lower-case letters, digits, '-', '_' and '.'
    #[arg(long, default_value_t)]
    pub(crate) name: KernelspecName,
    /// What front ends show
    #[arg(long, value_name = "TEXT", default_value = "SDAP")]
    pub(crate) display_name: String,
}

#[derive(Debug, Args)]
pub(crate) struct UninstallArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The name that it was installed under
    #[arg(long, default_value_t)]
    pub(crate) name: KernelspecName,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct PlaceArgs {
    /// For this user; this is the default
    #[arg(long)]
    user: bool,
    /// For the active virtual or conda environment, or else that of python3
    #[arg(long)]
    sys_prefix: bool,
    /// Below DIR, in share/jupyter/kernels
    #[arg(long, value_name = "DIR")]
    prefix: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The notebooks to execute
    #[arg(required = true, value_name = "NOTEBOOK")]
    notebooks: Vec<PathBuf>,
    /// What to write: a page, or the executed notebook
    #[arg(long, value_name = "FORMAT", default_value = "html")]
    to: Format,
    /// Where to write it [default: beside the notebook]
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// The longest that one cell may take [default: no limit]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    timeout: Option<u32>,
    /// Set a parameter: the cell tagged "parameters" declares it and its default, as in `let depth: f64 = 10.0;`
    ///
    /// A cell with the value follows that one, which gives it its type. May be repeated.
    #[arg(short, long = "parameter", value_names = ["NAME", "VALUE"], num_args = 2, allow_hyphen_values = true)]
    parameters: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The address and port to listen on; 0.0.0.0 is every address of this machine
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8083", value_parser = socket_address)]
    listen: SocketAddr,
    /// A file in TOML that lists datasets to serve: [dataset.NAME], place
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// How much memory to take for work and for decoded chunks, such as 500MB or 2GiB
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size::bytes)]
    memory: usize,
    /// How many questions to work on at once; as many as 64 more wait
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    at_once: u16,
    /// The longest that one question may take
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    timeout: u32,
    /// The most samples that an answer may have, or numbers of a Hovmöller diagram
    #[arg(long, value_name = "COUNT", default_value_t = sdap_engine::Limits::default().points)]
    max_points: usize,
    /// The most cells that a map may have
    #[arg(long, value_name = "COUNT", default_value_t = sdap_engine::Limits::default().cells)]
    max_cells: usize,
    /// Let requests add, change and remove datasets: /datasets/add and its like
    #[arg(long)]
    allow_changes: bool,
    /// What to serve: Zarr groups, NetCDF files, folders or patterns of those, CSV, addresses; NAME=PATH gives it a name
    /// [default: the demo datasets]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// NAME.html
    Html,
    /// NAME.executed.ipynb
    Notebook,
}

fn socket_address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "expected the number of an address and of a port, such as 127.0.0.1:8083 or [::1]:8083")
}

/// What a command ends with: an exit code, or an error that is shown in one line.
pub(crate) type Outcome = Result<ExitCode, Box<dyn Error>>;

impl Command {
    /// Does it.
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Install(arguments) => install::install(arguments),
            Self::Uninstall(arguments) => install::uninstall(&arguments),
            Self::Run(arguments) => notebook::run(&arguments),
            Self::Lab { directory, arguments } => lab::open(directory, &arguments),
            Self::Doctor => Ok(doctor::examine()),
            Self::Start { connection_file } => start::start(&connection_file),
            Self::Serve(arguments) => serve::serve(&arguments),
        }
    }
}
