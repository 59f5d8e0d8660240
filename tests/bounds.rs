//! Bad input has a bound: whatever a file of at most 1 MB says, etlctl answers with the place of what
//! is wrong, in little memory. And no number is taken for another than the one that stands there.

mod common;

use std::process::Command;

use common::project::{Project, Run};

const HEAD: &str = "stack: s\nregion: us-east-1\nenvironments: { dev: {} }\n";
/// Address space of a run, in KB. Every file here asks for a multiple of it, or for no end.
const MOST_MEMORY: u64 = 400_000;
/// Processor time of a run of a debug build, in seconds: it is killed after it, however busy the machine is.
const MOST_TIME: u64 = 20;

/// `validate` with no more memory than [`MOST_MEMORY`] and no more time than [`MOST_TIME`].
fn bounded(project: &Project, args: &[&str]) -> Run {
    let plain = project.command(["validate"]);
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("ulimit -v {MOST_MEMORY}; ulimit -t {MOST_TIME}; exec \"$0\" \"$@\""))
        .arg(plain.get_program())
        .arg("validate")
        .args(args);
    command.current_dir(project.path()).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    // A thread of glibc reserves 64 MB of addresses otherwise, used or not.
    command.env("MALLOC_ARENA_MAX", "1").env("HOME", project.path());
    Run::of(&mut command)
}

/// Variables of which each is `times` times the one before.
fn doubling(lines: usize, first: &str, next: impl Fn(&str) -> String) -> String {
    let line = |n: usize| format!("  v{n}: {}\n", next(&format!("${{v{}}}", n - 1)));
    format!("{HEAD}variables:\n  v0: {first}\n{}", (1..=lines).map(line).collect::<String>())
}

