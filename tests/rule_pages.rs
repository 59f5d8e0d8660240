//! `docs/rules/` says of every code what the program says, and `docs/operations.md` of every call.
//! `UPDATE_PAGES=1` writes the pages anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use etlctl::testing::check::pages;

#[test]
fn every_code_has_its_page_and_every_page_its_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let mut wanted: BTreeMap<String, String> = pages::all().iter().map(|page| (format!("{}.md", page.code), page.markdown())).collect();
    wanted.insert("README.md".into(), pages::index());
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).unwrap();
        wanted.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
    }
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())
    };
    let found: BTreeMap<String, String> = fs::read_dir(&folder).unwrap().map(read).collect();
    for (name, text) in &wanted {
        assert_eq!(found.get(name), Some(text), "docs/rules/{name} is not what the code says; run the test with UPDATE_PAGES=1");
    }
    assert_eq!(found.len(), wanted.len(), "a page stands for no code: {:?}", found.keys().filter(|name| !wanted.contains_key(*name)));
}

#[test]
fn the_page_of_operations_says_what_the_rows_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md");
    let wanted = etlctl::testing::permissions::operations::page();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), wanted, "docs/operations.md; run the test with UPDATE_PAGES=1");
}

#[test]
fn the_page_of_members_says_what_the_rows_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/members.md");
    let wanted = etlctl::testing::permissions::members::page();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), wanted, "docs/members.md; run the test with UPDATE_PAGES=1");
}

#[test]
fn every_page_says_why_how_and_whence() {
    for page in pages::all() {
        let text = page.text();
        let parts: Vec<&str> = text.split("\n\n").collect();
        assert_eq!(parts.len(), 4, "{}", page.code);
        assert!(parts.iter().all(|part| part.trim().len() > 12), "{}: {text}", page.code);
    }
}
