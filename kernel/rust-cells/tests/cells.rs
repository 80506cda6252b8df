//! Rust cells as the kernel runs them, behaviour by behaviour, in one session.
//!
//! This binary is the host and the runtime of its own cells, so it has a `main` of its own. A start of evcxr costs seconds:
//! the behaviours share one, in the order in which they stand in [`main`].

mod analysis;
mod nothing_lost;
mod session;
mod tools;
mod variables;

use analysis::{
    a_lost_analysis_costs_one_answer, a_running_cell_is_not_waited_for, fields_and_methods_are_completed_with_their_types,
    items_of_earlier_cells_are_completed_and_explained, names_are_completed_at_once_while_the_analysis_loads,
    signatures_and_documentation_are_shown,
};
#[expect(clippy::wildcard_imports, reason = "each behaviour in it stands in `main`")]
use nothing_lost::*;
use session::{Session, failure};
use std::time::{Duration, Instant};
use tools::{
    a_cell_is_compiled_once_for_all_places_that_mean_the_same, a_cell_that_was_compiled_before_is_not_compiled_again,
    a_type_that_the_text_says_is_what_rustc_would_say, what_a_cell_reads_when_it_is_compiled_is_read_again,
};
use variables::{
    a_name_that_is_not_found_is_explained_by_the_variables_there_are, a_variable_is_there_however_a_cell_mentions_it,
    a_variable_that_is_declared_anew_has_the_new_value_and_type, whatever_cells_do_to_some_variables_the_others_are_what_they_were,
};

fn main() {
    sdap_rust_cells::runtime_hook();
    if std::env::args().any(|arg| arg == session::WITHOUT_TOOLCHAIN) {
        return session::without_toolchain();
    }
    if std::env::args().any(|arg| arg == session::LOOPING) {
        return session::looping();
    }
    // A name asks for the behaviours with such names alone; those that build on others then may fail.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let mut session = Session::start();
    macro_rules! check {
        ($($behaviour:ident),* $(,)?) => {$(
            if wanted.is_empty() || wanted.iter().any(|part| stringify!($behaviour).contains(part.as_str())) {
                let started = Instant::now();
                $behaviour(&mut session);
                println!("test {} ... ok ({:.1?})", stringify!($behaviour).replace('_', " "), started.elapsed());
            }
        )*};
    }
    check!(
        the_first_cell_shows_its_value,
        types_that_are_not_written_are_found,
        a_type_that_the_text_says_is_what_rustc_would_say,
        types_without_a_name_are_an_error_that_helps,
        what_a_cell_prints_arrives_whole_and_in_order,
        unfinished_lines_arrive_at_once,
        nothing_is_shown_for_nothing,
        long_values_show_their_ends_and_stay,
        types_that_display_themselves_keep_their_mime_types,
        bound_values_are_in_scope_without_a_copy,
        a_changed_value_replaces_the_old_one_and_an_unchanged_one_stays,
        a_dropped_value_leaves_scope,
        a_hundred_megabytes_are_bound_and_reduced_without_a_copy,
        errors_of_the_compiler_point_at_the_cell,
        errors_of_syntax_point_at_the_cell,
        a_value_that_cannot_be_shown_is_an_error_at_its_place,
        every_mistake_is_one_error_at_its_place,
        warnings_are_no_errors,
        a_panic_fails_the_cell_with_its_line_and_loses_nothing,
        a_panic_in_another_thread_fails_no_cell,
        a_question_mark_fails_the_cell_with_its_error,
        a_question_that_cannot_be_told_still_works,
        without_a_kernel_a_question_to_it_fails_clearly,
        commands_of_evcxr_work_and_quit_does_not,
        an_interrupt_during_compilation_loses_nothing,
        names_are_completed_at_once_while_the_analysis_loads,
        fields_and_methods_are_completed_with_their_types,
        items_of_earlier_cells_are_completed_and_explained,
        signatures_and_documentation_are_shown,
        a_running_cell_is_not_waited_for,
        a_lost_analysis_costs_one_answer,
        an_interrupt_ends_a_running_cell_at_once_and_loses_nothing,
        an_interrupt_ends_what_the_cell_started,
        whatever_ends_a_cell_costs_only_that_cell,
        an_error_that_a_cell_does_not_handle_costs_only_that_cell,
        where_memory_runs_out_the_process_of_the_cell_ends_first,
        variables_that_a_failed_cell_moved_or_declared_anew_are_what_they_were,
        whichever_process_is_killed_between_cells_nothing_is_lost,
        a_kill_of_the_copy_while_a_cell_runs_loses_nothing,
        a_cell_asks_the_user_for_its_standard_input,
        where_nobody_can_be_asked_standard_input_is_empty,
        a_cell_that_waits_for_input_can_be_interrupted,
        programs_that_a_cell_starts_print_and_ask_too,
        what_a_cell_prints_cannot_confuse_the_kernel,
        processes_do_not_pile_up,
        a_cell_that_nobody_waits_for_any_more_takes_nothing_with_it,
        with_threads_a_crash_says_what_it_cost_and_bound_values_come_back,
        with_threads_a_failed_cell_says_what_it_took_along,
        once_threads_have_ended_nothing_is_lost_again,
        cells_that_wait_for_futures_lose_nothing,
        tasks_go_on_between_cells_and_a_crash_says_what_it_cost_with_them,
        a_cleared_session_still_has_its_prelude,
        dependencies_share_what_they_have_in_common_with_sdap,
        a_variable_is_there_however_a_cell_mentions_it,
        a_variable_that_is_declared_anew_has_the_new_value_and_type,
        a_name_that_is_not_found_is_explained_by_the_variables_there_are,
        whatever_cells_do_to_some_variables_the_others_are_what_they_were,
        a_cell_that_was_compiled_before_is_not_compiled_again,
        a_cell_is_compiled_once_for_all_places_that_mean_the_same,
        what_a_cell_reads_when_it_is_compiled_is_read_again,
        without_a_toolchain_one_error_says_what_to_do,
        an_interrupt_while_cells_are_prepared_ends_the_cell_that_waits,
        what_is_prepared_ahead_spares_the_first_cell_its_wait_and_ends_with_the_session,
        nothing_is_prepared_ahead_that_would_have_to_be_compiled,
        nothing_is_left_after_shutdown,
        nothing_is_left_of_a_kernel_or_a_host_that_was_killed,
    );
}

