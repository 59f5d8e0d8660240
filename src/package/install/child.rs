//! Running an installer: in a process group of its own, without a terminal, and ended as a whole.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::said::Listening;
use super::stop;
use crate::package::PackageError;

/// How often is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(20);
/// How long it may clean up once it was asked to end.
const PATIENCE: Duration = Duration::from_secs(2);
/// A signal to all processes of a session reaches the installer first, and etlctl about then.
const SAME_TIME: Duration = Duration::from_millis(150);
/// Lines of what it said that an error shows.
const TAIL: usize = 12;

/// Runs `command` to its end and gives what it wrote to stdout. `tool` names it, `folder` is what it
/// installs for.
///
/// # Errors
/// It does not start, fails, is ended by a signal, or by the user.
pub fn run(mut command: Command, tool: &'static str, folder: &Path) -> Result<String, PackageError> {
    if stop::is_stopped() {
        return Err(PackageError::Interrupted);
    }
    let failed = |output: String| PackageError::Install { tool, path: folder.to_owned(), output };
    let file = || tempfile::tempfile().and_then(|file| Ok((file.try_clone()?, file)));
    let spawned = file().and_then(|out| Ok((out, file()?)));
    // Files and no pipes: what it leaves running may hold them open, and nobody waits for that.
    let ((out, mut said), (err, mut complained)) = spawned.map_err(|error| failed(error.to_string()))?;
    // A Ctrl-C at the terminal reaches the group that etlctl is in: what it means for an installer is
    // decided here, once.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.stdin(Stdio::null()).stdout(out).stderr(err);
    let child = command.spawn().map_err(|error| failed(format!("{error}; is it installed and on the PATH?")))?;
    let ended = wait(child, Listening::to(tool, [&said, &complained])).map_err(|error| failed(error.to_string()))?;
    let status = match ended {
        Ended::ByItself(status) => status,
        Ended::ByUs => return Err(PackageError::Interrupted),
    };
    let (said, complained) = (text(&mut said), text(&mut complained));
    if status.success() {
        return Ok(said);
    }
    if let Some(signal) = signal(status) {
        return Err(PackageError::Killed { tool, path: folder.to_owned(), signal });
    }
    let text = format!("{complained}{said}");
    let tail: Vec<&str> = text.trim().lines().rev().take(TAIL).collect();
    Err(failed(tail.into_iter().rev().collect::<Vec<_>>().join("\n")))
}

enum Ended {
    ByItself(ExitStatus),
    ByUs,
}

fn wait(mut child: Child, mut listening: Listening<'_>) -> std::io::Result<Ended> {
    let group = child.id();
    loop {
        if let Some(status) = child.try_wait()? {
            // What it left behind is not to write into what it installed.
            end(group, true);
            let by_us = !status.success() && stop::comes_within(SAME_TIME);
            return Ok(if by_us { Ended::ByUs } else { Ended::ByItself(status) });
        }
        if stop::is_stopped() {
            break;
        }
        listening.look();
        std::thread::sleep(LOOK);
    }
    end(group, false);
    let asked = Instant::now();
    while asked.elapsed() < PATIENCE && child.try_wait()?.is_none() {
        std::thread::sleep(LOOK);
    }
    end(group, true);
    #[cfg(not(unix))]
    child.kill()?;
    child.wait()?;
    Ok(Ended::ByUs)
}

/// Asks the group to end, or ends it. One that has ended already is no error.
#[cfg(unix)]
fn end(group: u32, at_once: bool) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, if at_once { Signal::KILL } else { Signal::TERM });
    }
}

#[cfg(not(unix))]
fn end(_: u32, _: bool) {}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// What was written, as far as it can be read.
fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    if read.is_err() {
        bytes.clear();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Result<String, PackageError> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command, "sh", Path::new("x"))
    }

    #[test]
    fn an_installer_is_told_apart_by_how_it_ends() {
        assert!(matches!(sh("echo yes"), Ok(text) if text == "yes\n"));
        assert!(matches!(sh("echo no >&2; exit 3"), Err(PackageError::Install { output, .. }) if output == "no"));
        assert!(matches!(sh("kill -9 $$"), Err(PackageError::Killed { signal: 9, .. })));
        // There is no terminal to ask on, and nothing that waits for one.
        assert!(matches!(sh("cat"), Ok(text) if text.is_empty()));
    }

    #[test]
    fn its_last_line_is_heard_while_it_runs() {
        let heard = std::thread::spawn(|| {
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(20) {
                // Other tests run installers too.
                if super::super::said::last().is_some_and(|line| line == "sh: second") {
                    return true;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            false
        });
        assert!(matches!(sh("echo first; echo second; sleep 2; echo third"), Ok(text) if text.ends_with("third\n")));
        assert!(heard.join().unwrap_or_default());
    }

    #[test]
    fn what_it_leaves_running_is_ended_with_it() -> Result<(), Box<dyn std::error::Error>> {
        let start = Instant::now();
        let pid = sh("sleep 300 & echo $!")?;
        assert!(start.elapsed() < Duration::from_secs(60));
        let pid = rustix::process::Pid::from_raw(pid.trim().parse()?).ok_or("no process")?;
        // Until whoever inherits it has noticed.
        for _ in 0..200 {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
            if rustix::process::test_kill_process(pid).is_err() || state.contains(") Z ") {
                return Ok(());
            }
            std::thread::sleep(LOOK);
        }
        Err("it still runs".into())
    }
}
