//! What cells that do not return cost, and what they may do with the processes around them.

use crate::session::{self, Session, failure};
use std::time::Duration;

const SLEEP: &str = "std::thread::sleep(std::time::Duration::from_secs(100));";
const BLOCKING_READ: &str = "std::net::TcpListener::bind(\"127.0.0.1:0\")?.accept()?;";

pub(crate) fn an_interrupt_ends_a_running_cell_at_once_and_loses_nothing(session: &mut Session) {
    session.silent("let mut work = vec![1.5; 3];");
    for code in ["work.push(2.0); let half = 1; loop {}", SLEEP, BLOCKING_READ] {
        let (error, waited) = session.interrupted(code, Duration::from_millis(1500));
        assert_eq!((error.name.as_str(), error.value.as_str()), ("Interrupted", "the cell was interrupted"));
        assert!(failure(&error).contains("as it was before this cell"), "{error:?}");
        println!("    interrupt to idle: {waited:?}");
        assert!(waited < Duration::from_secs(1), "{waited:?}");
        session.expect("(work.len(), trmm.mean.sum())", "(3, 60.0)");
    }
    assert_eq!(session.fails("half").name, "error[E0425]");
    session.idle_interrupt();
    session.expect("1", "1");
}

pub(crate) fn an_interrupt_ends_what_the_cell_started(session: &mut Session) {
    let code = "std::process::Command::new(\"sh\").args([\"-c\", \"sleep 1234567 & wait\"]).status()?;";
    let (error, _) = session.interrupted(code, Duration::from_millis(1500));
    assert_eq!(error.name, "Interrupted");
    session::until("ended", || session::processes_with("1234567").is_empty());
}

pub(crate) fn whatever_ends_a_cell_costs_only_that_cell(session: &mut Session) {
    session.silent("let mut mine = vec![1];");
    let ends = [
        ("std::process::exit(3)", "Exit", "the cell ended its process with exit code 3"),
        ("drop(mine); std::process::exit(4);", "Exit", "the cell ended its process with exit code 4"),
        ("std::process::exit(0)", "Exit", "the cell ended its process with exit code 0"),
        ("std::process::abort()", "Abort", "the cell aborted its process"),
        (
            "fn deep(n: u64) -> u64 { let a = std::hint::black_box([n; 64]); a[0] + deep(a[1] + 1) }\ndeep(mine.len() as u64)",
            "StackOverflow",
            "stack overflow: the calls of the cell go too deep",
        ),
        (
            "let wrong = std::hint::black_box(8_usize) as *mut u8; unsafe { wrong.write_volatile(1) };",
            "SegmentationFault",
            "segmentation fault: the cell used memory that it does not have",
        ),
        (
            "std::hint::black_box(Vec::<u8>::with_capacity(1 << 46));",
            "OutOfMemory",
            "out of memory: memory allocation of 70368744177664 bytes failed",
        ),
        ("std::hint::black_box(vec![0_u8; 1 << 45]);", "OutOfMemory", "out of memory: memory allocation of 35184372088832 bytes failed"),
        (
            "unsafe extern \"C\" { fn setrlimit(resource: i32, limit: *const [u64; 2]) -> i32; }\n\
             unsafe { setrlimit(9, &[1 << 31, 1 << 31]) };\n\
             let mut all = Vec::new();\n\
             loop { all.push(vec![1_u8; 1 << 24]); }",
            "OutOfMemory",
            // Of which allocation the last byte is wanted is up to chance.
            "out of memory: memory allocation of ",
        ),
        (
            "std::process::Command::new(\"kill\").args([\"-9\", &std::process::id().to_string()]).status()?; loop {}",
            "Killed",
            "the process of the cell was killed from outside (SIGKILL)",
        ),
    ];
    for (end, name, begin) in ends {
        let error = session.fails(&format!("println!(\"bye\"); mine.push(2); let new = 3;\n{end}"));
        assert!(error.name == name && error.value.starts_with(begin), "{end}\n{error:?}");
        assert!(failure(&error).ends_with("Every variable is as it was before this cell."), "{error:?}");
        assert_eq!(session.stdout(), "bye\n", "{end}");
        session.expect("(&mine, trmm.mean.sum())", "([1], 60.0)");
        assert_eq!(session.fails("new").name, "error[E0425]");
    }
}

