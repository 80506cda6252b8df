//! `cargo build` and `cargo check` of a cell.

use super::{
    SPY,
    compiled::{Compiled, Outcome, write_whole},
    key::Key,
    real, tool,
};
use serde::{Deserialize, Serialize};
use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What evcxr calls every cell.
const CRATE: &str = "ctx";

/// The environment variable that names the file in which the [`SPY`] tells what it was called with.
const TOLD: &str = "SDAP_RUST_CELLS_TOLD";

/// The environment variable in which cargo names the pipes that its compilers share; they are open while it runs.
const JOBS: &str = "CARGO_MAKEFLAGS";

/// Words with which a cell reads more than its own text when it is compiled.
const READING: [&str; 2] = ["include", "env!"];

/// A call of rustc, as cargo makes it for every cell of a session with the same dependencies.
#[derive(Clone, Serialize, Deserialize)]
struct Call {
    program: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    /// What cargo adds to the environment.
    environment: Vec<(String, String)>,
}

/// Compiles or checks the cell in this folder. `None` where something else is asked, or where only cargo knows what to do.
pub(super) fn compile(memory: &Path, arguments: &[OsString]) -> Option<i32> {
    let words: Vec<&str> = arguments.iter().map(|argument| argument.to_str()).collect::<Option<_>>()?;
    let command = words.iter().position(|word| !word.starts_with('-')).map(|at| words[at])?;
    let is_cell = matches!(command, "build" | "check") && words.last() == Some(&"--message-format=json");
    if !is_cell || env::var_os("RUSTC_WRAPPER").is_some() {
        return None;
    }
    let folder = env::current_dir().ok()?;
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let source = fs::read_to_string(folder.join("src/lib.rs")).ok()?;
    if depends_on_folders(&manifest) {
        return None;
    }
    let setting = Key::of("cargo", arguments).and_configuration(&folder);
    let call = memory.join("calls").join(setting.name());
    let compiled = Compiled::named(memory, &setting.and_text(&with_imports_sorted(&source)).name());
    let known: Option<Call> = fs::read_to_string(&call).ok().and_then(|json| serde_json::from_str(&json).ok());
    let Some(known) = known.filter(|known| known.program.exists()) else { return learn(arguments, &call) };
    let library = (command == "build").then(|| known.library()).flatten();
    if let Some(outcome) = compiled.recall(library.as_deref()) {
        return Some(tell_evcxr(&outcome, library.as_deref()));
    }
    let outcome = known.at_level_of(&source).run()?;
    // By the compiler's own word, where it came to one.
    let lasting = if outcome.status == 0 { known.read_only_the_cell() } else { outcome.is_refusal() && !speaks_of_reading(&source) };
    if lasting {
        compiled.keep(&outcome, library.as_deref());
    }
    Some(tell_evcxr(&outcome, library.as_deref()))
}

/// The cell, which evcxr begins with its imports in any order, in one that is always the same. No line moves below them, so
/// what the compiler says of these holds whatever the order was.
fn with_imports_sorted(source: &str) -> String {
    let mut lines: Vec<&str> = source.split_inclusive('\n').collect();
    let start = lines.iter().take_while(|line| line.starts_with("#![")).count();
    let count = lines[start..].iter().take_while(|line| line.starts_with("use ") && line.ends_with(";\n")).count();
    lines[start..start + count].sort_unstable();
    lines.concat()
}

/// Whether the cell depends on a crate whose sources the user may change at any time.
fn depends_on_folders(manifest: &str) -> bool {
    let dependencies = manifest.split_once("[dependencies]").map_or("", |(_, rest)| rest);
    dependencies.lines().any(|line| line.contains("path") && line.contains('='))
}

/// Whether the code, remarks aside, has words with which it may read more than its own text.
fn speaks_of_reading(source: &str) -> bool {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.into_iter().any(|line| READING.iter().any(|word| line.contains(word)))
}

/// Has cargo compile the cell, and remembers how it called rustc.
fn learn(arguments: &[OsString], call: &Path) -> Option<i32> {
    let told = call.with_extension(format!("told-{}", std::process::id()));
    fs::create_dir_all(call.parent()?).ok()?;
    let status = real("cargo").args(arguments).env("RUSTC_WRAPPER", tool(SPY)).env(TOLD, &told).env(super::MEMORY, "").status();
    if let Ok(json) = fs::read(&told) {
        write_whole(call, &json).ok();
        fs::remove_file(&told).ok();
    }
    Some(status.ok()?.code().unwrap_or(1))
}

/// Runs rustc for cargo, and tells with what if it is for a cell.
pub(super) fn tell(arguments: &[OsString]) -> i32 {
    let Some((program, rest)) = arguments.split_first() else { return 2 };
    let is_cell = rest.windows(2).any(|pair| pair[0] == "--crate-name" && pair[1] == CRATE);
    if is_cell
        && let Some(told) = env::var_os(TOLD)
        && let Some(json) = Call::of_this_process(program, rest).and_then(|call| serde_json::to_vec(&call).ok())
    {
        fs::write(told, json).ok();
    }
    let status = Command::new(program).args(rest).env_remove(TOLD).env_remove(super::MEMORY).status();
    status.ok().and_then(|status| status.code()).unwrap_or(1)
}

/// Words of code that does something many times over, for which it pays to be optimised.
const REPEATED: [&str; 6] = ["for ", "while ", "loop", "|", "iter", "fn "];

/// The lines that evcxr puts around every cell, as far as they have such words.
const AROUND: [&str; 2] = ["pub extern \"C\" fn run_user_code_", "  std::panic::AssertUnwindSafe(||{"];

