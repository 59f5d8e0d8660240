//! Installers of layers: what they are given, what they see of the machine, what is kept of them, and
//! how they end. The binary runs against a local AWS, with the real pip or with programs that only say
//! how they were called; nothing is fetched.

mod common;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::local_aws;
use common::project::{Project, Run};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

const STACK: &str = "\
stack: tiny
region: us-east-1
environments:
  dev: {}
layers:
  deps:
    name: deps
    source: ../layer
";

/// A build that needs nothing from elsewhere, and leaves a file where it ran.
const BACKEND: &str = "
import os, zipfile
open(os.path.join(os.path.dirname(__file__), 'ran'), 'w').close()
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = 'lib-1.0-py3-none-any.whl'
    with zipfile.ZipFile(os.path.join(folder, name), 'w') as wheel:
        wheel.writestr('lib.py', 'ANSWER = 42')
        wheel.writestr('lib-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: lib\\nVersion: 1.0\\n')
        wheel.writestr('lib-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr('lib-1.0.dist-info/RECORD', '')
    return name
";

/// Says where it is asked, and writes down how it is called to install.
const NPM: &str = "#!/bin/sh
if [ \"$1\" = config ]; then printf 'npm-version=1.2.3\\nuserconfig=%s/.npmrc\\nglobalconfig=%s/none\\n' \"$HOME\" \"$HOME\"; exit 0; fi
{ printf 'args %s\\n' \"$*\"; printf 'cwd %s\\n' \"$PWD\"; printf 'pid %s\\n' $$; printf 'group %s\\n' \"$(ps -o pgid= -p $$ | tr -d ' ')\"
  printf 'stdin %s\\n' \"$(readlink /proc/$$/fd/0)\"; env; for a in \"$@\"; do case $a in --userconfig=*) cat \"${a#*=}\";; esac; done; } >> \"$HOME/called\"
";

struct Layer {
    project: Project,
    account: String,
    tools: PathBuf,
}

impl Layer {
    fn new(stack: &str, files: &[(&str, &str)]) -> Self {
        let project = Project::new(stack);
        for (name, text) in files {
            project.write(Path::new("layer").join(name), text);
        }
        let tools = project.path().join("tools");
        Self { project, account: local_aws::account(), tools }
    }

    fn tool(&self, name: &str, script: &str) {
        let path = self.project.write(format!("tools/{name}"), script);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.project.command(args);
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.tools.display()));
        command.env("AWS_ENDPOINT_URL", local_aws::endpoint());
        command.env("AWS_ACCESS_KEY_ID", &self.account).env("AWS_SECRET_ACCESS_KEY", "test").env("AWS_REGION", "us-east-1");
        command
    }

    fn apply(&self) -> Run {
        Run::of(&mut self.command(&["apply", "--yes"]))
    }

    fn start(&self) -> Child {
        self.command(&["apply", "--yes"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// AWS's hash of a version's zip.
    fn sha256(&self, version: u32) -> String {
        let answer = local_aws::get(&self.account, "lambda", &format!("/2018-10-31/layers/deps/versions/{version}"));
        let body: Value = serde_json::from_str(&answer[answer.find('{').unwrap()..=answer.rfind('}').unwrap()]).unwrap();
        body["Content"]["CodeSha256"].as_str().unwrap().to_owned()
    }

    fn called(&self) -> String {
        fs::read_to_string(self.project.path().join("called")).unwrap_or_default()
    }

    fn cached(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.project.path().join(".etlctl/layers"));
        entries.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
    }
}

fn lock(resolved: &str) -> String {
    let integrity = format!("sha512-{}==", "A".repeat(86));
    format!(
        "{{\"lockfileVersion\": 3, \"packages\": {{\"\": {{}}, \"node_modules/a\": {{\"version\": \"1.0.0\", {resolved}\"integrity\": \"{integrity}\"}}}}}}"
    )
}

fn npm_layer(script: &str) -> Layer {
    let layer = Layer::new(STACK, &[("package.json", "{}"), ("package-lock.json", &lock("")), ("nodejs/own.js", "1")]);
    layer.tool("npm", &format!("{NPM}{script}"));
    layer
}

/// A wheel of one module.
fn wheel(folder: &Path, version: &str) {
    let file = fs::File::create(folder.join(format!("lib-{version}-py3-none-any.whl"))).unwrap();
    let mut zip = zip::ZipWriter::new(file);
    let info = format!("lib-{version}.dist-info");
    for (name, text) in [
        ("lib.py".to_owned(), format!("VERSION = '{version}'")),
        (format!("{info}/METADATA"), format!("Metadata-Version: 2.1\nName: lib\nVersion: {version}\n")),
        (format!("{info}/WHEEL"), "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_owned()),
        (format!("{info}/RECORD"), String::new()),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

const LOCAL: [(&str, &str); 4] = [
    ("requirements.txt", "-r more.txt\n"),
    ("more.txt", "# ours\n./lib\n"),
    (
        "lib/pyproject.toml",
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n[project]\nname = 'lib'\nversion = '1.0'\n",
    ),
    ("lib/backend.py", BACKEND),
];

#[test]
fn a_local_folder_is_refused_with_its_place_and_nothing_runs() {
    let layer = Layer::new(STACK, &LOCAL);
    let run = layer.apply().exits(3).tells(&["error[E220]", "layer/more.txt:2:1", "`./lib`", "allow_build: true"]);
    assert!(!run.err.contains("pip install"), "{run}");
    assert!(!layer.project.path().join("layer/lib/ran").exists());
    assert!(layer.cached().is_empty());
    // Offline, for people and for programs.
    layer.project.run(["validate"]).exits(3).tells(&["layer/more.txt:2:1"]);
    layer.project.run(["plan"]).exits(3).tells(&["E220"]);
    let run = layer.project.run(["validate", "--format", "json"]).exits(3);
    let problem = serde_json::from_str::<Value>(&run.out).unwrap()["problems"][0].clone();
    assert!(problem["file"].as_str().unwrap().ends_with("layer/more.txt"), "{problem}");
    assert_eq!((&problem["line"], &problem["column"], &problem["address"]), (&2.into(), &1.into(), &"layer/deps".into()));
    let run = layer.project.run(["validate", "--format", "sarif"]).exits(3);
    let place = serde_json::from_str::<Value>(&run.out).unwrap()["runs"][0]["results"][0]["locations"][0]["physicalLocation"].clone();
    assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("layer/more.txt"), "{place}");
    assert_eq!(place["region"]["startLine"], 2);
}

#[test]
fn where_builds_are_allowed_the_folder_is_built_and_counts() {
    let layer = Layer::new(&format!("{STACK}    allow_build: true\n"), &LOCAL);
    layer.apply().exits(0);
    assert!(layer.project.path().join("layer/lib/ran").exists());
    // setuptools' own leavings do not count; this one is among the sources.
    fs::remove_file(layer.project.path().join("layer/lib/ran")).unwrap();
    Run::of(&mut layer.command(&["plan", "--detailed-exitcode"])).exits(0);
    layer.project.write("layer/lib/backend.py", format!("{BACKEND}# changed\n"));
    Run::of(&mut layer.command(&["plan", "--detailed-exitcode"])).exits(2);
    let before = layer.cached().len();
    layer.apply().exits(0);
    assert_eq!(layer.cached().len(), before + 1);
}

#[test]
fn what_is_installed_follows_the_files_and_the_cache_is_used_as_it_was_made() {
    let layer = Layer::new(STACK, &[("requirements.txt", "-r ../base.txt\n")]);
    let wheels = layer.project.path().join("wheels");
    fs::create_dir(&wheels).unwrap();
    ["1.0", "2.0"].iter().for_each(|version| wheel(&wheels, version));
    layer.project.write("base.txt", "lib==1.0\n");
    // None of these is pip, wherever it is called.
    for place in ["pip.py", "layer/pip.py", "layer/python/pip.py"] {
        layer.project.write(place, "open(__file__ + '.ran', 'w').close()");
    }
    layer.project.write("evil.txt", "lib==2.0\n");
    layer
        .project
        .write(".config/pip/pip.conf", "[global]\nquiet = 1\nno-binary = :all:\nconstraint = /none\n[install]\nfind-links = wheels\n");
    let apply = |layer: &Layer| {
        let mut command = layer.command(&["apply", "--yes"]);
        command.env("PIP_NO_INDEX", "1").env("PIP_REQUIREMENT", layer.project.path().join("evil.txt")).env("PIP_TARGET", "/none");
        command.env("PIP_NO_BINARY", ":all:").env("PYTHONPATH", layer.project.path());
        Run::of(&mut command).exits(0)
    };
    let run = apply(&layer);
    assert!(run.err.contains("in full: etlctl validate"), "{run}");
    let told = Run::of(&mut layer.command(&["validate"])).exits(0);
    assert!(told.err.contains("warning[W222]") && told.err.contains("base.txt:1:1"), "{told}");
    let first = layer.sha256(1);
    let [entry] = &layer.cached()[..] else { panic!("{:?}", layer.cached()) };
    assert_eq!(fs::read_to_string(entry.join("tree/lib.py")).unwrap(), "VERSION = '1.0'");
    assert!(["pip.py.ran", "layer/pip.py.ran", "layer/python/pip.py.ran"].iter().all(|name| !layer.project.path().join(name).exists()));

    // A file that somebody put there goes into no layer.
    fs::write(entry.join("tree/evil.py"), "1").unwrap();
    let other = Layer { account: local_aws::account(), ..layer };
    apply(&other);
    assert_eq!(other.sha256(1), first);
    assert!(!other.cached()[0].join("tree/evil.py").exists());

    // Another version in a file that is only followed.
    other.project.write("base.txt", "lib==2.0\n");
    apply(&other);
    assert_ne!(other.sha256(2), first);
    assert_eq!(other.cached().len(), 2);
}

#[test]
fn npm_sees_where_the_registry_is_and_nothing_that_changes_its_work() {
    let layer = npm_layer("mkdir -p node_modules/a; echo 1 > node_modules/a/index.js");
    layer.project.write(".npmrc", "registry=https://h.example/\nignore-scripts=false\nscript-shell=/none\n");
    layer.project.write("layer/.npmrc", "fund=false\n");
    let mut command = layer.command(&["apply", "--yes"]);
    command.env("NODE_OPTIONS", "--require=/none").env("npm_config_ignore_scripts", "false").env("NPM_CONFIG_INCLUDE", "dev");
    command.env("npm_config_script_shell", "/none").env("npm_config_registry", "https://r.example/");
    Run::of(&mut command).exits(0);
    let called = layer.called();
    let line =
        |start: &str| called.lines().find_map(|line| line.strip_prefix(start)).unwrap_or_else(|| panic!("{start}: {called}")).to_owned();
    for option in ["ci ", "--ignore-scripts", "--omit=dev", "--no-workspaces", "--os=linux", "--libc=glibc", "--cpu=x64"] {
        assert!(line("args ").contains(option), "{option}: {called}");
    }
    for word in ["ignore_scripts", "ignore-scripts=false", "script", "INCLUDE=", "NODE_OPTIONS"] {
        let rest = called.lines().filter(|line| !line.starts_with("args ")).collect::<Vec<_>>().join("\n");
        assert!(!rest.contains(word), "{word}: {rest}");
    }
    assert!(called.contains("npm_config_registry=https://r.example/") && called.contains("registry=https://h.example/"), "{called}");
    assert_eq!(line("pid "), line("group "), "a group of its own");
    assert_eq!(line("stdin "), "/dev/null");
    assert!(line("cwd ").contains(".etlctl/layers/installing-"), "{called}");
}

#[test]
fn what_npm_would_take_from_elsewhere_is_refused() {
    let layer = npm_layer("");
    layer.project.write("layer/package-lock.json", lock("\"resolved\": \"git+ssh://git@h.example/a.git#abc\", "));
    layer.project.write("layer/.npmrc", "fund=false\nignore-scripts=false\n");
    layer.apply().exits(3).tells(&["error[E221]", "package-lock.json:1:", ".npmrc:2:1", "`ignore-scripts`"]);
    assert_eq!(layer.called(), "");
    let allowed = Layer { tools: layer.tools.clone(), account: local_aws::account(), project: layer.project };
    allowed.project.write("desired-state/stack.yaml", format!("{STACK}    allow_build: true\n"));
    allowed.apply().exits(0);
    assert!(!allowed.called().contains("--ignore-scripts"), "{}", allowed.called());
    // What cannot be known is not kept.
    assert!(allowed.cached().is_empty(), "{:?}", allowed.cached());
}

#[test]
fn a_link_out_of_the_project_goes_into_no_zip() {
    let layer = Layer::new(STACK, &[("python/a.py", "1")]);
    std::os::unix::fs::symlink("/etc/hostname", layer.project.path().join("layer/python/b.py")).unwrap();
    layer.apply().exits(3).tells(&["error[E213]", "layer/python/b.py leads to /etc/hostname"]);
}

/// Runs an apply until its installer has written `$HOME/started`, and gives its process.
fn installing(layer: &Layer) -> (Child, Pid) {
    let child = layer.start();
    let started = layer.project.path().join("started");
    let start = Instant::now();
    let pid = loop {
        let text = fs::read_to_string(&started).unwrap_or_default();
        match text.strip_suffix('\n').and_then(|pid| pid.parse().ok()).and_then(Pid::from_raw) {
            Some(pid) => break pid,
            None => assert!(start.elapsed() < Duration::from_secs(30), "the installer did not start"),
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    (child, pid)
}

fn is_gone(pid: Pid) -> bool {
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    test_kill_process(pid).is_err() || state.contains(") Z ")
}

#[test]
fn an_interrupted_install_ends_with_all_that_it_started() {
    for (signal, script) in [
        (Signal::INT, "sleep 300 & echo $! > $HOME/started; wait"),
        (Signal::TERM, "sleep 300 & echo $! > $HOME/started; wait"),
        // One that does not listen.
        (Signal::INT, "trap '' TERM; sh -c \"trap '' TERM; while :; do sleep 1; done\" & echo $! > $HOME/started; while :; do wait; done"),
    ] {
        let layer = npm_layer(script);
        let (child, grandchild) = installing(&layer);
        let start = Instant::now();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let ended = child.wait_with_output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert_eq!(ended.status.code(), Some(130), "{said}");
        assert!(start.elapsed() < Duration::from_secs(8), "{said}");
        assert!(said.contains("interrupted"), "{said}");
        for word in ["mend", "failed", "npm ci"] {
            assert!(!said.contains(word), "{word}: {said}");
        }
        let gone = (0..100).any(|_| {
            is_gone(grandchild) || {
                std::thread::sleep(Duration::from_millis(20));
                false
            }
        });
        assert!(gone, "what npm started still runs");
        assert!(layer.cached().is_empty(), "{:?}", layer.cached());
    }
}

#[test]
fn an_installer_that_somebody_killed_is_no_fault_of_the_sources() {
    let layer = npm_layer("kill -9 $$");
    let run = layer.apply();
    assert!([1, 6].contains(&run.code), "{run}");
    let run = run.tells(&["npm ci for", "ended by signal 9"]);
    assert!(!run.err.contains("mend") && !run.out.contains("mend"), "{run}");
    assert!(layer.cached().is_empty(), "{:?}", layer.cached());
}

#[test]
fn credentials_in_an_installers_words_are_not_shown() {
    let layer = npm_layer("echo 'no answer from https://user:hunter2-s3cr3t@h.example/simple/a' >&2; exit 1");
    let run = layer.apply().tells(&["npm ci failed", "h.example/simple/a"]);
    assert!(!format!("{run}").contains("hunter2-s3cr3t"), "{run}");
}