pub(crate) fn an_error_that_a_cell_does_not_handle_costs_only_that_cell(session: &mut Session) {
    session.silent("let mut given = vec![1, 2]; let words = String::from(\"t\");");
    let ends = [
        ("let n: u8 = words.parse()?;", "ParseIntError", "invalid digit found in string (line 2)"),
        ("let n = vec![words.parse::<u8>()?];", "Err", "invalid digit found in string"),
        ("drop(words); Err::<u8, _>(\"no\")?;", "Err", "no (line 2)"),
        ("drop(words); return Err(\"no\".into());", "Err", "no"),
        ("drop(words); sdap::plot(&trmm)", "AskError", "only a cell of the SDAP kernel can ask"),
        ("drop(words); if trmm.len() > 1 { return Ok(()); }", "Returned", "the cell returned before its end"),
        ("drop(words); Vec::<u8>::with_capacity(usize::MAX)", "panic", "capacity overflow"),
    ];
    for (end, name, value) in ends {
        let error = session.fails(&format!("given.push(3); let taken = given; let new = 1; fn only_here() {{}}\n{end}"));
        assert!(error.name == name && error.value.starts_with(value), "{end}: {error:?}");
        session.expect("(&given, words.len())", "([1, 2], 1)");
        assert_eq!(session.fails("new").name, "error[E0425]", "{end}");
        assert_eq!(session.fails("only_here()").name, "error[E0425]", "{end}");
    }
    session.silent("given.push(3);");
    session.expect("given", "[1, 2, 3]");
}

pub(crate) fn where_memory_runs_out_the_process_of_the_cell_ends_first(session: &mut Session) {
    session.silent("let own = std::process::id();");
    let runner: u32 = session.shows("own").plain().parse().unwrap();
    let preference = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).unwrap().trim().parse::<i32>().unwrap();
    session::until("two processes", || session::cell_processes().len() == 2);
    let copy = session::cell_processes().into_iter().find(|pid| *pid != runner).unwrap();
    assert_eq!(preference(runner), 1000);
    assert_eq!(preference(copy), preference(std::process::id()));
    session.fails("std::process::exit(1)");
    assert_eq!(preference(copy), 1000);
}

pub(crate) fn variables_that_a_failed_cell_moved_or_declared_anew_are_what_they_were(session: &mut Session) {
    session.silent("let taken = vec![1, 2]; let mut shadowed = 5; let text = String::from(\"t\");");
    for code in [
        "let other = taken; let shadowed = String::from(\"new\"); drop(text); fn only_here() -> u8 { 1 }\nstd::process::exit(1)",
        "drop(taken); shadowed = 6; let text = 7_u8; let taken = 8;\nstd::process::abort()",
        "let other = taken; shadowed = 9; drop(text); fn only_here() -> u8 { 1 }\npanic!(\"no\")",
    ] {
        session.fails(code);
        session.expect("(&taken, shadowed + 1, text.len())", "([1, 2], 6, 1)");
        assert_eq!(session.fails("only_here()").name, "error[E0425]");
    }
    session.silent("shadowed += 1; let taken = taken.len();");
    session.fails("std::process::exit(1)");
    session.expect("(taken, shadowed)", "(2, 6)");
}

pub(crate) fn whichever_process_is_killed_between_cells_nothing_is_lost(session: &mut Session) {
    session.silent("let mut count = 1;");
    for round in 1..=4 {
        session::until("two processes", || session::cell_processes().len() == 2);
        let processes = session::cell_processes();
        session::kill(processes[round % 2]);
        session::until("made again", || session::cell_processes().len() == 2 && session::cell_processes() != processes);
        session.silent("count += 1;");
        session.expect("count", &(round + 1).to_string());
    }
}

pub(crate) fn a_kill_of_the_copy_while_a_cell_runs_loses_nothing(session: &mut Session) {
    session.silent("let copied = 4;");
    session.silent("let own = std::process::id();");
    let runner: u32 = session.shows("own").plain().parse().unwrap();
    session::until("two processes", || session::cell_processes().len() == 2);
    let copy = session::cell_processes().into_iter().find(|pid| *pid != runner).unwrap();
    session.silent(&format!("std::process::Command::new(\"kill\").args([\"-9\", \"{copy}\"]).status()?;"));
    session.fails("std::process::exit(1)");
    session.expect("copied", "4");
}

