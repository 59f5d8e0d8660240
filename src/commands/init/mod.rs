//! `etlctl init`: a stack file, a handler with its test, and what is left out of packages and of git.

use std::path::{Path, PathBuf};

use jiff::Zoned;

use crate::cli::{Global, InitArgs, Language, Trigger};
use crate::error::{Error, exit};
use crate::kinds::function::runtimes::runtimes;
use crate::model::one_or_many;
use crate::report;
use crate::report::prompt;
use crate::stack::find::{self, FOLDER};
use crate::stack::naming;

mod texts;
mod tried;

/// Region where nobody says another one.
const REGION: &str = "us-east-1";
/// Name of a stack in a folder whose name is none.
const NAME: &str = "etl";

pub fn run(global: &Global, args: &InitArgs) -> Result<u8, Error> {
    let hint = format!("name the folder of the project: the stack file is {FOLDER}/NAME.yaml in it, as --name says");
    let dir = find::project(global.dir.as_deref()).map_err(|message| usage(&message, &hint))?;
    let chosen = chosen(global, args, &dir)?;
    let files = texts::files(&chosen);
    let there: Vec<String> =
        files.iter().map(|(path, _)| dir.join(path)).filter(|path| path.exists()).map(|path| path.display().to_string()).collect();
    if !there.is_empty() {
        let message = format!("{} {} there already", there.join(", "), one_or_many(&there.len(), "is", "are"));
        return Err(Error::Usage { message, hint: "nothing was written; choose another --name or --dir".to_owned() });
    }
    tried::check(&dir, &chosen.name, &files)?;
    for (path, text) in &files {
        write(&dir.join(path), text)?;
    }
    let shown: Vec<String> =
        files.iter().map(|(path, _)| format!("  {}\n", report::escape::line(&dir.join(path).display().to_string()))).collect();
    let test = texts::test_command(&chosen);
    let shell = |dir: &Path| report::escape::line(&report::quoted(&dir.display().to_string()));
    let within = if dir == Path::new(".") { String::new() } else { format!("cd {} && ", shell(&dir)) };
    report::data(&format!("Written:\n{}\nNext:\n  {within}{test}\n  {within}etlctl validate\n  {within}etlctl apply\n", shown.concat()));
    Ok(exit::DONE)
}

/// What a project is begun with.
pub struct Chosen {
    /// Name of the stack.
    pub name: String,
    /// Region.
    pub region: String,
    /// Language of the handler.
    pub language: Language,
    /// The newest runtime of it.
    pub runtime: String,
    /// What starts it.
    pub trigger: Trigger,
    /// Folder of the handler, in `handlers`.
    pub folder: String,
}

/// What is said, asked for where there is somebody to ask, and else what fits most.
fn chosen(global: &Global, args: &InitArgs, dir: &Path) -> Result<Chosen, Error> {
    let InitArgs { name, language, trigger } = args;
    let asks = prompt::can_ask() && (name.is_none() || language.is_none() || trigger.is_none());
    let name = match name {
        Some(name) => a_name(name).map_err(|why| usage(&format!("--name {name}: a stack is not called so"), &why))?,
        None => answered(asks, "Name of the stack", &of_folder(dir), a_name)?,
    };
    let language = match language {
        Some(language) => *language,
        None => answered(asks, "Language: nodejs or python", "nodejs", a_language)?,
    };
    let trigger = match trigger {
        Some(trigger) => trigger.clone(),
        None => {
            let question = "What starts it: schedule=EXPRESSION, queue, bucket=NAME or none";
            answered(asks, question, "none", |word| word.parse::<Trigger>())?
        }
    };
    let folder = if dir.join(texts::HANDLERS).join(texts::KEY).exists() { name.clone() } else { texts::KEY.to_owned() };
    let in_process = || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok().filter(|it| !it.is_empty()));
    let region = global.region.clone().or_else(in_process).unwrap_or_else(|| REGION.to_owned());
    let (family, known) = match language {
        Language::Nodejs => ("nodejs", "nodejs24.x"),
        Language::Python => ("python", "python3.13"),
    };
    let runtime = runtimes().newest(family, Zoned::now().date()).map_or(known, |runtime| runtime.id.as_str()).to_owned();
    Ok(Chosen { name, region, language, runtime, trigger, folder })
}

/// The answer to a question, asked until it is one. No answer is the one that is offered, as it is where nobody
/// can be asked.
fn answered<T>(asks: bool, question: &str, offered: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Error> {
    loop {
        let word = if asks { prompt::answer(question, offered) } else { offered.to_owned() };
        match read(&word) {
            Ok(answer) => return Ok(answer),
            // Asking for what is offered would not end.
            Err(why) if word == offered => return Err(usage(&format!("`{word}` is none"), &why)),
            Err(why) => report::tell(&format!("`{word}` is none: {why}")),
        }
    }
}

fn a_name(word: &str) -> Result<String, String> {
    if naming::is_name(word) { Ok(word.to_owned()) } else { Err("use 1 to 40 letters, digits, `-` and `_`".to_owned()) }
}

fn a_language(word: &str) -> Result<Language, String> {
    <Language as clap::ValueEnum>::from_str(word, true).map_err(|_| "write nodejs or python".to_owned())
}

fn usage(message: &str, hint: &str) -> Error {
    Error::Usage { message: message.to_owned(), hint: hint.to_owned() }
}

/// The name of a folder, as far as a stack can be called so.
fn of_folder(dir: &Path) -> String {
    let whole = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' }).take(40).collect();
    let plain = plain.trim_matches('-');
    if plain.is_empty() { NAME.to_owned() } else { plain.to_owned() }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::File { path: path.display().to_string(), message: error.to_string() };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    // Whoever writes the same file at the same time keeps theirs.
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)
}

/// Where the stack file is.
pub fn stack_file(name: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{name}.yaml"))
}
