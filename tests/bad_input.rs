//! What is wrong in a file is told with its place and its fix, by exit code 3, before anything is
//! asked of AWS.

mod common;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::project::{Project, Run};

const GOOD: &str = "\
stack: tiny
region: us-east-1
environments:
  dev: {}
variables:
  runtime: nodejs22.x
queues:
  dlq: { name: tiny-dlq }
defaults:
  function:
    role:
      managed_policies: [service-role/AWSLambdaBasicExecutionRole]
      policies: { dlq: [{ actions: [sqs:SendMessage], resources: ['*'] }] }
functions:
  work:
    source: ../handlers/work
    runtime: ${runtime}
    handler: index.handler
    memory: 256
    dead_letter_queue: dlq
";
const PUBLIC: &str = "url: { auth: none }\n    permissions: { FunctionURLAllowPublicAccess: «{ principal: s3.amazonaws.com } }";
const OTHER: &str = "  other: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler";

/// Words of the libraries and types that etlctl is made of: they help nobody who writes a file.
const INNER_WORDS: [&str; 5] = ["struct ", "DuplicateKeyPolicy", "from_str_multiple", "budget breached", "::"];

/// Stands before the place that the error has to name.
const HERE: char = '«';

fn edit(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old:?} is no part of the good file");
    GOOD.replace(old, new)
}

fn and(more: &str) -> String {
    format!("{GOOD}{more}\n")
}