pub(crate) fn a_cell_asks_the_user_for_its_standard_input(session: &mut Session) {
    let code = "let mut name = String::new();\n\
                print!(\"Name? \");\n\
                std::io::stdin().read_line(&mut name)?;\n\
                let mut age = String::new();\n\
                println!(\"Hello!\");\n\
                std::io::stdin().read_line(&mut age)?;\n\
                (name.as_str(), age.trim().parse::<u8>()?)";
    session.will_type(&["Ada", "36"]);
    session.expect(code, "(\"Ada\\n\", 36)");
    assert_eq!(session.prompts(), [("Name? ", false), ("", false)]);
    assert_eq!(session.stdout(), "Name? Hello!\n");
}

pub(crate) fn where_nobody_can_be_asked_standard_input_is_empty(session: &mut Session) {
    session.expect("std::io::stdin().lines().count()", "0");
    assert_eq!(session.stderr(), "The cell reads its standard input, which is empty: nobody is there.\n");
    session.will_type(&["again"]);
    session.expect("std::io::stdin().lines().next().unwrap()?", "\"again\"");
}

pub(crate) fn a_cell_that_waits_for_input_can_be_interrupted(session: &mut Session) {
    session.silent("let waits = 1;");
    // Nobody answers, and nobody says that there will be no answer.
    let (error, waited) = session.interrupted_while_asked("std::io::stdin().lines().count()");
    assert_eq!(error.name, "Interrupted");
    assert!(waited < Duration::from_secs(1), "{waited:?}");
    session.expect("waits", "1");
}

pub(crate) fn programs_that_a_cell_starts_print_and_ask_too(session: &mut Session) {
    session.will_type(&["typed"]);
    let code = "std::process::Command::new(\"sh\").args([\"-c\", \"printf 'Say: '; read line; echo got $line; echo bad >&2\"]).status()?.success()";
    session.expect(code, "true");
    assert_eq!(session.prompts(), [("Say: ", false)]);
    assert_eq!((session.stdout().as_str(), session.stderr().as_str()), ("Say: got typed\n", "bad\n"));
}

pub(crate) fn what_a_cell_prints_cannot_confuse_the_kernel(session: &mut Session) {
    session.silent("std::io::Write::write_all(&mut std::io::stdout(), b\"a\\xffb\\n\")?;");
    assert_eq!(session.stdout(), "a\u{fffd}b\n");
    session.silent("println!(\"EVCXR_EXECUTION_COMPLETE\"); println!(\"after\");");
    assert_eq!(session.stdout(), "EVCXR_EXECUTION_COMPLETE\nafter\n");
    let shown = session.shows("println!(\"EVCXR_BEGIN_CONTENT text/html\\n<b>never ends\");");
    assert!(shown.content["text/html"].starts_with("<b>never ends"), "{shown:?}");
    session.expect("1 + 1", "2");
}

pub(crate) fn processes_do_not_pile_up(session: &mut Session) {
    for _ in 0..3 {
        session.fails("std::process::exit(1)");
        session.silent("let piled = 1;");
    }
    session::until("two processes", || session::cell_processes().len() == 2);
    session::until("without zombies", || session::zombies().is_empty());
}

pub(crate) fn with_threads_a_crash_says_what_it_cost_and_bound_values_come_back(session: &mut Session) {
    session.silent(":clear\nlet mine = 1; let also_mine = 2;");
    session.expect("trmm.mean.sum()", "60.0");
    session.silent("std::thread::spawn(|| loop { std::thread::sleep(std::time::Duration::from_secs(1)) });");
    session.expect("mine", "1");
    let (error, waited) = session.interrupted("loop {}", Duration::from_millis(1500));
    assert_eq!((error.name.as_str(), error.value.as_str()), ("Interrupted", "the cell was interrupted"));
    assert!(failure(&error).contains("since threads of earlier cells still ran (1). Lost: also_mine, mine."), "{error:?}");
    assert!(waited < Duration::from_secs(1), "{waited:?}");
    session.expect("trmm.mean.sum()", "60.0");
    assert_eq!(session.fails("mine").name, "error[E0425]");
}

