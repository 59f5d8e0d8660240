//! Handlers: their form, their file and the function in it.

use std::path::Path;

use super::contents::Contents;
use super::exports::{self, Export};
use super::layers;
use crate::contract::Resource;
use crate::contract::length_limit;
use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::model::reference::is_known;
use crate::package::Installs;
use crate::source::diagnostic::{Place, suggest};

/// Rules about handlers.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E110",
        title: "handler of another form than the runtime's",
        why: "Node.js, Python and Ruby take `file.function`, without the file's ending; Java `package.Class` or `package.Class::method`; \
              .NET `Assembly::Namespace.Class::Method`. Lambda takes up to 128 characters without white space, and a handler of another \
              form fails at the first invocation.",
        fix: "write the handler in the form of the runtime",
        source: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html",
        run: form,
    },
    Rule {
        code: "E111",
        title: "handler's file is not in the package",
        why: "The part of the handler before the function names a file from the root of the package. Where it is missing the deployment \
              goes through, and every invocation fails with Runtime.ImportModuleError or Runtime.InvalidEntrypoint.",
        fix: "mend the handler, or put the file into the package",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html",
        run: file,
    },
    Rule {
        code: "E112",
        title: "handler's file has no such function",
        why: "The last part of the handler names what the file exports. This file does not even hold the word, so every invocation \
              fails with Runtime.HandlerNotFound.",
        fix: "mend the handler, or export the function",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html",
        run: missing_export,
    },
    Rule {
        code: "W110",
        title: "handler's file may have no such function",
        why: "The word stands in the file, but nothing that looks like an export or a definition at the top level. etlctl reads the text \
              only; where the function is made in another way, all is well.",
        fix: "export the function by its name, or mend the handler",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html",
        run: doubtful_export,
    },
    Rule {
        code: "W111",
        title: "handler that could not be looked up",
        why: "The package has no such file, or the file no such function. That may be right: a layer of the function may bring the file \
              along, its content known to AWS alone or made by an installer; a variable such as PYTHONPATH may lead to it; and what \
              AWS_LAMBDA_EXEC_WRAPPER names may run something else.",
        fix: "mend the handler if it is meant to be in the package",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html",
        run: not_looked_up,
    },
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Node,
    Python,
    Ruby,
    Java,
    Dotnet,
    Bootstrap,
}

fn language(runtime: &str) -> Option<Language> {
    let table = [
        ("nodejs", Language::Node),
        ("python", Language::Python),
        ("ruby", Language::Ruby),
        ("java", Language::Java),
        ("dotnet", Language::Dotnet),
        ("provided", Language::Bootstrap),
    ];
    table.into_iter().find(|(prefix, _)| runtime.starts_with(prefix)).map(|(_, language)| language)
}

struct Handler<'a> {
    function: &'a Resource<Function>,
    language: Language,
    text: &'a str,
    place: Place,
}

fn each<'a>(cx: &'a View<'_>) -> impl Iterator<Item = Handler<'a>> {
    cx.all::<Function>().iter().filter_map(|function| {
        let config = &function.spec.config;
        let language = language(config.runtime.as_deref()?)?;
        let text = config.handler.as_deref().filter(|text| is_known(text))?;
        Some(Handler { function, language, text, place: cx.place("functions", &function.key, &["handler"]) })
    })
}

impl<'a> Handler<'a> {
    /// The file without its ending, and the function.
    fn parts(&self) -> Option<(&'a str, &'a str)> {
        let (file, function) = match self.language {
            // Node.js cuts at the first dot of the last part of the path, Python and Ruby elsewhere.
            Language::Node => {
                let at = self.text.rfind('/').map_or(0, |at| at + 1);
                let dot = at + self.text[at..].find('.')?;
                (&self.text[..dot], &self.text[dot + 1..])
            }
            Language::Python => self.text.rsplit_once('.')?,
            // `file.Module::Class.function`: the file ends at the first dot, and `::` is within the function's part.
            Language::Ruby => self.text.split_once('.')?,
            _ => return None,
        };
        (!file.is_empty() && !file.ends_with('/') && !function.is_empty()).then_some((file, function))
    }

