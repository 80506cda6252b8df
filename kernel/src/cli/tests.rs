//! The words of the command line, as a user reads them.

use super::CommandLine;
use clap::{CommandFactory, Parser};

fn said(line: &str) -> String {
    CommandLine::try_parse_from(line.split(' ')).expect_err("the line should not parse").to_string()
}

#[test]
fn the_definition_is_sound() {
    CommandLine::command().debug_assert();
}

#[test]
fn help_tells_every_command() {
    insta::assert_snapshot!(said("sdap-kernel --help"));
}

#[test]
fn each_command_has_its_help() {
    let commands = ["install", "uninstall", "start", "run", "lab", "serve", "doctor"];
    let texts = commands.map(|name| format!("$ sdap-kernel {name} --help\n{}", said(&format!("sdap-kernel {name} --help"))));
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn errors_say_what_was_given_and_what_was_expected() {
    let lines = [
        "sdap-kernel instal",
        "sdap-kernel install --user --prefix /opt",
        "sdap-kernel install --name SDAP",
        "sdap-kernel install --name ../etc",
        "sdap-kernel run",
        "sdap-kernel run a.ipynb --to pdf",
        "sdap-kernel run a.ipynb --timeout 0",
        "sdap-kernel start",
        "sdap-kernel serve --listen 8083",
        "sdap-kernel lab a b",
    ];
    insta::assert_snapshot!(lines.map(|line| format!("$ {line}\n{}", said(line))).join("\n"));
}

#[test]
fn start_takes_the_short_form_that_other_kernels_take() {
    let parsed = CommandLine::try_parse_from(["sdap-kernel", "start", "-f", "connection.json"]).unwrap();
    assert!(
        matches!(parsed.command, super::Command::Start { connection_file } if connection_file == std::path::Path::new("connection.json"))
    );
}