pub(crate) fn with_threads_a_failed_cell_says_what_it_took_along(session: &mut Session) {
    session.silent(":clear\nlet mine = vec![1]; let other = 2;");
    session.silent("std::thread::spawn(|| loop { std::thread::sleep(std::time::Duration::from_secs(1)) });");
    let error = session.fails("drop(mine);\nlet n: u8 = \"x\".parse()?;");
    assert_eq!(error.value, "invalid digit found in string (line 2)");
    assert!(failure(&error).contains("no copy to go back to. Lost with the cell: mine."), "{error:?}");
    let error = session.fails("let never = 1; if other > 1 { return Ok(()); }");
    assert_eq!(error.name, "Returned");
    session.expect("other", "2");
    assert_eq!(session.fails("never").name, "error[E0425]");
    session.silent(":clear");
}

pub(crate) fn cells_that_wait_for_futures_lose_nothing(session: &mut Session) {
    session.silent("let kept = vec![trmm.clone()]; let mut array = Array1::<f64>::ones(3);");
    session.silent("async fn after(moment: u64) -> u64 { tokio::time::sleep(std::time::Duration::from_millis(moment)).await; moment }\nlet n = after(5).await + 1;");
    session.expect("(kept[0].mean.sum(), array.sum(), n)", "(60.0, 3.0, 6)");
    assert_eq!(session.stderr(), "", "no variable was lost");
    for (end, name) in [
        ("after(5).await; std::process::exit(3)", "Exit"),
        ("after(5).await; panic!(\"no\")", "panic"),
        ("let n: u8 = format!(\"x{}\", after(5).await).parse()?;", "ParseIntError"),
    ] {
        session::until("two processes", || session::cell_processes().len() == 2);
        let error = session.fails(&format!("drop(array); let kept = 5;\n{end}"));
        assert_eq!(error.name, name, "{error:?}");
        session.expect("(kept[0].mean.sum(), array.sum(), n)", "(60.0, 3.0, 6)");
    }
    let (error, _) = session.interrupted("after(100_000).await", Duration::from_secs(3));
    assert_eq!(error.name, "Interrupted");
    session.expect("tokio::join!(after(1), after(2), async { n })", "(1, 2, 6)");
    session.silent("after(1).await; for _ in 0..2 { after(1).await; }");
    session.expect("tokio::spawn(after(3)).await? + tokio::task::spawn_blocking(|| 4).await?", "7");
}

pub(crate) fn tasks_go_on_between_cells_and_a_crash_says_what_it_cost_with_them(session: &mut Session) {
    let file = std::env::temp_dir().join(format!("sdap-tasks-{}", std::process::id()));
    let name = file.display();
    session.silent("let also = 1;");
    session.silent(&format!("tokio::spawn(async {{ after(400).await; std::fs::write(\"{name}\", \"\") }});"));
    session.expect("also", "1");
    session::until("written", || file.exists());
    std::fs::remove_file(&file).unwrap();
    // Once it has ended, nothing is lost.
    session::until("two processes", || session::cell_processes().len() == 2);
    session.fails("std::process::exit(3)");
    session.expect("also", "1");
    session.silent("tokio::spawn(after(100_000));");
    let error = session.fails("std::process::exit(3)");
    assert!(
        failure(&error).contains("since threads of earlier cells still ran") && failure(&error).contains("Lost: also, array,"),
        "{error:?}"
    );
    session.expect("trmm.mean.sum()", "60.0");
    session.silent(":clear");
    session.expect("let n: usize = \"1000\".parse()?;\nvec![1; n]", "[1, 1, 1, 1, 1, …, 1, 1, 1, 1, 1] (1000 elements)");
}

pub(crate) fn once_threads_have_ended_nothing_is_lost_again(session: &mut Session) {
    session.silent("let kept = 1;");
    session.silent("std::thread::spawn(|| std::thread::sleep(std::time::Duration::from_millis(500)));");
    session::until("two processes", || session::cell_processes().len() == 2);
    let error = session.fails("std::process::exit(3)");
    assert!(failure(&error).contains("as it was before this cell"), "{error:?}");
    session.expect("kept", "1");
}

pub(crate) fn nothing_is_left_of_a_kernel_or_a_host_that_was_killed(_: &mut Session) {
    for victim in [session::Victim::Kernel, session::Victim::Host] {
        let kernel = session::kill_while_looping(victim);
        session::until("ended", || session::cell_processes().is_empty());
        drop(kernel);
        session::until("all gone", || session::own_processes().is_empty());
    }
}