/// Whether nothing in a cell, or in the functions that earlier cells have left to it, is done many times over.
fn is_light(source: &str) -> bool {
    let (before, rest) = source.split_once("mod evcxr_internal_runtime {\n").unwrap_or(("", source));
    let after = rest.split_once("\n}\n}\n").map_or(rest, |(_, after)| after);
    let lines = before.lines().chain(after.lines()).filter(|line| !AROUND.iter().any(|start| line.starts_with(start)));
    lines.into_iter().all(|line| !REPEATED.iter().any(|word| line.contains(word)))
}

impl Call {
    /// The same call; without optimisation where it does not pay. What evcxr puts around a cell to hand the session's
    /// variables over takes rustc a time that grows faster than their number, if it is to optimise it.
    fn at_level_of(&self, source: &str) -> Self {
        let mut call = self.clone();
        if is_light(source) {
            for argument in &mut call.arguments {
                if argument == "opt-level=1" {
                    "opt-level=0".clone_into(argument);
                } else if argument.starts_with("incremental=") {
                    argument.push_str("-light");
                }
            }
        }
        call
    }

    fn of_this_process(program: &OsStr, arguments: &[OsString]) -> Option<Self> {
        let text = |word: &OsString| word.to_str().map(str::to_owned);
        let cargos = |name: &str| {
            let own = name.starts_with("CARGO") && name != "CARGO_ENCODED_RUSTFLAGS" && name != JOBS;
            own || name == "LD_LIBRARY_PATH"
        };
        Some(Self {
            program: program.into(),
            // Cargo itself takes the colours out again.
            arguments: arguments.iter().map(|word| Some(text(word)?.replace("diagnostic-rendered-ansi,", ""))).collect::<Option<_>>()?,
            folder: env::current_dir().ok()?,
            environment: env::vars().filter(|(name, _)| cargos(name)).collect(),
        })
    }

    /// The value of an argument.
    fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.iter().skip_while(|argument| *argument != name).nth(1).map(String::as_str)
    }

    /// The value of a codegen option.
    fn option(&self, name: &str) -> Option<&str> {
        self.arguments.iter().find_map(|argument| argument.strip_prefix(name)?.strip_prefix('='))
    }

    /// Where the cell's library goes.
    fn library(&self) -> Option<PathBuf> {
        let name = format!("{}{CRATE}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
        Some(Path::new(self.argument("--out-dir")?).join(name))
    }

    fn run(&self) -> Option<Outcome> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.folder).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env_remove(JOBS);
        let mut rustc = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().ok()?;
        let messages = rustc.stderr.take().map(read_messages).unwrap_or_default();
        Some(Outcome { status: rustc.wait().ok()?.code().unwrap_or(1), messages })
    }

    /// Whether the compiler that has succeeded says that it read nothing but the cell.
    fn read_only_the_cell(&self) -> bool {
        let Some(folder) = self.argument("--out-dir") else { return false };
        let name = format!("{CRATE}{}.d", self.option("extra-filename").unwrap_or_default());
        let Ok(text) = fs::read_to_string(Path::new(folder).join(name)) else { return false };
        !text.contains("env-dep:") && text.lines().filter_map(|line| line.split_once(": ")).all(|(_, read)| read.trim() == "src/lib.rs")
    }
}

/// What rustc says of the code, without what it says of files.
fn read_messages(stderr: impl std::io::Read) -> String {
    let lines = BufReader::new(stderr).lines().map_while(Result::ok);
    lines.filter(|line| !line.starts_with(r#"{"$message_type":"artifact""#)).fold(String::new(), |text, line| text + &line + "\n")
}

/// As cargo says it.
fn tell_evcxr(outcome: &Outcome, library: Option<&Path>) -> i32 {
    let mut out = std::io::stdout().lock();
    out.write_all(outcome.messages.as_bytes()).ok();
    if let Some(library) = library.filter(|_| outcome.status == 0) {
        let artifact = serde_json::json!({ "reason": "compiler-artifact", "target": { "name": CRATE }, "filenames": [library] });
        writeln!(out, "{artifact}").ok();
    }
    // The status of a cargo whose rustc failed.
    if outcome.status == 0 { 0 } else { 101 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_imports_at_the_start_are_sorted() {
        assert_eq!(with_imports_sorted("#![a]\nuse b;\nuse a;\nlet x;\nuse d;\nuse c;"), "#![a]\nuse a;\nuse b;\nlet x;\nuse d;\nuse c;");
        assert_eq!(with_imports_sorted("use a;"), "use a;");
        assert_eq!(with_imports_sorted(""), "");
    }

    #[test]
    fn a_cell_is_light_that_repeats_nothing() {
        let cell = |code: &str| {
            format!(
                "use a;\nmod evcxr_internal_runtime {{\nfn of_evcxr() {{\n}}\npub fn last() {{\n}}\n}}\n{}5(\n{}\n{code}\n}})) {{\n",
                AROUND[0], AROUND[1]
            )
        };
        for light in ["let a = vec![1; 10];", "1 + 1", "a.mean()"] {
            assert!(is_light(&cell(light)), "{light}");
        }
        for heavy in ["for i in 0..9 {}", "while true {}", "loop {}", "a.map(|x| x)", "a.iter().sum()", "fn f() {}"] {
            assert!(!is_light(&cell(heavy)), "{heavy}");
        }
    }

    #[test]
    fn words_that_read_count_in_code_only() {
        assert!(speaks_of_reading("let a = include_str!(\"a\");") && speaks_of_reading("option_env!(\"A\")"));
        assert!(!speaks_of_reading("  // include_str!\nlet a = 1;"));
    }
}