    /// The variable of the environment that decides what the handler means, or where it is looked for.
    fn decided_by(&self) -> Option<&'static str> {
        let searched = match self.language {
            Language::Python => "PYTHONPATH",
            Language::Ruby => "RUBYLIB",
            _ => "NODE_PATH",
        };
        let environment = &self.function.spec.config.environment;
        ["AWS_LAMBDA_EXEC_WRAPPER", searched].into_iter().find(|variable| environment.contains_key(*variable))
    }

    fn contents(&self) -> Option<Contents<'a>> {
        self.function.artifact.as_ref().and_then(Contents::of)
    }

    /// Paths in the package that the runtime looks for.
    fn candidates(&self) -> Vec<String> {
        match (self.language, self.parts()) {
            (Language::Bootstrap, _) => vec!["bootstrap".to_owned()],
            (Language::Node, Some((file, _))) => ["", ".js", "/index.js", ".mjs", ".cjs"].map(|ending| format!("{file}{ending}")).to_vec(),
            (Language::Python, Some((file, _))) => {
                let path = file.replace('.', "/");
                [".py", "/__init__.py", ".pyc", ".so"].map(|ending| format!("{path}{ending}")).to_vec()
            }
            (Language::Ruby, Some((file, _))) => vec![format!("{file}.rb")],
            _ => Vec::new(),
        }
    }
}

fn form(cx: &View<'_>, found: &mut Findings<'_>) {
    for handler in each(cx) {
        let text = handler.text;
        let (form, example) = match handler.language {
            Language::Node => ("`file.function`", "index.handler"),
            Language::Python => ("`file.function`", "handler.handler"),
            Language::Ruby => ("`file.function` or `file.Class.function`", "function.handler"),
            Language::Java => ("`package.Class` or `package.Class::method`", "example.Handler::handleRequest"),
            Language::Dotnet => ("`Assembly::Namespace.Class::Method`", "Etl::Etl.Function::Handler"),
            Language::Bootstrap => ("without white space", "bootstrap"),
        };
        let length = text.chars().count() as i64;
        let message = if text.chars().any(char::is_whitespace) {
            format!("the handler `{text}` holds white space")
        } else if !length_limit::<Function>("handler").holds(length) {
            format!("the handler has {length} characters; AWS takes at most {}", length_limit::<Function>("handler").max)
        } else if !fits(&handler) && handler.decided_by().is_none() {
            format!("the handler `{text}` has not the form {form}")
        } else {
            continue;
        };
        found.add_with(handler.place, &handler.function.address, message, format!("write {form}, such as `{example}`"));
    }
}

fn fits(handler: &Handler<'_>) -> bool {
    let text = handler.text;
    if text.chars().any(char::is_whitespace) {
        return false;
    }
    match handler.language {
        Language::Node => handler.parts().is_some() && !text.contains("::"),
        Language::Ruby => handler.parts().is_some_and(|(file, _)| !file.contains("::")),
        Language::Python => {
            // `handler.py` reads as the function `py` of `handler`.
            handler.parts().is_some_and(|(_, function)| function != "py") && !text.contains("::")
        }
        Language::Java => text.split("::").count() <= 2 && !text.split("::").any(str::is_empty) && !text.contains('/'),
        // Without `::` it is the name of an assembly that runs by itself.
        Language::Dotnet => matches!(text.split("::").count(), 1 | 3) && !text.split("::").any(str::is_empty),
        Language::Bootstrap => !text.is_empty(),
    }
}

/// Where the file may be when the package does not have it.
#[derive(PartialEq, Eq)]
enum Elsewhere {
    Nowhere,
    InALayer,
    Perhaps,
}