fn the_first_cell_shows_its_value(session: &mut Session) {
    session.expect("1 + 1", "2");
    assert!(session.progress().first().is_some_and(|text| text.starts_with("Preparing Rust cells")), "{:?}", session.events);
}

fn types_that_are_not_written_are_found(session: &mut Session) {
    session.silent(
        "let v = vec![1, 2, 3];\n\
         let m = std::collections::HashMap::from([(\"a\", std::time::Duration::from_secs(1))]);\n\
         let (a, mut b) = (std::sync::Arc::new(1.5), [1_u8; 3]);\n\
         let Some(c) = Some(String::from(\"c\")) else { panic!() };\n\
         let d; d = 'd';\n\
         let text = std::borrow::Cow::from(\"text\");\n\
         fn double(x: i32) -> i32 { 2 * x }\n\
         let f = double;\n\
         let moved = vec![0]; drop(moved);\n\
         struct Own(u8);\n\
         let own = vec![Own(4)];\n\
         let array = trmm_like();\n\
         fn trmm_like() -> Array2<f64> { Array2::zeros((1, 2)) }\n\
         let column = array.row(0).to_owned();\n\
         let day = chrono::NaiveDate::from_ymd_opt(2011, 3, 1).unwrap();\n\
         let r = 0..3;",
    );
    session.silent("!true\nlet after_a_shell_command = 1;");
    session.silent("let before_an_item = vec![1];\nfn an_item() {}");
    session.silent("b[0] = 7;");
    session.expect("(own[0].0, column.len(), day.to_string())", "(4, 2, \"2011-03-01\")");
    session.expect("(v, m, a, b, c, d, text, f(4), r)", "([1, 2, 3], {\"a\": 1s}, 1.5, [7, 1, 1], \"c\", 'd', \"text\", 8, 0..3)");
}

fn types_without_a_name_are_an_error_that_helps(session: &mut Session) {
    let error = session.fails("let grow = |x: f64| x + 1.0;");
    assert!(error.value.contains("`grow`") && failure(&error).contains("Box"), "{error:?}");
    session.silent("let grow: Box<dyn Fn(f64) -> f64> = Box::new(|x| x + 1.0);");
    session.expect("grow(1.0)", "2.0");
}