/// Name, file, and what the message has to say: what is wrong and the way out.
fn cases() -> Vec<(&'static str, String, Vec<&'static str>)> {
    let other = |old: &str, new: &str, rest: &str| format!("{}{OTHER}{rest}\n", edit(old, new));
    vec![
        ("unknown key", edit("memory: 256", "«memry: 256"), vec!["unknown key `memry`", "did you mean `memory`?"]),
        ("unknown key at the top", and("«fonctions: {}"), vec!["unknown key `fonctions`", "did you mean `functions`?"]),
        ("unknown key of an environment", edit("dev: {}", "dev: { «protectd: true }"), vec!["did you mean `protected`?"]),
        ("unknown key far below", edit("memory: 256", "role: { policies: { p: [{ «actoins: [a:b] }] } }"), vec!["did you mean `actions`?"]),
        ("text for a number", edit("memory: 256", "memory: «lots"), vec!["`lots`", "write a whole number"]),
        ("a fraction for a whole number", edit("memory: 256", "memory: «256.5"), vec!["`256.5`", "write a whole number"]),
        ("a number too large", edit("memory: 256", "memory: «99999999999"), vec!["`99999999999`"]),
        ("a map for a number", edit("memory: 256", "memory: «{ a: 1 }"), vec!["write a whole number"]),
        ("yes for true", edit("memory: 256", "snap_start: «yes"), vec!["`yes`", "write true or false"]),
        ("a list for a map", edit("  dev: {}", "  «- dev"), vec!["environments"]),
        ("a duration without unit", edit("memory: 256", "timeout: «30"), vec!["needs a unit", "`30s`"]),
        ("a duration too long", edit("memory: 256", "timeout: «99999d"), vec!["`99999d` is too long; 49710d is the longest"]),
        ("no duration", edit("memory: 256", "timeout: «soon"), vec!["`soon`", "30s, 5m"]),
        ("nothing for a function", and("  «other:"), vec!["no code", "`source:`"]),
        ("unknown queue", edit("queue: dlq", "queue: «dql"), vec!["`dql`", "did you mean `dlq`?"]),
        ("unknown resource", edit("memory: 256", "environment: { Q: «\"${queues.dql.arn}\" }"), vec!["queues.dql.arn", "`dlq`?"]),
        ("unknown attribute", edit("memory: 256", "environment: { Q: «\"${queues.dlq.size}\" }"), vec!["no `size`", "arn, name, url"]),
        ("unknown variable", edit("${runtime}", "«${runtme}"), vec!["`runtme`", "did you mean `runtime`?"]),
        ("unknown reference in an output", and("outputs: { a: «\"${functions.wrk.arn}\" }"), vec!["`wrk`", "did you mean `work`?"]),
        (
            "a resource that refers to itself",
            edit("  work:", "  «work:") + "    environment: { ME: \"${functions.work.url}\" }\n    url: { auth: iam }\n",
            vec!["refers to itself"],
        ),
        ("a mark in the user's tags", and("tags: { «\"etlctl:stack\": mine }"), vec!["`etlctl:stack` is reserved"]),
        ("a tag of AWS's own", and("tags: { «\"aws:x\": mine }"), vec!["`aws:x` is reserved"]),
        ("variable without a value", edit("runtime: nodejs22.x", "runtime: «{ from_env: NOT_SET }"), vec!["NOT_SET", "--set runtime="]),
        ("variables in a circle", edit("runtime: nodejs22.x", "runtime: ${b}\n  b: «${runtime}"), vec!["b → runtime → b"]),
        (
            "dependency cycle",
            other("memory: 256", "environment: { A: \"${functions.other.arn}\" }", ", environment: { A: \"${functions.work.arn}\" } }")
                .replace("  other:", "  «other:"),
            vec!["cycle", "function/other → function/work → function/other"],
        ),
        (
            "one physical name twice",
            other("memory: 256", "name: «same", ", name: same }"),
            vec!["`same` is there twice", "function/other has it already"],
        ),
        (
            "two schedules that say the same",
            edit("memory: 256", "triggers:\n    - { schedule: rate(1 day) }\n    - «{ schedule: rate(1 day) }\n    memory: 256"),
            vec!["functions.work: two entries bring `schedules.work-schedule-", "give one of them a `name` of its own"],
        ),
        (
            "a schedule of a trigger's key",
            edit("functions:", "schedules: { «work-schedule: { schedule: rate(1 day), queue: dlq } }\nfunctions:")
                .replace("memory: 256", "triggers: [{ schedule: rate(1 day) }]"),
            vec![
                "`schedules.work-schedule` is there twice: once by functions.work, once by schedules.work-schedule",
                "rename one of the two",
            ],
        ),
        (
            "a statement of a trigger's id",
            edit(
                "memory: 256",
                "triggers: [{ event: { source: [a] } }]\n    permissions: { work-event: «{ principal: s3.amazonaws.com } }",
            ),
            vec!["a trigger brings the statement `work-event` along, and `permissions` has another of that id", "another id"],
        ),
        ("a statement of a public URL's id", edit("memory: 256", PUBLIC), vec!["`url: { auth: none }` brings the statement", "another id"]),
        (
            "a statement of a trigger's id in a policy",
            edit(
                "dlq: { name: tiny-dlq }",
                "dlq: { name: tiny-dlq, triggers: [{ event: { source: [a] } }], policy: «[{ sid: dlq-event, principals: { AWS: ['*'] }, actions: ['sqs:*'] }] }",
            ),
            vec!["a trigger brings the statement `dlq-event` along, and `policy` has another of that id"],
        ),
        (
            "a trigger of no event",
            edit("memory: 256", "triggers: «[{ bucket: raw-data, events: [] }]"),
            vec!["`events` of the trigger by `raw-data` names none", "leave `events` out"],
        ),
        ("a trigger of no bucket", edit("memory: 256", "triggers: «[{ bucket: 'arn:aws:s3:r:1:a/x' }]"), vec!["no ARN of a bucket"]),
        ("a name of an ARN", edit("tiny-dlq", "«\"${functions.work.arn}-dlq\""), vec!["functions.work.arn", "`name` of another resource"]),
        ("a name of nobody's", edit("tiny-dlq", "«\"${queues.dql.name}-dlq\""), vec!["queues.dql.name", "known before"]),
        ("a name of itself", edit("tiny-dlq", "«\"${queues.dlq.name}-dlq\""), vec!["queues.dlq.name", "known before"]),
        (
            "names in a circle",
            edit("dlq: { name: tiny-dlq }", "dlq: { name: «\"${queues.b.name}-a\" }\n  b: { name: \"${queues.dlq.name}-b\" }"),
            vec!["queues.b.name", "known before"],
        ),
        ("a key twice", edit("memory: 256", "memory: 256\n    «memory: 512"), vec!["duplicate", "memory"]),
        ("an environment twice", edit("  dev: {}", "  dev: {}\n  «dev: { protected: true }"), vec!["duplicate", "dev"]),
        ("no source folder", edit("../handlers/work", "«../handlers/wrok"), vec!["handlers/wrok", "does not exist"]),
        ("no code", edit("    source: ../handlers/work\n", "").replace("  work:", "  «work:"), vec!["no code", "`source:`"]),
        ("two kinds of code", edit("memory: 256", "image: { uri: x }").replace("  work:", "  «work:"), vec!["keep one of `source`"]),
        (
            "a runtime beside an image",
            edit("source: ../handlers/work\n    runtime: ${runtime}\n    handler", "image: { uri: x }\n    runtime: «${runtime}\n    #"),
            vec!["no `runtime` beside an image", "take `runtime` out"],
        ),
        ("layers beside an image", and("  other: { image: { uri: x }, layers: «[l] }"), vec!["no `layers` beside an image"]),
        ("FIFO queue of another name", edit("tiny-dlq", "«tiny-dlq, fifo: true"), vec!["`.fifo`", "tiny-dlq.fifo"]),
        ("no duration", and("buckets: { b: { lifecycle: { r: { noncurrent_expiration: «{} } } } }"), vec!["`after` is missing"]),
        ("half an alarm", and("alarms:\n  «errors: { function: work, metric: Errors }"), vec!["`threshold` is missing", "defaults.alarm"]),
        ("names that are all the same", and("naming: «fixed"), vec!["${name}"]),
        ("names of an unknown section", and("naming: { «rolls: '${name}' }"), vec!["`rolls`", "did you mean `roles`?"]),
        ("names of one section that are all the same", and("naming: { default: '${name}', roles: «x }"), vec!["${name}"]),
        ("an instance of odd characters", and("instance: «a/b"), vec!["`a/b`", "an instance"]),
        ("an instance that names itself", and("instance: «x-${instance}"), vec!["instance"]),
        ("an instance of a resource", and("instance: «${queues.dlq.name}"), vec!["queues.dlq.name"]),
        ("too long an instance", and(&format!("instance: «{}", "x".repeat(41))), vec!["1 to 40"]),
        (
            "protection of what takes no tags",
            and("layers: { l: { source: ../handlers/work, protect: «true } }"),
            vec!["`protect`", "takes no tags"],
        ),
        ("retention of what takes no tags", and("layers: { l: { source: ../handlers/work, on_remove: «retain } }"), vec!["`on_remove`"]),
        ("defaults of an unknown kind", edit("defaults:\n", "defaults:\n  «queu: {}\n"), vec!["`queu`", "did you mean `queue`?"]),
        ("a wrong word in defaults", edit("defaults:\n", "defaults:\n  queue: { «dely: 5s }\n"), vec!["`dely`", "did you mean `delay`?"]),
        ("a stack's name with a blank", edit("tiny\n", "«my stack\n"), vec!["`my stack`", "letters, digits"]),
        ("no stack", edit("stack: tiny\n", "«"), vec!["`stack` is missing"]),
        ("no region", edit("stack: tiny\nregion: us-east-1\n", "«stack: tiny\n"), vec!["--region", "AWS_REGION"]),
        (
            "no environments",
            edit("stack: tiny", "«stack: tiny").replace("environments:\n  dev: {}\n", ""),
            vec!["`environments` is missing"],
        ),
        (
            "no queue of a trigger",
            edit("memory: 256", "triggers: [{ schedule: rate(1 day) }, «{ queue: nope }]"),
            vec!["`nope` is no key of `queues`"],
        ),
        (
            "no stream of an event source",
            edit("memory: 256", "event_sources: [{ queue: dlq }, «{ stream: nope }]"),
            vec!["`nope` is no key of `streams`"],
        ),
        ("no region of AWS", edit("us-east-1", "«mars-1"), vec!["`mars-1` is no region of AWS"]),
        ("no region of AWS of an environment", edit("  dev: {}", "  dev: { region: «mars-1 }"), vec!["`mars-1` is no region of AWS"]),
        ("a region with a blank", edit("us-east-1", "«us east"), vec!["`us east` is no region of AWS"]),
        ("no mapping", "«hello\n".into(), vec!["mapping"]),
        ("no YAML", edit("dev: {}", "dev: {"), vec!["not valid YAML", "did not find"]),
        ("an open quote", edit("name: tiny-dlq", "name: «\"tiny-dlq"), vec!["unclosed quote"]),
        ("a tab", edit("    memory", "«\tmemory"), vec!["tab", "indent with spaces"]),
        ("two documents", and("---\n«stack: b"), vec!["one document"]),
        ("an empty file", "«".into(), vec!["the file is empty"]),
        ("nothing but a comment", "«# later\n".into(), vec!["the file is empty"]),
        ("10 MB of comments", and(&"# padding\n".repeat(1_000_000)), vec!["MB", "split it"]),
        ("10 MB of keys", and(&(0..700_000).map(|n| format!("  w{n}: {{}}\n")).collect::<String>()), vec!["MB", "split it"]),
        ("lists in lists in lists", and(&format!("tags: {}", "[".repeat(20_000))), vec!["not valid YAML"]),
        ("aliases that multiply", bomb(), vec!["not valid YAML"]),
    ]
}