fn elsewhere(cx: &View<'_>, handler: &Handler<'_>) -> Elsewhere {
    let candidates = handler.candidates();
    let module = candidates.first().map_or("", |path| path.split(['/', '.']).next().unwrap_or_default());
    let (folders, manifest): (&[&str], &str) = match handler.language {
        Language::Node => (&["nodejs/node_modules", "node_modules", "nodejs"], "package-lock.json"),
        Language::Python => (&["python", "lib/python"], "requirements.txt"),
        Language::Ruby => (&["ruby/lib"], "Gemfile.lock"),
        _ => (&[""], ""),
    };
    let mut answer = Elsewhere::Nowhere;
    for arn in &handler.function.spec.config.layers {
        let Some(artifact) = layers::own(cx, arn).and_then(|layer| layer.artifact.as_ref()) else {
            answer = Elsewhere::Perhaps;
            continue;
        };
        let Some(contents) = Contents::of(artifact) else { continue };
        let in_layer = |folder: &str| candidates.iter().any(|path| contents.has_file(&below(folder, path)));
        if folders.iter().any(|folder| in_layer(folder)) {
            return Elsewhere::InALayer;
        }
        let own = folders[0].split('/').next().unwrap_or_default();
        if [manifest.to_owned(), below(own, manifest)].iter().any(|path| lists(&contents, path, module)) {
            answer = Elsewhere::Perhaps;
        }
    }
    let built = handler.function.artifact.as_ref().is_some_and(|artifact| Installs::of(artifact).is_some());
    let installed = built && handler.contents().is_some_and(|contents| lists(&contents, manifest, module));
    if installed { Elsewhere::Perhaps } else { answer }
}

