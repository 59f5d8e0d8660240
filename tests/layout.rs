//! `etlctl fmt` over every stack file of the project: what is read is the same, comments stay, and twice is
//! like once.

use std::path::{Path, PathBuf};

use etlctl::testing::source::layout::{Layout, layout};

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["tests/cases", "tests/scripts", "docs/cookbook", "desired-state", "src/kinds"].map(|at| root.join(at)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 100, "only {} files found", found.len());
    found
}

fn read(text: &str) -> serde_json::Value {
    serde_saphyr::from_str(text).unwrap()
}

/// Words of the comments, in order: a `#` within quotes counts on both sides.
fn comments(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| Some(line[line.find('#')?..].trim_end().replace('\'', "\""))).collect()
}

#[test]
fn every_stack_file_is_laid_out_without_loss() {
    let (mut left, mut refused) = (Vec::new(), Vec::new());
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let Ok(laid) = layout(&path, &text) else {
            refused.push(path);
            continue;
        };
        let Layout::Text(laid) = laid else {
            left.push(path);
            continue;
        };
        assert_eq!(read(&laid), read(&text), "{}\n{laid}", path.display());
        assert_eq!(comments(&laid), comments(&text), "{}", path.display());
        assert_eq!(layout(&path, &laid).unwrap(), Layout::Text(laid), "{}", path.display());
    }
    assert!(left.is_empty(), "left as they are: {left:#?}");
    // Files that are wrong on purpose: no reader takes them.
    let is_yaml = |path: &&std::path::PathBuf| serde_saphyr::from_str::<serde_json::Value>(&std::fs::read_to_string(path).unwrap()).is_ok();
    let readable: Vec<_> = refused.iter().filter(is_yaml).collect();
    assert!(readable.is_empty(), "refused, and are YAML: {readable:#?}");
}

/// What the project itself keeps is in that layout.
#[test]
fn the_stack_files_of_the_project_are_laid_out() {
    for name in ["desired-state/lambda-etl.yaml", "desired-state/lambda-etl-optimization.yaml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let Layout::Text(laid) = layout(&path, &text).unwrap() else { panic!("{name} is left") };
        let differ: Vec<_> = text.lines().zip(laid.lines()).filter(|(a, b)| a != b).collect();
        assert!(differ.is_empty() && text == laid, "{name}: {differ:#?}");
    }
}