/// Nine lists, each of nine times the one before: 387 million items.
fn bomb() -> String {
    let lists = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let list = |pair: &[&str]| format!("{}: &{} [{}]\n", pair[1], pair[1], vec![format!("*{}", pair[0]); 9].join(", "));
    format!("a: &a [x, x, x, x, x, x, x, x, x]\n{}{GOOD}", lists.windows(2).map(list).collect::<String>())
}

/// Runs with AWS at an address that lets go of whoever calls; returns whether somebody did.
fn run_unheard(project: &Project, args: &[&str]) -> (Run, bool) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = project.command(args);
    command.env("AWS_ENDPOINT_URL", format!("http://{}", listener.local_addr().unwrap()));
    command.envs([("AWS_ACCESS_KEY_ID", "111111111111"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_MAX_ATTEMPTS", "1")]);
    let called = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&called);
    // It listens until the tests end.
    std::thread::spawn(move || listener.incoming().for_each(|_| heard.store(true, Ordering::SeqCst)));
    (Run::of(&mut command), called.load(Ordering::SeqCst))
}

#[test]
fn the_good_file_is_good_and_a_plan_of_it_calls() {
    let project = Project::new(GOOD);
    let (run, called) = run_unheard(&project, &["validate"]);
    assert!(!called, "validate called\n{run}");
    let run = run.exits(0);
    assert_eq!(run.out, "tiny (dev): valid, 4 resources\n");
    let (run, called) = run_unheard(&project, &["plan"]);
    assert!(called, "if a call went unseen, no case below could fail for one\n{run}");
}

#[test]
fn every_mistake_is_told_with_its_place_and_its_fix() {
    let mut problems = Vec::new();
    let cases = cases();
    for (name, text, words) in &cases {
        let place = text.find(HERE).map(|at| {
            let before = &text[..at];
            format!("{}:{}", before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap().chars().count() + 1)
        });
        let project = Project::new(&text.replace(HERE, ""));
        let (run, called) = run_unheard(&project, &["plan"]);
        let mut wrong = Vec::new();
        if run.code != 3 {
            wrong.push(format!("exit code {}", run.code));
        }
        if called {
            wrong.push("AWS was called".to_owned());
        }
        if !run.out.is_empty() {
            wrong.push(format!("on stdout, which is for data: {}", run.out));
        }
        let place = place.map_or_else(|| "desired-state/stack.yaml".to_owned(), |place| format!("desired-state/stack.yaml:{place}\n"));
        wrong.extend(words.iter().chain([&place.as_str()]).filter(|word| !run.err.contains(**word)).map(|word| format!("no `{word}`")));
        wrong.extend(INNER_WORDS.iter().filter(|word| run.err.contains(**word)).map(|word| format!("`{word}` is an inner word")));
        if run.err.len() > 6_000 {
            wrong.push(format!("{} bytes drown what they say", run.err.len()));
        }
        if !wrong.is_empty() {
            let told: String = run.err.chars().take(1_500).collect();
            problems.push(format!("== {name}: {}\n{told}", wrong.join("; ")));
        }
    }
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), cases.len(), problems.join("\n"));
}