fn below(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// Largest lock file that is searched for a module's name.
const LARGEST_MANIFEST: u64 = 16 * 1024 * 1024;

/// Whether a file that lists packages names one like the module.
fn lists(contents: &Contents<'_>, manifest: &str, module: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    !manifest.is_empty() && contents.text(manifest, LARGEST_MANIFEST).is_some_and(|text| plain(&text).contains(&plain(module)))
}

/// A handler's file that is not in the package: where it may be, and what to do about it.
fn missing_file(cx: &View<'_>, handler: &Handler<'_>) -> Option<(Elsewhere, String, Option<String>)> {
    let candidates = handler.candidates();
    // An absolute path leads into a layer. A jar, of which no file is looked for, is not opened.
    if candidates.is_empty() || handler.text.starts_with('/') || !fits(handler) {
        return None;
    }
    let contents = handler.contents()?;
    if candidates.iter().any(|path| contents.has_file(path)) {
        return None;
    }
    if handler.language == Language::Python && is_compiled(&contents, &candidates[0]) {
        return None;
    }
    // What a folder's own package.json calls its module Node.js finds by itself.
    if handler.language == Language::Node && contents.has_file(&format!("{}/package.json", candidates[0])) {
        return None;
    }
    let module = candidates[0].split('/').next().unwrap_or_default();
    if handler.language == Language::Node
        && (contents.has_folder(&format!("node_modules/{module}")) || contents.has_file(&format!("node_modules/{module}")))
    {
        return None;
    }
    // A folder without `__init__.py` and an installed package are modules too, for whoever looks deeper.
    if handler.language == Language::Python && contents.has_folder(candidates[0].trim_end_matches(".py")) {
        return None;
    }
    let wanted = candidates.iter().find(|path| path.contains('.')).unwrap_or(&candidates[0]);
    let fix = nearby(&contents, handler.language).map(|files| {
        let words: Vec<&str> = files.iter().map(String::as_str).collect();
        let typescript = wanted.replace(".js", ".ts");
        if handler.language == Language::Node && contents.has_file(&typescript) {
            return format!("`{typescript}` is there: compile it, and package what comes out");
        }
        suggest(wanted, words)
    });
    Some((elsewhere(cx, handler), format!("{} has no `{wanted}` for the handler `{}`", contents.shown(), handler.text), fix))
}

/// Whether a module is there as machine code: `handler.cpython-313-x86_64-linux-gnu.so`.
fn is_compiled(contents: &Contents<'_>, candidate: &str) -> bool {
    let (folder, file) = candidate.rsplit_once('/').unwrap_or(("", candidate));
    let stem = format!("{}.", file.trim_end_matches(".py"));
    contents.names_in(folder).iter().any(|name| name.starts_with(&stem) && name.ends_with(".so"))
}

/// Files at the top of the package that a handler may be in, few enough to be shown.
fn nearby(contents: &Contents<'_>, language: Language) -> Option<Vec<String>> {
    let endings: &[&str] = match language {
        Language::Node => &["js", "mjs", "cjs", "ts"],
        Language::Python => &["py"],
        Language::Ruby => &["rb"],
        _ => return None,
    };
    let has_one = |name: &String| Path::new(name).extension().is_some_and(|is| endings.iter().any(|ending| is == *ending));
    let names: Vec<String> = contents.names_in("").into_iter().filter(has_one).collect();
    (1..=8).contains(&names.len()).then_some(names)
}

fn file(cx: &View<'_>, found: &mut Findings<'_>) {
    for handler in each(cx).filter(|handler| handler.decided_by().is_none()) {
        if let Some((Elsewhere::Nowhere, message, fix)) = missing_file(cx, &handler) {
            found.add_with(handler.place, &handler.function.address, message, fix);
        }
    }
}

fn not_looked_up(cx: &View<'_>, found: &mut Findings<'_>) {
    for handler in each(cx) {
        let missing = missing_file(cx, &handler).filter(|(elsewhere, _, _)| *elsewhere != Elsewhere::InALayer);
        let message = match (handler.decided_by(), missing) {
            (Some(variable), Some((_, message, _))) => format!("{message}; `{variable}` is set, and may lead to it"),
            (Some(variable), None) => match export(&handler) {
                Some((path, function, Export::Missing(_) | Export::Doubtful)) => {
                    format!("`{path}` has no `{function}` that can be seen; `{variable}` is set, and another may run")
                }
                _ if !fits(&handler) => format!("the handler `{}` is of another form; `{variable}` decides what it means", handler.text),
                _ => continue,
            },
            (None, Some((Elsewhere::Perhaps, message, _))) => format!("{message}; a layer may have it"),
            (None, _) => continue,
        };
        found.add(handler.place, &handler.function.address, message);
    }
}

/// What the handler's file says about its function: the file, the function, what it says instead.
fn export<'a>(handler: &Handler<'a>) -> Option<(String, &'a str, Export)> {
    let (_, function) = handler.parts().filter(|_| fits(handler))?;
    let contents = handler.contents()?;
    let path = handler.candidates().into_iter().find(|path| contents.has_file(path))?;
    let function = match handler.language {
        Language::Ruby => function.rsplit(['.', ':']).next().unwrap_or(function),
        _ => function.split('.').next().unwrap_or(function),
    };
    let export = exports::look(&contents, &path, handler.language, function)?;
    Some((path, function, export))
}

fn missing_export(cx: &View<'_>, found: &mut Findings<'_>) {
    for handler in each(cx).filter(|handler| handler.decided_by().is_none()) {
        if let Some((path, function, Export::Missing(others))) = export(&handler) {
            let message = format!("`{path}` has no `{function}`");
            let fix = (!others.is_empty()).then(|| suggest(function, others.iter().map(String::as_str)));
            found.add_with(handler.place, &handler.function.address, message, fix);
        }
    }
}

fn doubtful_export(cx: &View<'_>, found: &mut Findings<'_>) {
    for handler in each(cx).filter(|handler| handler.decided_by().is_none()) {
        if let Some((path, function, Export::Doubtful)) = export(&handler) {
            found.add(handler.place, &handler.function.address, format!("`{path}` seems not to export `{function}`"));
        }
    }
}
