//! Outputs arrive in a shell, in dotenv readers and in GitHub's files as they are. That no character
//! acts on a terminal is tested beside the local AWS, in lifecycle/test_escapes.py.

use std::process::Command;

use etlctl::testing::report::assignments::{Reader, render};

/// Values that a careless quoting would run, cut or lose.
fn values() -> Vec<String> {
    let mut values: Vec<String> = [
        "plain",
        "",
        " spaces ",
        "$(touch ran)",
        "`touch ran`",
        "${HOME}",
        "$HOME",
        "a;touch ran",
        "a&&touch ran",
        "a|b",
        "!x",
        "#c",
        "a#b",
        "a\nb=1",
        "a\n\nEND\nx",
        "it's",
        "\"quoted\"",
        "back\\slash",
        "\\n",
        "\t",
        "a'$(touch ran)'b",
        "~",
        "*",
        "=",
        "a=b",
        "<<END",
        "ü→数",
        "'",
        "'\"`$\\",
        "\\\\host",
        "x\\",
    ]
    .map(str::to_owned)
    .to_vec();
    // Everything that can be typed, twice in all pairs with quotes.
    values.extend((32_u8..127).map(|byte| format!("a{}b", char::from(byte))));
    values.extend((32_u8..127).map(|byte| format!("'{}\"", char::from(byte))));
    values
}

fn pairs() -> Vec<(String, String)> {
    values().into_iter().enumerate().map(|(number, value)| (format!("v{number}"), value)).collect()
}

/// The variables that a program in `folder` printed, each ended by NUL.
fn said(folder: &std::path::Path, program: &str, args: &[&str]) -> Vec<String> {
    let output = Command::new(program).args(args).current_dir(folder).env_clear().env("PATH", std::env::var_os("PATH").unwrap()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(!folder.join("ran").exists(), "{program} ran a value");
    String::from_utf8(output.stdout).unwrap().split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn a_shell_gets_every_value_and_runs_none() {
    let folder = tempfile::tempdir().unwrap();
    let outputs = pairs();
    std::fs::write(folder.path().join("out.sh"), render(outputs.iter(), Reader::Shell).unwrap()).unwrap();
    let print: String = outputs.iter().map(|(name, _)| format!("printf '%s\\0' \"${name}\"\n")).collect();
    let expected: Vec<String> = outputs.iter().map(|(_, value)| value.clone()).collect();
    for (shell, way) in [("sh", "eval \"$(cat out.sh)\""), ("bash", "eval \"$(cat out.sh)\""), ("bash", ". ./out.sh")] {
        assert_eq!(said(folder.path(), shell, &["-c", &format!("{way}\n{print}")]), expected, "{shell} {way}");
    }
}

#[test]
fn dotenv_readers_agree_on_every_value_that_is_not_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut taken, mut refused) = (Vec::new(), 0);
    for pair in pairs() {
        if render([&pair].into_iter(), Reader::Dotenv).is_ok() {
            taken.push(pair);
        } else {
            refused += 1;
        }
    }
    assert!(taken.len() > 120 && refused > 0, "{} are taken", taken.len());
    std::fs::write(folder.path().join(".env"), render(taken.iter(), Reader::Dotenv).unwrap()).unwrap();
    let expected: Vec<String> = taken.iter().map(|(_, value)| value.clone()).collect();
    let print: String = taken.iter().map(|(name, _)| format!("printf '%s\\0' \"${name}\"\n")).collect();
    for shell in ["sh", "bash"] {
        assert_eq!(said(folder.path(), shell, &["-c", &format!(". ./.env\n{print}")]), expected, "{shell}");
    }
    // Node has a reader of its own since 20.12.
    let script = "const read = require('util').parseEnv(require('fs').readFileSync('.env', 'utf8'));\
                  for (const name of process.argv.slice(1)) process.stdout.write(read[name] + '\\0');";
    let names: Vec<&str> = taken.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(said(folder.path(), "node", &[&["-e", script, "--"][..], &names].concat()), expected, "node");
}

/// The rules of the runner's file commands: a line `name=value`, or `name<<WORD` up to that word.
fn github_reads(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut lines = text.split('\n');
    while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
        match (line.find('='), line.find("<<")) {
            (Some(equals), heredoc) if heredoc.is_none_or(|at| equals < at) => values.push(line[equals + 1..].to_owned()),
            (_, Some(at)) => {
                let word = &line[at + 2..];
                let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != word).collect();
                values.push(inside.join("\n"));
            }
            _ => panic!("neither form: {line}"),
        }
    }
    values
}

#[test]
fn github_gets_every_value() {
    let outputs = pairs();
    let expected: Vec<String> = outputs.iter().map(|(_, value)| value.clone()).collect();
    assert_eq!(github_reads(&render(outputs.iter(), Reader::Github).unwrap()), expected);
}
