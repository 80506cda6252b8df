//! What is compiled, and what is not compiled again.

use crate::session::{Session, cache};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Each session learns from cargo first, and keeps what it compiles then.
const SESSIONS_UNTIL_KEPT: usize = 2;

pub(crate) fn a_cell_that_was_compiled_before_is_not_compiled_again(_: &mut Session) {
    let run = || {
        let mut session = Session::start();
        session.silent("let far: i32 = 20;");
        session.expect("far + 22", "42");
        assert_eq!(session.fails("far + \"text\"").name, "error[E0277]");
    };
    (0..SESSIONS_UNTIL_KEPT).for_each(|_| run());
    let kept = kept_cells();
    assert!(!kept.is_empty());
    run();
    assert_eq!(kept_cells(), kept);
}

pub(crate) fn a_cell_is_compiled_once_for_all_places_that_mean_the_same(_: &mut Session) {
    let mut session = Session::start();
    session.silent("let base = 40; let offset = 2; let base_of_all = vec![1];");
    let cells = ["base + offset", "let sum = base * 3; sum - 1", "fn tripled(n: i32) -> i32 { 3 * n }\ntripled(base)"];
    for _ in 0..2 {
        for cell in cells {
            session.shows(cell);
        }
    }
    let kept = kept_cells();
    session.silent("let unrelated_to_them = 1; let other = String::new();");
    let newer = kept_cells().len() - kept.len();
    session.expect(cells[0], "42");
    session.expect(cells[1], "119");
    session.expect(cells[2], "120");
    assert_eq!(kept_cells().len() - kept.len(), newer, "nothing was compiled again");
    session.silent("let base = 40_i64; let offset = 3_i64;");
    session.expect(cells[0], "43");
    let error = session.fails("let base = 1;\n\n[1][base + offset as usize]");
    assert_eq!(error.value, "index out of bounds: the len is 1 but the index is 4 (line 3)");
    session.silent("let one_more = 1;");
    let error = session.fails("let base = 1;\n\n[1][base + offset as usize]");
    assert_eq!(error.value, "index out of bounds: the len is 1 but the index is 4 (line 3)", "a library from memory has the same lines");
}

pub(crate) fn what_a_cell_reads_when_it_is_compiled_is_read_again(_: &mut Session) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("note.txt");
    for text in ["one", "two", "three", "four"] {
        fs::write(&file, text).unwrap();
        Session::start().expect(&format!("include_str!({:?})", file.display().to_string()), &format!("{text:?}"));
    }
}

pub(crate) fn a_type_that_the_text_says_is_what_rustc_would_say(session: &mut Session) {
    session.silent("let evident = vec![1, 2, 3];");
    session.silent("let narrow = vec![1, 2, 3]; { let bytes: &[u8] = &narrow; assert_eq!(bytes.len(), 3); }");
    session.silent("struct Own; let words = \"a b\".to_owned();");
    session.expect(
        "(std::any::type_name_of_val(&evident), std::any::type_name_of_val(&narrow), words.len())",
        "(\"alloc::vec::Vec<i32>\", \"alloc::vec::Vec<u8>\", 3)",
    );
}

/// The libraries that were kept, and when each was written.
fn kept_cells() -> BTreeMap<PathBuf, SystemTime> {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    let cells = entries(&cache().join("rust-cells")).into_iter().flat_map(|root| entries(&root.join("memory/cells")));
    let libraries = cells.filter(|file| file.extension().is_some_and(|end| end == "so"));
    libraries.map(|file| (file.clone(), fs::metadata(file).unwrap().modified().unwrap())).collect()
}
