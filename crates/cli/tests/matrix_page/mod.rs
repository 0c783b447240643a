//! `pgseal matrix --html`: the page of each example and of a project whose names try to be markup, read by an HTML parser, and
//! shown by a real browser where there is one.

mod browser;
mod parsed;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use self::parsed::Parsed;
use crate::pgseal::pgseal;

/// A project in which everything that a user may name is markup, a quote, or turns text around.
const SCHEMA: &str = r#"
create schema app;
create table app.members (
    org_id uuid not null, user_id uuid not null,
    rank text not null check (rank in ('<b>low</b>', '"high"')), primary key (org_id, user_id)
);
create table app."<script>alert(1)</script>" (
    id uuid primary key, "</td>""'><img src=x onerror=alert(1)>" text, owner_id uuid not null
);
create table app."שלום &amp; عالم" (id uuid primary key, owner_id uuid not null, note text);
create table app.turned (id uuid primary key, note text);
create view app."<svg onload=alert(1)>" as select id from app."<script>alert(1)</script>";
"#;

const ACCESS: &str = r#"
[groups.org]
table  = "app.members"
member = "user_id"
key    = "org_id"
rank   = { column = "rank", order = ["<b>low</b>", '"high"'] }
where  = "rank <> '--><script>alert(1)</script>'"

[tables."app.members"]
select = "org(org_id)"

[tables.'app."<script>alert(1)</script>"']
select = "owner_id = me() or claim('<img src=x onerror=alert(1)>') = '</style><script>alert(1)</script>'"
insert = "owner_id = me()"
columns."\"</td>\"\"'><img src=x onerror=alert(1)>\"" = { select = [] }

[tables."app.turned"]
select = "id = me() and note <> 'admin\u202enimda\u200b'"

[tables]
'app."שלום &amp; عالم"' = "owned(owner_id)"

[views]
'app."<svg onload=alert(1)>"' = { select = ["member"] }

[agents.helper]
acts_for = "member"
may      = { 'app."<script>alert(1)</script>"' = ["select(id)"] }
ceilings = { rows_read = 10 }
"#;

const SETTINGS: &str =
    "name = \"</title><script>alert(1)</script>\"\nrole_prefix = \"markup\"\n[schema]\nadd_indexes = true\n";

/// The pages by name, each made once.
fn pages() -> &'static [(String, String)] {
    static PAGES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("schema")).unwrap();
        for (file, text) in [("pgseal.toml", SETTINGS), ("access.toml", ACCESS), ("schema/app.sql", SCHEMA)] {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        let mut pages = vec![("markup".to_owned(), page(folder.path()))];
        for name in ["agent_social", "catalogue", "crm"] {
            pages.push((name.to_owned(), page(&xtask::tree::root().join("examples").join(name))));
        }
        pages
    });
    &PAGES
}