fn what_a_cell_prints_arrives_whole_and_in_order(session: &mut Session) {
    session.silent("for i in 0..10_000 { println!(\"line {i}\") }\neprintln!(\"to stderr\");");
    let expected: String = (0..10_000).fold(String::new(), |text, i| text + "line " + &i.to_string() + "\n");
    assert!(session.stdout() == expected, "{} of {} bytes", session.stdout().len(), expected.len());
    assert_eq!(session.stderr(), "to stderr\n");
}

fn unfinished_lines_arrive_at_once(session: &mut Session) {
    session.silent("print!(\"a\"); std::thread::sleep(std::time::Duration::from_millis(300)); print!(\"b\"); eprint!(\"c\");");
    assert_eq!((session.stdout().as_str(), session.stderr().as_str()), ("ab", "c"));
    let times: Vec<Duration> = session.events.iter().map(|(at, _)| *at).collect();
    assert!(times[1] > times[0] + Duration::from_millis(150), "{:?}", session.events);
    session.expect("print!(\"x\"); 5", "5");
    assert_eq!(session.stdout(), "x");
}

fn nothing_is_shown_for_nothing(session: &mut Session) {
    for code in ["()", "1;", "let q = 5", "fn g() {}", "// only a comment", "", "println!()"] {
        session.silent(code);
    }
    session.expect("q", "5");
}

fn long_values_show_their_ends_and_stay(session: &mut Session) {
    session.silent("let long: Vec<usize> = (0..100_000).collect();\nlet plane = Array2::<f64>::ones((300, 200));");
    session.expect("long", "[0, 1, 2, 3, 4, …, 99995, 99996, 99997, 99998, 99999] (100000 elements)");
    session.expect("&long[..3]", "[0, 1, 2]");
    let shown = session.shows("plane");
    assert!(shown.plain().starts_with("array of shape [300, 200]\n[[1.0, 1.0, 1.0, …, 1.0, 1.0, 1.0],"), "{shown:?}");
    assert_eq!(shown.plain().lines().count(), 8);
    session.expect("plane.row(0).to_owned().len() + long.len()", "100200");
    session.expect("Some(long.len())", "Some(100000)");
    let shown = session.shows("Some(&long)");
    assert!(shown.plain().starts_with("Some([0, 1, 2,") && shown.plain().ends_with('…') && shown.plain().len() < 10_000);
    session.expect(
        "chrono::NaiveDate::from_ymd_opt(2011, 3, 1).map(|day| day.and_hms_opt(6, 0, 0).unwrap().and_utc())",
        "Some(2011-03-01T06:00:00Z)",
    );
    session.expect("\"5\".parse::<f64>()", "Ok(5.0)");
    session.expect("let word = \"sea\";\n*word", "\"sea\"");
}

fn types_that_display_themselves_keep_their_mime_types(session: &mut Session) {
    let shown = session.shows(
        "struct Picture;\n\
         impl Picture { fn evcxr_display(&self) { println!(\"EVCXR_BEGIN_CONTENT text/html\\n<b>p</b>\\nEVCXR_END_CONTENT\"); } }\n\
         print!(\"drawing\");\nPicture",
    );
    assert_eq!(shown.content.into_iter().collect::<Vec<_>>(), [("text/html".to_owned(), "<b>p</b>".to_owned())]);
    assert_eq!(session.stdout(), "drawing");
}

fn bound_values_are_in_scope_without_a_copy(session: &mut Session) {
    session.bind("trmm", 1, [1.0, 2.0, 6.0]);
    session.expect("trmm.mean.mean()", "Some(3.0)");
    session.expect("(trmm.mean.is_view(), trmm.len())", "(true, 3)");
    session.expect("use ndarray::Axis;\nndarray::stack![Axis(0), trmm.mean, trmm.maximum].mean_axis(Axis(0)).unwrap().sum()", "9.0");
    let shown = session.shows("trmm");
    assert!(shown.plain().starts_with("TimeSeries GAUGE [m3 s-1]"), "{shown:?}");
}

