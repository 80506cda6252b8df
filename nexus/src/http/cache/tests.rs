//! What is kept, for whom, and what becomes of it.

use super::*;
use crate::Secret;
use std::fs::File;
use std::io::{Read, Write};

fn cache(max_bytes: u64) -> (tempfile::TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(&folder.path().join("answers"), max_bytes).unwrap();
    (folder, cache)
}

fn place(cache: &Cache, path: &str) -> Place {
    let asked = Url::parse(&format!("https://example.org{path}")).unwrap();
    cache.place("https://example.org", &Auth::None, &asked, path).unwrap()
}

fn keep(place: &Place, body: &str) {
    let mut draft = place.draft(200, "application/json").unwrap();
    body.as_bytes().chunks(3).for_each(|piece| draft.add(piece));
    draft.keep();
}

fn read(place: &Place) -> Option<String> {
    let mut kept = place.kept()?;
    let mut text = String::new();
    kept.read_to_string(&mut text).unwrap();
    kept.is_sound().then_some(text)
}

fn files(cache: &Cache) -> usize {
    fs::read_dir(&cache.0.path).unwrap().count()
}

#[test]
fn what_is_kept_is_read_again_with_what_is_said_of_it() {
    let (_folder, cache) = cache(1000);
    let place = place(&cache, "/map?a=1");
    assert!(read(&place).is_none());
    keep(&place, "[1, 2]");
    assert_eq!(read(&place).unwrap(), "[1, 2]");
    let kept = place.kept().unwrap();
    assert_eq!((kept.status, kept.content_type.as_str(), kept.length), (200, "application/json", 6));
    assert!(kept.age < Duration::from_mins(1));
    cache.clear().unwrap();
    assert!(read(&place).is_none() && cache.bytes() == 0);
}

#[test]
fn a_draft_that_is_dropped_leaves_nothing() {
    let (_folder, cache) = cache(1000);
    let place = place(&cache, "/map");
    let mut draft = place.draft(200, "").unwrap();
    draft.add(b"[1,");
    assert_eq!(files(&cache), 1);
    drop(draft);
    assert_eq!(files(&cache), 0);
    keep(&place, &"x".repeat(1001));
    assert_eq!(files(&cache), 0, "it is longer than the whole cache");
}

#[test]
fn a_broken_entry_is_no_entry_and_goes() {
    let (_folder, cache) = cache(1000);
    let place = place(&cache, "/map");
    keep(&place, "[1.5, 2.5]");
    let whole = fs::read(&place.file).unwrap();
    let mut flipped = whole.clone();
    let at = whole.len() - 15;
    flipped[at] ^= 1;
    let longer = [whole.as_slice(), b"x"].concat();
    for broken in [&flipped, &longer, &whole[..whole.len() - 1].to_vec(), &whole[..5].to_vec(), &Vec::new(), &vec![0xff; 90]] {
        fs::write(&place.file, broken).unwrap();
        assert!(read(&place).is_none());
        assert!(!place.file.exists(), "it is removed");
    }
    fs::write(&place.file, &whole).unwrap();
    assert!(read(&place).is_some());
}

#[test]
fn those_used_least_recently_make_room() {
    let (_folder, cache) = cache(1000);
    let places: Vec<Place> = (0..4).map(|i| place(&cache, &format!("/map?i={i}"))).collect();
    for (i, place) in places.iter().enumerate().take(3) {
        keep(place, &"x".repeat(250));
        let long_ago = SystemTime::now() - Duration::from_secs(1000 - i as u64);
        File::open(&place.file).unwrap().set_modified(long_ago).unwrap();
    }
    assert!(read(&places[0]).is_some(), "the oldest is used, and so the next one goes");
    keep(&places[3], &"x".repeat(250));
    assert!(cache.bytes() <= 1000);
    assert_eq!(places.iter().map(|p| p.file.exists()).collect::<Vec<_>>(), [true, false, true, true]);
}

#[test]
fn requests_are_told_apart_by_what_matters_and_by_nothing_else() {
    let name = |auth: &Auth, path: &str| key("https://example.org", auth, &Url::parse(&format!("https://example.org{path}")).unwrap());
    let plain = name(&Auth::None, "/map?b=1%2C2&a=x");
    assert_eq!(plain, name(&Auth::None, "/map?a=x&b=1,2"));
    let header = |name: &str| Auth::Header { name: name.into(), value: Secret::new("x") };
    let others = [
        name(&Auth::None, "/map?a=x&b=1,3"),
        name(&Auth::None, "/map2?a=x&b=1,2"),
        name(&Auth::Bearer(Secret::new("x")), "/map?a=x&b=1,2"),
        name(&Auth::Cookie(Secret::new("x")), "/map?a=x&b=1,2"),
        name(&header("A"), "/map?a=x&b=1,2"),
        name(&header("B"), "/map?a=x&b=1,2"),
        key("https://else.org", &Auth::None, &Url::parse("https://example.org/map?a=x&b=1,2").unwrap()),
    ];
    let mut all: Vec<&String> = others.iter().chain([&plain]).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 8);
    let twice = |path: &str| name(&Auth::None, path);
    assert_ne!(twice("/map?metadataFilter=a&metadataFilter=b"), twice("/map?metadataFilter=b&metadataFilter=a"));
}

#[test]
fn a_folder_that_cannot_be_used_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Cache::open(file.path(), 1).unwrap_err().to_string();
    assert!(error.starts_with("the cache folder ") && error.contains(" cannot be used: "), "{error}");
}

#[test]
fn several_writers_leave_one_whole_entry() {
    let (_folder, cache) = cache(10_000_000);
    let place = place(&cache, "/map");
    std::thread::scope(|scope| {
        for digit in 0..4 {
            let place = &place;
            scope.spawn(move || {
                for _ in 0..20 {
                    keep(place, &digit.to_string().repeat(100_000));
                    if let Some(text) = read(place) {
                        assert!(text.len() == 100_000 && text.bytes().all(|b| b == text.as_bytes()[0]));
                    }
                }
            });
        }
    });
    assert_eq!(files(&cache), 1);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, cache) = cache(1000);
    let place = place(&cache, "/map?token=hunter2");
    keep(&place, "[1]");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&cache.0.path), mode(&place.file)), (0o700, 0o600));
    let mut shown = Vec::new();
    write!(shown, "{} {cache:?}", place.file.display()).unwrap();
    shown.extend(fs::read(&place.file).unwrap());
    assert!(!String::from_utf8_lossy(&shown).contains("hunter2"));
}

#[test]
fn ages_are_told_as_people_tell_them() {
    for (seconds, told) in [(3, "3 s"), (200, "3 min"), (7300, "2 h"), (400_000, "4 days")] {
        assert_eq!(ago(Duration::from_secs(seconds)), format!("cached {told} ago"));
    }
}
