//! `cargo build` and `cargo check` of a cell.

use super::{
    SPY,
    compiled::{Compiled, Outcome, write_whole},
    key::Key,
    program::{EVCXRS_FILE, FILE, Program},
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
    thread::available_parallelism,
};

/// What evcxr calls every cell.
const CRATE: &str = "ctx";

/// The environment variable that names the file in which the [`SPY`] tells what it was called with.
const TOLD: &str = "SDAP_RUST_CELLS_TOLD";

/// The environment variable in which cargo names the pipes that its compilers share; they are open while it runs.
const JOBS: &str = "CARGO_MAKEFLAGS";

/// Into how many parts a cell is divided at most, which are compiled at the same time.
const UNITS: usize = 8;

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
    let work = match command {
        "build" => Work::Build,
        "check" => Work::Check,
        _ => return None,
    };
    if words.last() != Some(&"--message-format=json") || env::var_os("RUSTC_WRAPPER").is_some() {
        return None;
    }
    let folder = env::current_dir().ok()?;
    if depends_on_folders(&fs::read_to_string(folder.join("Cargo.toml")).ok()?, memory) {
        return None;
    }
    // What is checked is checked as it would be built.
    let as_built: Vec<OsString> = words.iter().map(|word| if *word == command { "build" } else { word }.into()).collect();
    let setting = Key::of("cargo", &as_built).and_configuration(&folder);
    let call = memory.join("calls").join(setting.name());
    let known: Option<Call> = fs::read_to_string(&call).ok().and_then(|json| serde_json::from_str(&json).ok());
    match (known.filter(|known| known.program.exists()), work) {
        (Some(call), _) => Job { memory, setting, call, work }.done(&folder),
        (None, Work::Build) => learn(arguments, &call),
        (None, Work::Check) => None,
    }
}

/// What is to come of a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// A library to run.
    Build,
    /// What the compiler says of it.
    Check,
}

/// A cell to compile.
struct Job<'m> {
    memory: &'m Path,
    setting: Key,
    call: Call,
    work: Work,
}

impl Job<'_> {
    /// Compiles the cell in this folder, and tells evcxr.
    fn done(&self, folder: &Path) -> Option<i32> {
        let source = fs::read_to_string(folder.join(EVCXRS_FILE)).ok()?;
        if let Some(program) = Program::of(&source) {
            let text = program.text();
            fs::write(folder.join(FILE), &text).ok()?;
            let outcome = self.outcome(&self.call.of_file(FILE).suited_to(&program), &text)?;
            // A procedural macro may have made the name of a variable; and rustc proposes variables with similar names.
            if !(program.holds_back() && outcome.misses_a_name()) {
                let messages = program.as_of_evcxrs(&outcome.messages);
                return Some(self.tell_evcxr(&Outcome { messages, ..outcome }));
            }
        }
        Some(self.tell_evcxr(&self.outcome(&self.call, &source)?))
    }

    /// What comes of a text, remembered or now.
    fn outcome(&self, call: &Call, text: &str) -> Option<Outcome> {
        let (call, kind) = match self.work {
            Work::Build => (call.clone(), "build"),
            Work::Check => (call.checking(), "check"),
        };
        let compiled = Compiled::named(self.memory, &self.setting.clone().and_text(kind).and_text(text).name());
        let library = self.library();
        if let Some(outcome) = compiled.recall(library.as_deref()) {
            return Some(outcome);
        }
        let outcome = call.run()?;
        // By the compiler's own word, where it came to one.
        let lasting = if outcome.status == 0 { call.read_only_the_cell() } else { outcome.is_refusal() && !speaks_of_reading(text) };
        if lasting {
            compiled.keep(&outcome, library.as_deref());
        }
        Some(outcome)
    }

    /// Where the library goes, if there is to be one.
    fn library(&self) -> Option<PathBuf> {
        (self.work == Work::Build).then(|| self.call.library()).flatten()
    }

    /// As cargo says it.
    fn tell_evcxr(&self, outcome: &Outcome) -> i32 {
        let mut out = std::io::stdout().lock();
        out.write_all(outcome.messages.as_bytes()).ok();
        if let Some(library) = self.library().filter(|_| outcome.status == 0) {
            let artifact = serde_json::json!({ "reason": "compiler-artifact", "target": { "name": CRATE }, "filenames": [library] });
            writeln!(out, "{artifact}").ok();
        }
        // The status of a cargo whose rustc failed.
        if outcome.status == 0 { 0 } else { 101 }
    }
}

/// Whether the cell depends on a crate whose sources the user may change at any time.
fn depends_on_folders(manifest: &str, memory: &Path) -> bool {
    let dependencies = manifest.split_once("[dependencies]").map_or("", |(_, rest)| rest);
    // The sources of the sdap crate are laid down once, and for good.
    let own = memory.with_file_name("sdap");
    let is_own = |line: &str| line.starts_with("sdap = ") && line.contains(&format!("{:?}", own.to_string_lossy()));
    dependencies.lines().any(|line| line.contains("path") && line.contains('=') && !is_own(line))
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

/// Whether nothing in a cell, or in the functions that earlier cells have left to it, is done many times over.
fn is_light<'l>(mut lines: impl Iterator<Item = &'l str>) -> bool {
    lines.all(|line| !REPEATED.iter().any(|word| line.contains(word)))
}

