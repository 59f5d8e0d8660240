//! Characters that act on a terminal reach none raw: from files, from live AWS, from the command line
//! and from answers of AWS; and outputs arrive in a shell, in dotenv readers and in GitHub's files as
//! they are.

mod common;

use std::process::{Command, Stdio};

use common::local_aws;
use common::project::Project;
use common::proxy::{Fault, Proxy, Rule};
use etlctl::testing::report::assignments::{Reader, render};
use etlctl::testing::report::escape::acts;

/// A form, and how it stands in a double-quoted text of YAML.
const FORMS: [(&str, &str); 10] = [
    ("\u{1b}[38;5;99m", "\\e[38;5;99m"),
    ("\u{1b}]0;title\u{7}", "\\e]0;title\\a"),
    ("\u{1b}[2J", "\\e[2J"),
    ("\u{9b}31m", "\\x9b31m"),
    ("over\rwritten", "over\\rwritten"),
    ("back\u{8}", "back\\b"),
    ("\u{202e}gnp.exe", "\\u202egnp.exe"),
    ("\u{2066}\u{2069}\u{200f}", "\\u2066\\u2069\\u200f"),
    ("zero\u{200b}\u{feff}", "zero\\u200b\\ufeff"),
    ("tag\u{e0041}\u{7f}", "tag\\U000e0041\\x7f"),
];

fn stack(written: &str) -> String {
    format!(
        "stack: acting\nregion: us-east-1\nenvironments: {{ dev: {{}} }}\nqueues:\n  jobs:\ntopics: {{ alerts: {{}} }}\n\
         functions:\n  work:\n    source: ../handlers/work\n    runtime: nodejs22.x\n    handler: index.handler\n    \
         description: \"x{written}\"\n    environment: {{ PLAIN: \"e{written}\", LINES: \"a\\n  + queue/forged\" }}\n\
         outputs: {{ plain: \"o{written}\", lines: \"a\\n  b = forged\" }}\n"
    )
}

/// Both streams as they are, byte for byte.
fn raw(project: &Project, account: &str, url: &str, args: &[&str]) -> (i32, String, String) {
    let mut command = project.command(args);
    command.env("AWS_ENDPOINT_URL", url).env("AWS_ACCESS_KEY_ID", account).env("AWS_SECRET_ACCESS_KEY", "test");
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn assert_quiet(channel: &str, text: &str) {
    // Our own styles: bold, dimmed, off and the sixteen colours.
    let mut left = text.to_owned();
    for code in ["0", "1", "2", "31", "32", "33", "34", "36", "91", "92", "93", "94", "96"] {
        left = left.replace(&format!("\u{1b}[{code}m"), "");
    }
    let raw: Vec<char> = left.chars().filter(|c| acts(*c)).collect();
    assert!(raw.is_empty(), "{channel} holds {raw:?}\n{left:?}");
}

#[test]
fn no_channel_lets_a_character_act() {
    let url = local_aws::endpoint();
    for some in FORMS.chunks(4) {
        let (form, written): (String, String) = some.iter().copied().unzip();
        let (form, written) = (form.as_str(), written.as_str());
        let account = local_aws::account();
        let project = Project::new(&stack(written));
        let run = |args: &[&str]| raw(&project, &account, url, args);
        let quiet = |args: &[&str]| {
            for color in ["always", "never"] {
                let (code, out, err) = run(&[args, &["--color", color]].concat());
                assert_quiet(&format!("{args:?} on stdout"), &out);
                assert_quiet(&format!("{args:?} on stderr"), &err);
                if color == "never" {
                    return (code, out, err);
                }
            }
            unreachable!("both colours were tried")
        };
        for format in ["text", "json", "sarif", "github"] {
            quiet(&["validate", "--format", format]);
        }
        quiet(&["graph"]);
        let refused = Project::new(&format!("{}tags: {{ \"T{written}\": \"{written}\" }}\nnope{form}: 1\n", stack(written)));
        let (_, out, err) = raw(&refused, &account, url, &["validate", "--color", "always"]);
        assert_quiet("what is refused", &format!("{out}{err}"));
        quiet(&["plan", "--stack", &format!("a{}", form.replace('\0', ""))]);
        quiet(&[&format!("--nope{form}")]);
        let (_, plan, _) = quiet(&["plan"]);
        let first: String = form.chars().filter(|c| acts(*c)).take(1).flat_map(char::escape_default).collect();
        assert!(plan.contains(&first) && plan.contains("environment.PLAIN: \"e"), "what acts is there to read: {first}\n{plan}");
        assert!(!plan.contains("\n  + queue/forged"), "a value makes no line of its own\n{plan}");
        let (_, json, _) = quiet(&["plan", "--format", "json"]);
        let document: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(document.to_string().contains(&serde_json::json!(form).to_string().trim_matches('"').to_owned()), "JSON keeps the text");
        let proxy = Proxy::start(url, vec![Rule::new("lambda:CreateFunction", Fault::Quoted)]);
        let (code, out, err) = raw(&project, &account, &proxy.url, &["apply", "--yes", "-vv"]);
        assert!(code != 0 && proxy.unspent().is_empty());
        assert_quiet("an answer of AWS that quotes the request", &format!("{out}{err}"));
        let (code, _, err) = quiet(&["apply", "--yes"]);
        assert_eq!(code, 0, "{err}");
        for format in ["text", "json"] {
            let (_, out, _) = quiet(&["outputs", "--format", format]);
            assert!(!out.contains("\n  b = forged"), "{out}");
        }
        // A program gets the value as it is.
        let (_, value, _) = run(&["outputs", "plain"]);
        assert_eq!(value, format!("o{form}\n"));
        // What is live and in no file any more, and live names that nobody of ours gave.
        project.write("desired-state/stack.yaml", stack("").replace("queues:\n  jobs:\n", ""));
        let (_, changed, _) = quiet(&["plan"]);
        assert!(changed.contains("- queue/acting-jobs-dev") && changed.contains(&first), "{changed}");
        quiet(&["destroy", "--yes"]);
    }
}

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

#[test]
fn an_output_that_cannot_be_written_is_an_error_and_nothing_is_printed() {
    let (account, url) = (local_aws::account(), local_aws::endpoint());
    for (outputs, format, told) in [
        ("1st: x", "shell", "`1st` is no name of a variable"),
        ("a-b: x, a_b: y", "dotenv", "`a-b` and `a_b` would both be a_b"),
        ("PATH: x", "github", "would set PATH"),
        ("a: \"it's $HOME\"", "dotenv", "cannot be written as dotenv"),
    ] {
        let project = Project::new(&format!("stack: s\nregion: us-east-1\nenvironments: {{ dev: {{}} }}\noutputs: {{ {outputs} }}\n"));
        let (code, out, err) = raw(&project, &account, url, &["outputs", "--format", format]);
        assert_eq!((code, out.as_str()), (64, ""), "{err}");
        assert!(err.contains(told) && err.contains("hint: "), "{err}");
        assert_eq!(raw(&project, &account, url, &["outputs", "--format", "json"]).0, 0);
    }
}