fn page(folder: &Path) -> String {
    let place = tempfile::tempdir().unwrap();
    let file: PathBuf = place.path().join("matrix.html");
    let run = pgseal(folder, &["matrix", "--html", "--output", file.to_str().unwrap()]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn a_page_is_whole_html_without_anything_to_run_or_load() {
    for (name, text) in pages() {
        let page = Parsed::new(text);
        assert_eq!(page.errors, [""; 0], "{name}");
        let known: BTreeSet<&str> = page.tags.iter().map(|tag| tag.name.as_str()).collect();
        let ours = "a article body bdi caption code dd div dl dt h1 h2 h3 head header html li link main meta nav ol p section \
                    span strong style table tbody td th thead title tr ul";
        let ours: BTreeSet<&str> = ours.split_whitespace().collect();
        assert!(known.is_subset(&ours), "{name}: {:?}", known.difference(&ours));
        for tag in &page.tags {
            for (attribute, value) in &tag.attributes {
                assert!(!attribute.starts_with("on") && attribute != "style", "{name}: {tag:?}");
                if ["href", "src"].contains(&attribute.as_str()) {
                    assert!(value.starts_with('#') || value == "data:,", "{name}: {tag:?}");
                }
            }
        }
        assert!(!text.contains("url(") && !text.contains("@import"), "{name}: the style loads something");
    }
}

#[test]
fn a_page_can_be_read_without_seeing_it() {
    for (name, text) in pages() {
        let page = Parsed::new(text);
        let all = |wanted: &str| page.tags.iter().filter(|tag| tag.name == wanted).collect::<Vec<_>>();
        assert_eq!(all("html")[0].get("lang"), Some("en"), "{name}");
        assert_eq!((all("h1").len(), all("main").len(), all("title").len()), (1, 1, 1), "{name}");
        // A heading is at most one deeper than the one before it.
        let levels: Vec<u32> = page.tags.iter().filter_map(|tag| tag.name.strip_prefix('h')?.parse().ok()).collect();
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
        assert!(all("th").iter().all(|th| matches!(th.get("scope"), Some("col" | "row"))), "{name}");
        assert_eq!(all("table").len(), all("caption").len(), "{name}");
        // What scrolls can be scrolled by keyboard, and says what it is.
        for scroll in page.tags.iter().filter(|tag| tag.get("class") == Some("scroll")) {
            assert_eq!((scroll.get("tabindex"), scroll.get("role")), (Some("0"), Some("region")), "{name}");
            assert!(scroll.get("aria-label").is_some_and(|label| !label.is_empty()), "{name}");
        }
        let ids: Vec<&str> = page.tags.iter().filter_map(|tag| tag.get("id")).collect();
        let known: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "{name}: an id stands twice");
        for target in all("a").iter().filter_map(|link| link.get("href")?.strip_prefix('#')) {
            assert!(known.contains(target), "{name}: a link leads to {target}, which is not there");
        }
        for label in page.tags.iter().filter_map(|tag| tag.get("aria-labelledby")) {
            assert!(known.contains(label), "{name}: {label}");
        }
    }
}

#[test]
fn names_that_are_markup_are_shown_as_they_are() {
    let (_, text) = &pages()[0];
    let page = Parsed::new(text);
    for shown in [
        "Who may do what: </title><script>alert(1)</script>",
        "app.\"<script>alert(1)</script>\"",
        "\"</td>\"\"'><img src=x onerror=alert(1)>\"",
        "app.\"<svg onload=alert(1)>\"",
        "app.\"שלום &amp; عالم\"",
        "<b>low</b>",
        "rank <> '--><script>alert(1)</script>'",
        "'</style><script>alert(1)</script>'",
        "admin[U+202E]nimda[U+200B]",
    ] {
        assert!(page.text.contains(shown), "not on the page: {shown}");
    }
    assert!(!text.contains('\u{202e}') && !text.contains('\u{200b}'), "the page turns text around");
}

#[test]
fn a_page_says_the_same_as_the_matrix_in_the_same_bytes() {
    let folder = xtask::tree::root().join("examples/crm");
    let (_, text) = pages().iter().find(|(name, _)| name == "crm").unwrap();
    assert!(*text == page(&folder), "another page at the second time");
    let printed = pgseal(&folder, &["matrix", "--html"]);
    assert!(printed.stdout == *text, "--output writes something else than stdout");
    let shown = Parsed::new(text).text;
    for line in pgseal(&folder, &["matrix"]).stdout.lines() {
        // Of a line the last cell is the condition; rights of columns and functions are laid out otherwise.
        let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        let last = cells.last().copied().unwrap_or_default();
        let condition = ["rows of ", "their own rows", "if "].iter().any(|begin| last.starts_with(begin));
        assert!(!condition || shown.contains(last), "not on the page: {last}");
    }
}

/// Text and what lies behind it differ enough for everybody, in light and in dark.
#[test]
fn colours_can_be_told_apart() {
    let style = Parsed::new(&pages()[0].1).style;
    let (light, rest) = style.split_once("@media (prefers-color-scheme: dark)").unwrap();
    for (scheme, text) in [("light", light), ("dark", rest.split_once("* {").unwrap().0)] {
        let colour = |name: &str| {
            let (_, value) =
                text.split_once(&format!("--{name}: #")).unwrap_or_else(|| panic!("{scheme}: no --{name}"));
            luminance(&value[..6])
        };
        let on_everything = ["ink", "soft", "link", "every", "error"];
        let behind = ["paper", "card", "head"];
        let mut pairs: Vec<(&str, &str)> =
            on_everything.iter().flat_map(|ink| behind.iter().map(move |paper| (*ink, *paper))).collect();
        pairs.extend([("when", "when-paper"), ("every", "every-paper")]);
        for (ink, paper) in pairs {
            let (a, b) = (colour(ink), colour(paper));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= 4.5, "{scheme}: {ink} on {paper}: {contrast:.2}");
        }
    }
}

/// Relative luminance of `rrggbb`, as WCAG defines it.
fn luminance(hex: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}