impl Call {
    /// The same call for another file.
    fn of_file(&self, file: &str) -> Self {
        self.changed(|argument| {
            if argument == EVCXRS_FILE {
                file.clone_into(argument);
            }
        })
    }

    /// The same call, with no more than pays for what users have written.
    fn suited_to(&self, program: &Program<'_>) -> Self {
        let call = if is_light(program.users_lines()) { self.light() } else { self.clone() };
        if program.users_lines().any(|line| line.contains("fn ")) { call } else { call.at_once() }
    }

    /// The same call without optimisation.
    fn light(&self) -> Self {
        self.changed(|argument| {
            if argument == "opt-level=1" {
                "opt-level=0".clone_into(argument);
            }
        })
    }

    /// The same call without anything kept for the next cell. What that saves are the functions which cells have left; without
    /// any, it costs a fifth of the time.
    fn at_once(&self) -> Self {
        let cores = available_parallelism().map_or(1, usize::from).min(UNITS);
        let mut call = self.changed(|argument| {
            if argument.starts_with("codegen-units=") {
                *argument = format!("codegen-units={cores}");
            }
        });
        call.forget_option("incremental");
        call
    }

    /// The same call for what the compiler says alone.
    fn checking(&self) -> Self {
        let mut call = self.changed(|argument| {
            if argument == "--emit=dep-info,link" {
                "--emit=dep-info,metadata".clone_into(argument);
            }
        });
        call.forget_option("incremental");
        call
    }

    fn changed(&self, change: impl Fn(&mut String)) -> Self {
        let mut call = self.clone();
        call.arguments.iter_mut().for_each(change);
        call
    }

    /// Takes a codegen option out.
    fn forget_option(&mut self, name: &str) {
        if let Some(at) = self.arguments.iter().position(|argument| argument.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))) {
            self.arguments.drain(at.saturating_sub(1)..=at);
        }
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
        !text.contains("env-dep:")
            && text.lines().filter_map(|line| line.split_once(": ")).all(|(_, read)| [FILE, EVCXRS_FILE].contains(&read.trim()))
    }
}

/// What rustc says of the code, without what it says of files.
fn read_messages(stderr: impl std::io::Read) -> String {
    let lines = BufReader::new(stderr).lines().map_while(Result::ok);
    lines.filter(|line| !line.starts_with(r#"{"$message_type":"artifact""#)).fold(String::new(), |text, line| text + &line + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_light_that_repeats_nothing() {
        for light in ["let a = vec![1; 10];", "1 + 1", "a.mean()"] {
            assert!(is_light(light.lines()), "{light}");
        }
        for heavy in ["for i in 0..9 {}", "while true {}", "loop {}", "a.map(|x| x)", "a.iter().sum()", "fn f() {}"] {
            assert!(!is_light(heavy.lines()), "{heavy}");
        }
    }

    #[test]
    fn the_sources_of_the_sdap_crate_do_not_change() {
        let memory = Path::new("/cache/rust-cells/key/memory");
        let depends = |line: &str| depends_on_folders(&format!("[package]\npath = \"x\"\n[dependencies]\n{line}\n"), memory);
        assert!(!depends("sdap = { path = \"/cache/rust-cells/key/sdap\" }\nrand = \"0.9\""));
        for line in
            ["mine = { path = \"/home/mine\" }", "sdap = { path = \"/home/sdap\" }", "other = { path = \"/cache/rust-cells/key/sdap\" }"]
        {
            assert!(depends(line), "{line}");
        }
    }

    #[test]
    fn a_check_is_a_build_without_a_library() {
        let words = ["src/lib.rs", "--emit=dep-info,link", "-C", "opt-level=1", "-C", "incremental=/i", "-C", "strip=debuginfo"];
        let call =
            Call { program: "rustc".into(), arguments: words.map(str::to_owned).into(), folder: "/".into(), environment: Vec::new() };
        let check = call.of_file(FILE).checking();
        assert_eq!(check.arguments, ["src/cell.rs", "--emit=dep-info,metadata", "-C", "opt-level=1", "-C", "strip=debuginfo"]);
    }

    #[test]
    fn only_with_functions_is_anything_kept_for_the_next_cell() {
        let words = ["-C", "opt-level=1", "-C", "codegen-units=16", "-C", "incremental=/i"];
        let call =
            Call { program: "rustc".into(), arguments: words.map(str::to_owned).into(), folder: "/".into(), environment: Vec::new() };
        let arguments = |cell: &str| {
            let generated = format!("{cell}\n#[unsafe(no_mangle)]\npub extern \"C\" fn run_user_code_1(\n}}\n");
            call.suited_to(&Program::of(&generated).unwrap()).arguments.join(" ")
        };
        assert_eq!(arguments("fn f() {}"), words.join(" "));
        assert!(!arguments("// Nothing.").contains("incremental") && arguments("// Nothing.").contains("opt-level=0"));
        assert!(!arguments("static A: [u8; 1] = { loop { break [1] } };").contains("incremental"));
    }

    #[test]
    fn words_that_read_count_in_code_only() {
        assert!(speaks_of_reading("let a = include_str!(\"a\");") && speaks_of_reading("option_env!(\"A\")"));
        assert!(!speaks_of_reading("  // include_str!\nlet a = 1;"));
    }
}