#[test]
fn a_file_that_is_no_utf8_is_refused() {
    let project = Project::new("");
    project.write("desired-state/stack.yaml", [GOOD.as_bytes(), b"tags: { A: \xe9 }\n"].concat());
    let (run, called) = run_unheard(&project, &["plan"]);
    assert!(!called);
    run.exits(3).tells(&["stack.yaml", "UTF-8"]);
}

#[test]
fn every_verb_refuses_a_bad_file() {
    let project = Project::new(&edit("memory: 256", "memry: 256"));
    for verb in [&["validate"][..], &["plan"], &["apply", "--yes"], &["destroy", "--yes"], &["outputs"], &["graph"]] {
        let (run, called) = run_unheard(&project, verb);
        assert!(!called && run.code == 3, "{verb:?}\n{run}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let project = Project::new(&edit("queue: dlq", "queue: dql").replace("handlers/work", "handlers/wrok"));
    project.write("desired-state/second.yaml", "stack: second\nregion: us-east-1\nenvironments: { dev: {} }\nqueus: {}\n");
    let (run, called) = run_unheard(&project, &["plan"]);
    assert!(!called);
    run.exits(3).tells(&["`dql`", "wrok", "`queus`", "3 problems"]);
}

#[test]
fn every_unknown_key_of_a_resource_is_told_at_once() {
    let project = Project::new(&edit("memory: 256", "environmnet: {}\n    timout: 3s\n    trigers: []"));
    let run = project.run(["validate"]).exits(3);
    run.tells(&["`environmnet`", "`timout`", "did you mean `timeout`?", "`trigers`", "3 problems"]);
    let run = Project::new(&edit("memory: 256", "role: { role: x, polices: {} }")).run(["validate"]).exits(3);
    run.tells(&["`role`", "`polices`", "2 problems"]);
    let run = Project::new("region: us-east-1\n").run(["validate"]).exits(3);
    run.tells(&["`stack` is missing", "`environments` is missing", "2 problems"]);
    // What is missing since its key is misspelt is not told beside it.
    let run = Project::new(&and("rules: { r: { scedule: rate(1 day), targts: [] } }")).run(["validate"]).exits(3);
    run.tells(&["`scedule`", "`targts`", "2 problems"]);
}

#[test]
fn a_warning_has_its_subject_and_is_told_once() {
    let project =
        Project::new(&and("schedules: { s: { schedule: rate(1 day), function: work }, t: { schedule: rate(2 days), function: work } }"));
    let run = project.run(["validate"]).exits(0);
    assert!(!run.err.contains("]: it "), "{run}");
    run.tells(&["warning[W670]: schedule/s has no dead-letter queue", "and the same of schedule/t"]);
}

#[test]
fn what_is_wrong_alike_at_many_places_is_told_once_with_its_places() {
    let old = |number: usize| format!("  old-{number}: {{ source: ../handlers/work, runtime: nodejs18.x, handler: index.handler }}\n");
    let project = Project::new(&and(&(0..7).map(old).collect::<String>()));
    let validate = |format: &str| project.run(["validate", "--as-of", "2026-11-21", "--format", format]).exits(0);
    // Where the first one stands.
    let first = GOOD.lines().count() + 1;
    let run = validate("text");
    assert_eq!(run.err.matches("warning[W101]").count(), 1, "{run}");
    let others: Vec<String> = (1..5).map(|number| format!("function/old-{number} (line {})", first + number)).collect();
    run.tells(&[&format!("stack.yaml:{first}:"), &format!("and the same of {} and 2 more", others.join(", "))]);

    let run = validate("json");
    let answer: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let found: Vec<_> = answer["problems"].as_array().unwrap().iter().filter(|problem| problem["code"] == "W101").collect();
    assert_eq!((found.len(), &found[0]["line"]), (1, &serde_json::json!(first)), "{run}");
    let places = found[0]["places"].as_array().unwrap();
    let told: Vec<_> = places.iter().map(|place| (place["address"].clone(), place["line"].clone())).collect();
    let all: Vec<_> = (0..7).map(|number| (format!("function/old-{number}").into(), (first + number).into())).collect();
    assert_eq!(told, all);

    let run = validate("sarif");
    let log: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let found: Vec<_> = results.iter().filter(|result| result["ruleId"] == "W101").collect();
    assert_eq!(found.len(), 1, "{run}");
    let lines: Vec<_> =
        found[0]["locations"].as_array().unwrap().iter().map(|at| at["physicalLocation"]["region"]["startLine"].clone()).collect();
    assert_eq!(lines, (first..first + 7).map(serde_json::Value::from).collect::<Vec<_>>());

    // Errors too; and an annotation stands at each place.
    let wrong = |number: usize| format!("  bad-{number}: {{ sorce: ../handlers/work }}\n");
    let project = Project::new(&and(&(0..7).map(wrong).collect::<String>()));
    let run = project.run(["validate"]).exits(3);
    assert_eq!(run.err.matches("unknown key `sorce`").count(), 1, "{run}");
    run.tells(&["and the same of line ", " and 2 more", "7 problems"]);
    let run = project.run(["validate", "--format", "github"]).exits(3);
    assert_eq!(run.out.matches("unknown key `sorce`").count(), 7, "{run}");
}

#[test]
fn problems_are_there_for_programs() {
    let project = Project::new(&edit("memory: 256", "memry: 256"));
    let run = project.run(["validate", "--format", "json"]).exits(3);
    let answer: serde_json::Value = serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}\n{run}"));
    let problem = serde_json::json!({
        "code": "E001", "level": "error", "address": "", "source": "",
        "file": "desired-state/stack.yaml", "line": 19, "column": 5,
        "message": "unknown key `memry`", "fix": "did you mean `memory`?",
        "places": [{"file": "desired-state/stack.yaml", "line": 19, "column": 5, "address": ""}],
    });
    assert_eq!(answer, serde_json::json!({"format_version": "1", "valid": false, "problems": [problem]}));

    let run = Project::new(GOOD).run(["validate", "--format", "json"]).exits(0);
    let answer: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(answer["valid"], true);
    let problems = answer["problems"].as_array().unwrap();
    assert!(problems.iter().all(|problem| problem["level"] == "warning"), "{run}");
}

#[test]
fn where_nothing_can_be_sent_is_told_at_once() {
    let project = Project::new(GOOD);
    let run = |args: &[&str], url: Option<&str>| {
        let mut command = project.command(args);
        // Nothing leaves the machine where a check is missing.
        command.envs([("AWS_ACCESS_KEY_ID", "1"), ("AWS_SECRET_ACCESS_KEY", "x"), ("HTTPS_PROXY", "http://127.0.0.1:9")]);
        command.envs(url.map(|url| ("AWS_ENDPOINT_URL", url)));
        Run::of(&mut command)
    };
    for args in [&["plan"][..], &["ls", "--region", "us-east-1"], &["permissions"]] {
        run(args, Some("localhost:4566")).exits(64).tells(&["AWS_ENDPOINT_URL is no address of an endpoint", "http://localhost:4566"]);
    }
    run(&["plan", "--endpoint-url", "localhost:4566"], None).exits(64).tells(&["--endpoint-url is no address"]);
    run(&["ls", "--region", "us east"], Some("http://127.0.0.1:9")).exits(64).tells(&["`us east` is no name of a region"]);
    let run = run(&["ls", "--region", "us-east-1", "--timeout", "1s"], Some(""));
    let is_refused = run.code == 64 || run.err.contains("is no address of an endpoint");
    assert!(run.code != 101 && !run.err.contains("panicked") && !is_refused, "an empty variable says nothing: {run}");
}