fn a_changed_value_replaces_the_old_one_and_an_unchanged_one_stays(session: &mut Session) {
    session.silent("let trmm = trmm.len();");
    session.expect("trmm", "3");
    session.bind("trmm", 2, [10.0, 20.0, 30.0]);
    session.expect("trmm.mean.sum()", "60.0");
}

fn a_dropped_value_leaves_scope(session: &mut Session) {
    session.bind("gone", 3, [1.0, 2.0, 3.0]);
    session.expect("gone.len()", "3");
    session.unbind("gone");
    let error = session.fails("gone.len()");
    assert_eq!((error.name.as_str(), error.value.as_str()), ("error[E0425]", "cannot find value `gone` in this scope (line 1)"));
}

/// Memory of the process's own, in kB: what it maps of a file is not among it.
const OWN_MEMORY: &str = "fn own_memory() -> i64 {\n\
    let status = std::fs::read_to_string(\"/proc/self/status\").unwrap();\n\
    status.lines().find_map(|line| line.strip_prefix(\"RssAnon:\")).unwrap().trim().trim_end_matches(\" kB\").parse().unwrap()\n\
}\nlet before: i64 = own_memory();";

fn a_hundred_megabytes_are_bound_and_reduced_without_a_copy(session: &mut Session) {
    let numbers = sdap::TableColumn::Numbers(sdap::column(vec![1.5; 12_500_000]));
    let table = sdap::Table { title: "numbers".into(), columns: vec![("n".into(), numbers)], origin: sdap::Origin::default() };
    session.bind_value("numbers", 5, &sdap::Value::Table(table));
    session.silent(OWN_MEMORY);
    let reduce = "let Some(sdap::TableColumn::Numbers(column)) = numbers.column(\"n\") else { panic!() };\n\
                  let mean: Option<f64> = column.mean();\nlet grown: i64 = own_memory() - before;";
    session.silent(&format!("let (mean, grown): (Option<f64>, i64) = {{ {reduce} (mean, grown) }};"));
    session.expect("mean", "Some(1.5)");
    let grown: i64 = session.shows("grown").plain().parse().unwrap();
    assert!(grown < 5_000, "{grown} kB");
    session.unbind("numbers");
}