#[test]
fn what_grows_without_measure_is_refused_in_little_memory() {
    let long = "x".repeat(500_000);
    let twice = |v: &str| format!("\"{v}{v}\"");
    let used = |times: usize| format!("tags:\n{}", (0..times).map(|n| format!("  t{n}: \"a${{v}}\"\n")).collect::<String>());
    let functions: String = (0..20_000).map(|n| format!("  f{n}: {{}}\n")).collect();
    let queues: String = (0..30_000).map(|n| format!("  q{n}: {{}}\n")).collect();
    let one_line = (0..20_000).map(|n| format!("q{n}: {{ a: 1 }}")).collect::<Vec<_>>().join(", ");
    let environments: String = (0..2_000).map(|n| format!("  e{n}: {{}}\n")).collect();
    let chain = |n: usize| (1..=n).map(|n| format!("  v{n:05}: ${{v{:05}}}\n", n - 1)).collect::<String>();
    let deep_list = |n: usize| doubling(n, "[x]", |v| format!("[[[[[[[[[[\"{v}\"]]]]]]]]]]")) + "tags: { A: \"${v9}\" }\n";
    let aliases = |first: &str, times: usize| format!("{HEAD}variables:\n  a: &a {first}\n  b: [{}]\n", vec!["*a"; times].join(", "));
    let merges = (1..=30).map(|n| format!("  m{n}: &m{n} {{ <<: [*m{0}, *m{0}], k{n}: [*m{0}, *m{0}] }}\n", n - 1)).collect::<String>();
    let cases: Vec<(&str, String, &str)> = vec![
        ("26 lines of doubling", doubling(26, "xxxxxxxxxxxxxxxx", twice), "larger than 4 MB"),
        ("60 lines of doubling", doubling(60, "x", twice), "larger than 4 MB"),
        ("doubling that nobody uses but one key", doubling(40, "x", twice) + "tags: { A: \"${v1}\" }\n", "larger than 4 MB"),
        ("lists that double", doubling(40, "[x]", |v| format!("[\"{v}\", \"{v}\"]")), "larger than 4 MB"),
        ("mappings that double", doubling(40, "{ a: x }", |v| format!("{{ a: \"{v}\", b: \"{v}\" }}")), "larger than 4 MB"),
        ("lists deep in lists", deep_list(9), "nested more than 64 deep"),
        ("one long value, often", format!("{HEAD}variables: {{ v: {long} }}\n{}", used(5_000)), "larger than 4 MB"),
        (
            "one long value, often in one text",
            format!("{HEAD}variables:\n  v: {long}\n  w: \"{}\"\n", "${v}".repeat(50_000)),
            "larger than 4 MB",
        ),
        ("a long chain", format!("{HEAD}variables:\n  v00000: x\n{}", chain(20_000)), "more than 64 deep"),
        ("a long circle", format!("{HEAD}variables:\n  v00000: ${{v20000}}\n{}", chain(20_000)), "refer to each other"),
        ("a circle of one", format!("{HEAD}variables: {{ a: \"x${{a}}\" }}\n"), "refer to each other: a → a"),
        ("a circle in a list", format!("{HEAD}variables: {{ a: [\"${{b}}\"], b: {{ c: \"${{a}}\" }} }}\n"), "refer to each other"),
        ("aliases of a long text", aliases(&long, 5_000), "aliases"),
        ("aliases of a long list", aliases(&format!("[{}]", vec!["x"; 50_000].join(", ")), 5_000), "aliases"),
        ("an alias of itself", format!("{HEAD}tags: &a {{ b: *a }}\n"), "not valid YAML"),
        ("merge keys that double", format!("{HEAD}variables:\n  m0: &m0 {{ k0: [x, x, x, x] }}\n{merges}"), "not valid YAML"),
        ("lists in lists", format!("{HEAD}tags: {}", "[".repeat(500_000)), "not valid YAML"),
        (
            "mappings in mappings",
            format!("{HEAD}tags:\n{}", (1..1_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>()),
            "not valid YAML",
        ),
        ("open variables", format!("{HEAD}tags: {{ A: \"{}\" }}\n", "${".repeat(400_000)), ""),
        ("nested variables", format!("{HEAD}tags: {{ A: \"{}{}\" }}\n", "${a".repeat(200_000), "}".repeat(200_000)), "unknown variable"),
        ("escapes", format!("{HEAD}tags: {{ A: \"{}\" }}\n", "$${a}".repeat(150_000)), ""),
        (
            "long defaults of many functions",
            format!("{HEAD}defaults: {{ function: {{ description: {long} }} }}\nfunctions:\n{functions}"),
            "larger than 32 MB",
        ),
        ("long tags of many queues", format!("{HEAD}tags: {{ A: {long} }}\nqueues:\n{queues}"), "larger than 32 MB"),
        ("a long pattern of many names", format!("{HEAD}naming: \"${{name}}{long}\"\nqueues:\n{queues}"), "no name of AWS"),
        ("many mistakes", format!("{HEAD}queues:\n{}", queues.replace("{}", "{ a: 1 }")), "and 29995 more"),
        ("many mistakes in a line", format!("{HEAD}queues: {{ {} }}\n", one_line), "and 19995 more"),
        ("many environments", format!("{HEAD}{environments}").replace("{ dev: {} }\n", "\n  dev: {}\n"), ""),
    ];
    let mut problems = Vec::new();
    for (name, text, wanted) in &cases {
        assert!(text.len() < 1024 * 1024, "{name} is refused for its size");
        let run = bounded(&Project::new(text), &[]);
        let has_place = run.err.contains("stack.yaml:") && run.err.contains("E001");
        let refused = run.code == 3 && run.err.contains(wanted) && has_place;
        // What is harmless, or wrong by a rule, need not be refused here; it must only end.
        if !(refused || wanted.is_empty() && [0, 3].contains(&run.code)) || run.err.len() > 50_000 {
            problems.push(format!("{name}: exit {}, {}", run.code, run.err.chars().take(400).collect::<String>()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_long_value_of_the_command_line_is_bounded_too() {
    let uses: String = (0..100).map(|n| format!("  t{n}: \"a${{v}}\"\n")).collect();
    let project = Project::new(&format!("{HEAD}variables: {{ v: x, w: {{ from_env: LONG, default: y }} }}\ntags:\n{uses}"));
    let set = format!("v={}", "x".repeat(120_000));
    bounded(&project, &["--set", &set]).exits(3).tells(&["larger than 4 MB", "stack.yaml:"]);
    // And it is text: what looks like a variable in it is none.
    let project = Project::new(&format!("{HEAD}variables: {{ v: x }}\ntags: {{ A: \"${{v}}\" }}\n"));
    project.run(["validate", "--set", "v=${v}${nobody}$${x}"]).exits(0);
}

/// What stands under `tags`, and under a key that takes a number.
fn both(spelling: &str) -> [Run; 2] {
    let text = Project::new(&format!("{HEAD}queues: {{ q: {{ tags: {{ T: {spelling} }} }} }}\n"));
    let number = Project::new(&format!("{HEAD}queues: {{ q: {{ max_message_size: {spelling} }} }}\n"));
    [text, number].map(|project| project.run(["validate"]))
}

#[test]
fn a_number_is_the_one_that_stands_there_or_refused() {
    // Spelling, whether it is taken as text, whether as a number.
    for (spelling, as_text, as_number) in [
        ("2048", true, true),
        ("\"2048\"", true, true),
        ("\"+2048\"", true, true),
        ("0x800", false, false),
        ("0X800", false, false),
        ("0o4000", false, false),
        ("0b100000000000", false, false),
        ("2_048", false, false),
        ("+2048", false, false),
        ("02048", false, false),
        ("\"02048\"", true, false),
        ("\"0x800\"", true, false),
        ("2048.0", false, false),
        ("2.048e3", false, false),
        ("1.10", false, false),
        (".5", false, false),
        ("1e3", false, false),
        (".inf", true, false),
        (".nan", true, false),
        ("12345678901234567890123", false, false),
        ("-12345678901234567890123", false, false),
        ("012345678901", false, false),
        ("111122223333", true, false),
        ("-0", false, false),
        ("yes", true, false),
        ("on", true, false),
        ("True", false, false),
        ("FALSE", false, false),
        ("true", true, false),
        ("null", false, true),
        ("~", false, true),
        ("\"~\"", true, false),
        ("2027-01-31", true, false),
        ("12:30:45", true, false),
    ] {
        let [text, number] = both(spelling);
        for (run, taken, what) in [(text, as_text, "text"), (number, as_number, "a number")] {
            assert_eq!(run.code == 0, taken, "{spelling} as {what}\n{run}");
            let says = run.err.contains("quotes") || run.err.contains("write ") || run.err.contains("whole number");
            assert!(taken || run.code == 3 && run.err.contains("stack.yaml:4:") && says, "{spelling} as {what}\n{run}");
        }
    }
}

#[test]
fn a_variable_keeps_the_digits_of_a_number() {
    let file = |value: &str, text: &str| Project::new(&format!("{HEAD}variables: {{ v: {value} }}\ntags: {{ T: \"{text}\" }}\n"));
    for value in ["1.10", "1e3", "0x1F", "007", "~", "True"] {
        for text in ["v${v}", "${v}"] {
            file(value, text).run(["validate"]).exits(3).tells(&["stack.yaml:", "E001"]);
        }
    }
    file("110", "v${v}").run(["validate"]).exits(0);
    file("\"1.10\"", "v${v}").run(["validate"]).exits(0);
}

/// What is wrong with a scalar is told with the scalar, and the rest of the file is shown as it is.
#[test]
fn a_number_that_is_refused_is_told_as_it_stands_and_a_secret_is_not() {
    let with = |name: &str, value: &str| {
        Project::new(&format!(
            "{HEAD}functions:\n  f:\n    source: ../handlers/work\n    runtime: nodejs22.x\n    handler: index.handler\n    \
             environment:\n      {name}: {value}\n"
        ))
    };
    for value in ["0x1F", "0o17", "1_0", "+256"] {
        with("SIZE", value)
            .run(["validate"])
            .exits(3)
            .tells(&[&format!("`{value}` is a number"), &format!("write \"{value}\" where text")]);
        let run = with("DB_PASSWORD", value).run(["validate"]).exits(3).tells(&["(sensitive)"]);
        assert!(!run.err.contains(value), "{run}");
    }
}

#[test]
fn keys_keep_their_spelling() {
    let project = Project::new(&format!(
        "{HEAD}functions: {{ f: {{ source: ../handlers/work, runtime: nodejs22.x, handler: index.handler, environment: {{ 0x1F: a }} }} }}\n"
    ));
    project.run(["validate"]).exits(3).tells(&["no environment variable `0x1F`"]);
    let project = Project::new(&format!("{HEAD}variables: {{ a: b }}\nqueues: {{ q: {{ tags: {{ \"x${{a}}\": y }} }} }}\n"));
    project.run(["validate"]).exits(3).tells(&["a key holds no variable", "`$${a}` is the text itself"]);
}
