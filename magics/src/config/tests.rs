use super::*;
use crate::defaults::Source;

/// What a file of this text and these variables say.
fn read(text: &str, variables: &[(&str, &str)]) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, text).unwrap();
    let mut config = Config::read(Some(&file), variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let shown = file.display().to_string();
    config.troubles.iter_mut().for_each(|trouble| *trouble = trouble.replace(&shown, "FILE"));
    config
}

fn held(config: &Config, setting: Setting) -> (&str, &Source) {
    let held = &config.settings[&setting];
    (&held.value, &held.source)
}

#[test]
fn a_file_sets_what_holds_and_names_targets() {
    let config = read(
        "target = 'lab'\nbox = [-170, -5, -120, 5]\ntime = '2007/2009'\ntimeout = 90\nlimit = '5M'\ncache = true\nquiet = false\nmemory = '2GiB'\n\
         [targets.lab]\nurl = 'https://example.org/nexus'\ntoken_env = 'LAB_TOKEN'\nca = 'lab.pem'\ninsecure = true\n\
         [targets.mine]\nurl = 'http://localhost:8083'\nuser = 'ann'\npassword_env = 'MINE'\n",
        &[],
    );
    assert_eq!(config.troubles, Vec::<String>::new());
    assert_eq!(held(&config, Setting::Box), ("-170,-5,-120,5", &Source::File));
    assert_eq!(held(&config, Setting::Cache).0, "on");
    assert_eq!(held(&config, Setting::Quiet).0, "off");
    assert_eq!(held(&config, Setting::Timeout).0, "90");
    assert_eq!(config.memory(), Some(2 << 30));
    let lab = &config.targets["lab"];
    assert_eq!((&lab.login, lab.insecure), (&Credentials::Token("LAB_TOKEN".into()), true));
    assert!(lab.ca.as_ref().unwrap().is_absolute(), "a certificate counts from the folder of the file");
    assert_eq!(config.targets["mine"].login.told(), "ann, password of MINE");
}

#[test]
fn a_variable_goes_before_the_file_and_an_empty_one_says_nothing() {
    let config =
        read("box = 'nino34'\ntimeout = 90\n", &[("SDAP_BOX", "nino12"), ("SDAP_TIMEOUT", " "), ("SDAP_CACHE", "1"), ("OTHER", "x")]);
    assert_eq!(held(&config, Setting::Box), ("nino12", &Source::Variable("SDAP_BOX".into())));
    assert_eq!(held(&config, Setting::Timeout).0, "90");
    assert_eq!(held(&config, Setting::Cache).0, "on");
}

#[test]
fn variables_name_targets_and_hold_their_tokens() {
    let config = read("", &[("SDAP_TARGETS", "lab=https://example.org, mine-2=http://localhost:8083"), ("SDAP_TOKEN_MINE_2", "hunter2")]);
    assert_eq!(config.targets["lab"].login, Credentials::None);
    assert_eq!(config.targets["mine-2"].login, Credentials::Token("SDAP_TOKEN_MINE_2".into()));
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_disturbs_nothing_else() {
    let config = read(
        "box = 'nino34'\ntimeot = 5\ntimeout = 'soon'\nlimit = -1\nmemory = 'much'\nquiet = 'maybe'\n\
         [targets.a]\ntoken_env = 'T'\n[targets.b]\nurl = 'https://b'\ntoken = 'hunter2'\n[targets.c]\nurl = 'https://c'\nuser = 'ann'\n\
         [targets.d]\nurl = 'https://d'\nnetrc = true\ncookie_env = 'C'\n[targets.e]\nurl = 'https://e'\nurll = 1\n[targets.embedded]\nurl = 'https://f'\n",
        &[("SDAP_TIMOUT", "5"), ("SDAP_TARGETS", "https://g"), ("SDAP_ELSEWHERE", "x"), ("SDAP_CONFIG", "/no/such.toml")],
    );
    assert_eq!(held(&config, Setting::Box).0, "nino34");
    assert_eq!(config.targets.keys().collect::<Vec<_>>(), ["e"]);
    assert!(!config.troubles.iter().any(|t| t.contains("hunter2")));
    insta::assert_snapshot!(config.troubles.join("\n"));
}

#[test]
fn a_variable_of_another_program_is_like_none_though_it_begins_alike() {
    let meant = |name: &str| read("", &[(name, "x")]).troubles.join("");
    for other in ["SDAP_FOO", "SDAP_HOME", "SDAP_URL", "SDAP_CORE", "SDAP_X"] {
        assert_eq!(meant(other), "", "{other}");
    }
    assert_eq!(meant("SDAP_CACHE_DIRS"), "SDAP_CACHE_DIRS means nothing here; did you mean SDAP_CACHE_DIR?");
    assert_eq!(meant("SDAP_LOGS"), "SDAP_LOGS means nothing here; did you mean SDAP_LOG?");
}

#[test]
fn a_file_that_is_no_toml_says_where_and_leaves_everything_as_it_was() {
    let config = read("box = 'nino34'\n\ntime = = 3\n", &[("SDAP_TIMEOUT", "5")]);
    assert_eq!(config.settings.keys().copied().collect::<Vec<_>>(), [Setting::Timeout]);
    assert!(
        config.troubles[0].starts_with("the config file FILE cannot be read, and nothing of it holds: line 3: "),
        "{:?}",
        config.troubles
    );
    assert_eq!(Config::read(Some(Path::new("/no/such/config.toml")), []).troubles, Vec::<String>::new());
}

proptest::proptest! {
    #[test]
    fn any_file_and_any_variable_is_read_or_told_of(text in "\\PC{0,60}|(target|box|timeout|\\[targets\\.a\\]|url|=|'|\"|\n|[0-9a-z .]){0,40}", value in "\\PC{0,20}") {
        let _ = read(&text, &[("SDAP_BOX", &value), ("SDAP_LIMIT", &value), ("SDAP_TARGETS", &value), ("SDAP_MEMORY", &value)]);
    }
}