fn errors_of_the_compiler_point_at_the_cell(session: &mut Session) {
    session.bind("late", 4, [1.0, 2.0, 3.0]);
    let error = session.fails("let n = late.len();\nlet x: i32 = \"two\";\nn + missing");
    assert!(
        error.value.contains("(line 2)") && error.value.ends_with("and one more error") || error.value.contains("(line 3)"),
        "{error:?}"
    );
    let error = session.fails("late.len() + missing");
    insta::assert_snapshot!(failure(&error), @r"
    error[E0425]: cannot find value `missing` in this scope
     --> line 1, column 14
      |
    1 | late.len() + missing
      |              ^^^^^^^ not found in this scope
    ");
    let error = session.fails("let s = String::new();\n\ndrop(s);\ns.len()");
    assert!(error.value.contains("borrow of moved value") && error.value.contains("(line 4)"), "{error:?}");
    let error = session.fails("let mut i = 1;\nlet k: u8 = 300;\ni += k;");
    assert_eq!(error.value, "literal out of range for `u8` (line 2)");
    let error = session.fails("let unknown = Vec::new();");
    assert!(error.value.contains("type annotations needed") && error.value.contains("(line 1)"), "{error:?}");
    session.expect("late.len()", "3");
}

fn errors_of_syntax_point_at_the_cell(session: &mut Session) {
    for (code, line) in [("let a = 1;\nfoo(", 2), ("let a = ;", 1), ("let a = 1 let b = 2;", 1), ("1 +\n\n)", 3), ("println!(\"{}\"", 1)] {
        let error = session.fails(code);
        assert!(error.value.contains(&format!("(line {line})")), "{code}: {error:?}");
    }
}

fn a_value_that_cannot_be_shown_is_an_error_at_its_place(session: &mut Session) {
    let error = session.fails("struct Opaque;\nOpaque");
    assert!(error.value.contains("doesn't implement `Debug`") && error.value.contains("(line 2)"), "{error:?}");
}

/// The name and the message of the error, and what its traceback holds beside.
fn every_mistake_is_one_error_at_its_place(session: &mut Session) {
    session.silent("fn sixth(v: &[i32]) -> i32 {\n    v[5]\n}\nlet few = vec![1, 2];");
    for (code, name, value, within) in [
        ("let a = 1;\n\nfew[a + 6]", "panic", "index out of bounds: the len is 2 but the index is 7 (line 3)", "3 | few[a + 6]"),
        ("let big = few.len() as u8 + 253;\nbig + 1", "panic", "attempt to add with overflow (line 2)", ""),
        ("let zero = few.len() - 2;\n1 / zero", "panic", "attempt to divide by zero (line 2)", ""),
        (
            "1;\nsixth(&few)",
            "panic",
            "index out of bounds: the len is 2 but the index is 5",
            "in a function of an earlier cell:\n  |     v[5]",
        ),
        ("let s = String::new();\nlet t = s;\ns.len()", "error[E0382]", "borrow of moved value: `s` (line 3)", "value moved here"),
        (
            "let mut s = vec![1];\nlet first = &s[0];\ns.push(2);\nprintln!(\"{first}\");",
            "error[E0502]",
            "cannot borrow `s` as mutable because it is also borrowed as immutable (line 3)",
            "immutable borrow later used here",
        ),
        ("println!(\"{} {}\", 1);", "error", "2 positional arguments in format string, but there is 1 argument (line 1)", "^^"),
        ("vec![1, 2\n", "error", "", "line 1"),
        (
            "let é = \"ü\"; let n: i32 = \"ä\";",
            "error[E0308]",
            "mismatched types (line 1)",
            "1 | let é = \"ü\"; let n: i32 = \"ä\";\n  |                     --- expected due to this\n  |                           ^^^",
        ),
        ("if true {\n\tlet n: i32 = \"tab\";\n}", "error[E0308]", "mismatched types (line 2)", "\n  | \t             ^^^^^"),
        (
            "few.iter()\n    .map(|x| x.nothing())\n    .count()",
            "error[E0599]",
            "no method named `nothing` found for reference `&i32` in the current scope (line 2)",
            "",
        ),
    ] {
        let error = session.fails(code);
        assert_eq!(error.name, name, "{code}: {error:?}");
        assert!(value.is_empty() || error.value == value, "{code}: {error:?}");
        assert!(failure(&error).contains(within), "{code}:\n{}", failure(&error));
    }
    session.expect("few", "[1, 2]");
}

fn warnings_are_no_errors(session: &mut Session) {
    session.silent("fn unused() {}\nlet unused_too = 1; let mut never_changed = (2);");
    assert_eq!((session.stdout(), session.stderr()), (String::new(), String::new()));
    let error = session.fails("let quiet = 1;\nlet mut loud = 2;\nmissing()");
    assert!(!failure(&error).contains("warning") && error.value == "cannot find function `missing` in this scope (line 3)", "{error:?}");
}

fn a_panic_fails_the_cell_with_its_line_and_loses_nothing(session: &mut Session) {
    session.silent("let kept = vec![1];");
    let error = session.fails("let lost = 1;\nprint!(\"before\");\nassert_eq!(kept.len(), 2, \"not {}\", 2);");
    assert_eq!(error.name, "panic");
    assert!(error.value.contains("assertion `left == right` failed: not 2") && failure(&error).contains("line 3"), "{error:?}");
    assert_eq!(session.stdout(), "before");
    let error = session.fails("fn third(v: &[i32]) -> i32 {\n    v[2]\n}\nthird(&kept)");
    assert_eq!(error.value, "index out of bounds: the len is 1 but the index is 2 (line 2)");
    assert!(session.fails("Option::<u8>::None.unwrap()").value.contains("`None` value (line 1)"));
    session.expect("kept", "[1]");
    assert_eq!(session.fails("lost").name, "error[E0425]");
    session.expect("std::panic::catch_unwind(|| panic!(\"caught\")).is_err()", "true");
}

fn a_panic_in_another_thread_fails_no_cell(session: &mut Session) {
    session.expect("std::thread::spawn(|| panic!(\"apart\")).join().is_err()", "true");
    assert!(session.stderr().contains("apart"), "{:?}", session.events);
}

fn a_question_mark_fails_the_cell_with_its_error(session: &mut Session) {
    session.silent("let n: i32 = \"12\".parse()?;");
    session.expect("n", "12");
    let error = session.fails("let n: i32 = \"zz\".parse()?;\nprintln!(\"not reached\");");
    assert_eq!((error.name.as_str(), error.value.as_str()), ("ParseIntError", "invalid digit found in string (line 1)"));
    assert_eq!((session.stdout().as_str(), session.stderr().as_str()), ("", ""));
    let error = session.fails("let length = 1\n    + std::fs::read_to_string(\"/no/such/file\")?\n    .len();");
    assert!(error.value.starts_with("No such file") && error.value.ends_with("(line 2)"), "{error:?}");
    assert_eq!(error.traceback[..2], ["Error at line 2:", "2 |     + std::fs::read_to_string(\"/no/such/file\")?"]);
    let error = session.fails("fn inner() -> Result<u8, Box<dyn std::error::Error>> { Ok(\"x\".parse()?) }\n1;\nlet v: Vec<u8> = vec![inner()?, 1];\nfor _ in 0..2 { inner()?; }");
    assert_eq!((error.name.as_str(), error.value.as_str()), ("Err", "invalid digit found in string"), "inside a macro no line is known");
    session.expect("\"5\".parse::<u8>()? + 1", "6");
}

fn a_question_that_cannot_be_told_still_works(session: &mut Session) {
    session.silent("let numbers = vec![\"1\", \"2\"].into_iter().map(|n| n.parse::<u8>()).collect::<Result<Vec<_>, _>>()?;");
    session.expect("numbers", "[1, 2]");
    assert_eq!(session.fails("5?").name, "error[E0277]");
    let error = session.fails("Some(5)?");
    assert!(error.name == "error[E0277]" && !failure(&error).contains("or_fail"), "{error:?}");
    let error = session.fails("struct Silent;\nErr::<(), Silent>(Silent)?;");
    assert!(error.name == "error[E0277]" && error.value.ends_with("(line 2)"), "{error:?}");
}

fn without_a_kernel_a_question_to_it_fails_clearly(session: &mut Session) {
    let error = session.fails("let sst: TimeSeries = sdap::query(\"timeseries A\")?;");
    assert_eq!(error.name, "AskError");
    assert!(error.value.contains("only a cell of the SDAP kernel can ask"), "{error:?}");
    let error = session.fails("sdap::plot(&trmm)");
    assert!(error.value.contains("only a cell of the SDAP kernel can ask"), "{error:?}");
    let error = session.fails("let sst = sdap::query(\"timeseries A\")?;");
    assert!(failure(&error).contains("let sst: TimeSeries = sdap::query(…)?"), "{}", failure(&error));
    let error = session.fails("let n: f64 = sdap::query(\"timeseries A\")?;");
    assert!(error.value.starts_with("`f64` is no value of the sdap crate"), "{error:?}");
}

fn commands_of_evcxr_work_and_quit_does_not(session: &mut Session) {
    assert!(session.shows(":vars").plain().contains("kept: Vec<i32>"));
    assert!(session.shows(":type kept").plain().contains("kept: Vec<i32>"));
    assert!(session.shows(":help").content.contains_key("text/html"));
    assert_eq!(session.fails(":quit").name, "quit");
    assert!(session.fails(":nosuch").value.contains("Unrecognised command"));
    session.silent(":opt 0");
    session.expect("trmm.mean.sum()", "60.0");
}

/// A compilation that lasts: the compiler counts.
const SLOW_TO_COMPILE: &str =
    "#![allow(long_running_const_eval)]\nconst N: u64 = { let mut i = 0; while i < 4_000_000_000 { i += 1; } i };\nN";

fn an_interrupt_during_compilation_loses_nothing(session: &mut Session) {
    session.silent("let before = 1;");
    let (error, waited) = session.interrupted(SLOW_TO_COMPILE, Duration::from_millis(1500));
    assert!(error.name == "Interrupted" && error.value.contains("nothing is lost"), "{error:?}");
    println!("    interrupt to idle: {waited:?}");
    assert!(waited < Duration::from_secs(1), "{waited:?}");
    session.expect("before", "1");
}

fn a_cell_that_nobody_waits_for_any_more_takes_nothing_with_it(session: &mut Session) {
    session.silent("let still = 1;");
    session.abandoned("std::thread::sleep(std::time::Duration::from_secs(1)); println!(\"late\");", Duration::from_millis(600));
    session.expect("println!(\"mine\"); still", "1");
    assert_eq!(session.stdout(), "mine\n");
}

fn a_cleared_session_still_has_its_prelude(session: &mut Session) {
    session.silent("let x = 1;");
    session.expect(":clear\n\ntrmm.mean.sum() + Array1::<f64>::zeros(2).sum()", "60.0");
    assert_eq!(session.fails("x").name, "error[E0425]");
}

/// A dependency whose ndarray is not the one that `trmm.mean` is an array of would not take it.
fn dependencies_share_what_they_have_in_common_with_sdap(session: &mut Session) {
    let path = session.crate_with_ndarray();
    session
        .silent("let kept_array = Array1::<f64>::ones(3);\nlet kept_series = vec![trmm.clone()];\nlet kept_day = chrono::NaiveDate::MIN;");
    session.expect(&format!(":dep twice = {{ path = {path:?} }}\nlet d = twice::twice(&trmm.mean.view());\nd.sum()"), "120.0");
    session.expect("d.len()", "3");
    session.expect("(kept_array.sum(), kept_series[0].len(), kept_day < chrono::NaiveDate::MAX)", "(3.0, 3, true)");
    session.silent(":opt 2");
    session.expect("(kept_array.sum(), kept_series[0].mean.sum(), d.sum())", "(3.0, 60.0, 120.0)");
    assert_eq!(session.stderr(), "", "no variable was lost");
    let error = session.fails(":dep no_such_crate_anywhere = { path = \"/no/such/crate\" }");
    assert!(failure(&error).contains("no_such_crate_anywhere") || failure(&error).contains("/no/such/crate"), "{error:?}");
    session.expect("trmm.mean.sum()", "60.0");
    session.eventually_completes("let doubled = twice::tw|", "twice");
}

fn without_a_toolchain_one_error_says_what_to_do(_: &mut Session) {
    let said = session::run_without_toolchain();
    assert!(said.contains("NoRust: Rust cells need a Rust toolchain, and no `cargo` was found."), "{said}");
    assert!(said.contains("https://rustup.rs") && said.contains("Every %sdap line works without it."), "{said}");
}

fn an_interrupt_while_cells_are_prepared_ends_the_cell_that_waits(_: &mut Session) {
    for after in [300, 1000] {
        let mut fresh = Session::start();
        let (error, _) = fresh.interrupted("loop {}", Duration::from_millis(after));
        assert_eq!(error.name, "Interrupted", "after {after} ms: {error:?}");
        fresh.expect("40 + 2", "42");
        fresh.shutdown_while("loop {}");
    }
}

fn what_is_prepared_ahead_spares_the_first_cell_its_wait_and_ends_with_the_session(_: &mut Session) {
    let before = session::own_processes().len();
    let mut fresh = Session::start();
    fresh.warm();
    assert!(session::own_processes().len() > before, "a process is started");
    session::until("ready", || fresh.state() == "ready");
    fresh.expect("40 + 2", "42");
    assert_eq!(fresh.progress(), Vec::<&str>::new());
    fresh.shutdown();
    assert_eq!(session::own_processes().len(), before);
    // A session that ends while it is prepared, or in which a cell comes meanwhile.
    for moment in [0, 50, 200] {
        let mut fresh = Session::start();
        fresh.warm();
        std::thread::sleep(Duration::from_millis(moment));
        if moment == 50 {
            fresh.expect("40 + 2", "42");
        }
        fresh.shutdown();
        assert_eq!(session::own_processes().len(), before, "after {moment} ms");
    }
}

fn nothing_is_prepared_ahead_that_would_have_to_be_compiled(_: &mut Session) {
    let before = session::own_processes().len();
    let fresh = Session::without_cache();
    fresh.warm();
    assert_eq!(session::own_processes().len(), before);
}

fn nothing_is_left_after_shutdown(session: &mut Session) {
    assert!(!session::own_processes().is_empty());
    let waited = session.shutdown_while("loop {}");
    assert_eq!(session::own_processes(), Vec::<u32>::new());
    assert!(waited < Duration::from_secs(2), "{waited:?}");
}
