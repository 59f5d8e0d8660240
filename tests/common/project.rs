//! A project of one stack in a folder of its own, and the built binary run in it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A stack of a queue and a function in two environments.
pub const STACK: &str = "\
stack: tiny
region: us-east-1
environments:
  dev: {}
  prod: { protected: true }
variables:
  memory: 128
queues:
  dlq: {}
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    memory: ${memory}
    dead_letter_queue: dlq
    log_retention: 7d
    role:
      managed_policies: [service-role/AWSLambdaBasicExecutionRole]
      policies: { dlq: [{ actions: [sqs:SendMessage], resources: ['*'] }] }
";

/// A folder with `desired-state/stack.yaml` and one handler, `handlers/work`.
pub struct Project {
    folder: TempDir,
}

/// What a run came to. Colours are gone from both texts.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Project {
    pub fn new(stack: &str) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        project.write("desired-state/stack.yaml", stack);
        project.write("handlers/work/index.js", "exports.handler = async () => 'done';\n");
        project
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The binary with nothing of the caller's environment that could change what it does.
    pub fn command<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, args: I) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_etlctl"));
        command.args(args).current_dir(self.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.path());
        // No answer from the machine's own metadata service, and none that is waited for.
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        // Where a binary that measures coverage writes; else it writes into the project.
        command.envs(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)));
        command
    }

    pub fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, args: I) -> Run {
        Run::of(&mut self.command(args))
    }
}

/// Longest that a run may take: one that hangs is to fail, not to hang the tests.
const LONGEST: Duration = Duration::from_secs(120);

impl Run {
    /// Files take what it writes, so that nobody has to read while it runs.
    pub fn of(command: &mut Command) -> Self {
        let (out, err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let mut child = command.stdout(out.try_clone().unwrap()).stderr(err.try_clone().unwrap()).spawn().unwrap();
        let start = Instant::now();
        let code = loop {
            match child.try_wait().unwrap() {
                // A signal has no code; no command ends with this one.
                Some(status) => break status.code().unwrap_or(-1),
                None if start.elapsed() > LONGEST => {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    break -1;
                }
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        Self { code, out: plain(out), err: plain(err) }
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\n{self}");
        self
    }

    /// Each of these is told on stderr.
    #[track_caller]
    pub fn tells(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "stderr does not say `{word}`\n{self}");
        }
        self
    }
}

fn plain(mut file: File) -> String {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    anstream::adapter::strip_str(&String::from_utf8_lossy(&bytes)).to_string()
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.out, self.err)
    }
}
