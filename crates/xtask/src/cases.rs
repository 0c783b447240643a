//! Case folders: `tests/cases/<stage>/<name>/` holds what a person wrote and what the program answers.
//!
//! Folders are found at run time, so a new one needs no Rust. Answers are written only with `UPDATE=1` and an absent one is a
//! failure. `CASE=<part of a name>` runs some of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::tree;

/// One folder.
#[derive(Debug, Clone)]
pub struct Case {
    /// The folder's name.
    pub name: String,
    folder: PathBuf,
}

impl Case {
    /// The text of an input file; none if there is no such file.
    pub fn read(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.join(file)).ok()
    }

    /// The text of an input file that the stage cannot do without.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn text(&self, file: &str) -> Result<String, String> {
        std::fs::read_to_string(self.folder.join(file)).map_err(|error| format!("{file}: {error}"))
    }
}

/// What the program answers for a case.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    files: BTreeMap<String, Answer>,
}

#[derive(Debug, Clone)]
enum Answer {
    Required(String),
    Optional(String),
    Absent,
}

impl Answers {
    /// A file that every case of the stage has.
    #[must_use]
    pub fn file(mut self, name: &str, text: impl Into<String>) -> Self {
        self.files.insert(name.to_owned(), Answer::Required(text.into()));
        self
    }

    /// A file that is compared in those cases that have it, and never made by `UPDATE=1`.
    #[must_use]
    pub fn optional(mut self, name: &str, text: impl Into<String>) -> Self {
        self.files.insert(name.to_owned(), Answer::Optional(text.into()));
        self
    }

    /// A file that this case must not have, because there was no such answer.
    #[must_use]
    pub fn absent(mut self, name: &str) -> Self {
        self.files.insert(name.to_owned(), Answer::Absent);
        self
    }
}

/// The folders of a stage, by name; those that `CASE` names if it is set.
pub fn find(stage: &str) -> Vec<Case> {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let folder = tree::root().join("tests/cases").join(stage);
    let mut cases: Vec<Case> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| Case { name: entry.file_name().to_string_lossy().into_owned(), folder: entry.path() })
        .filter(|case| case.name.contains(&wanted))
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// Runs every case of a stage, several at once, and compares the answers with the files in its folder.
///
/// # Errors
/// A report of all cases that answered something else, panicked, or lack a file; also if the stage has no case at all.
pub fn run(stage: &str, answer: impl Fn(&Case) -> Result<Answers, String> + Sync) -> Result<usize, String> {
    let cases = find(stage);
    if cases.is_empty() && std::env::var_os("CASE").is_none() {
        return Err(format!("tests/cases/{stage} has no cases"));
    }
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    let mut report = String::new();
    let mut failed = 0;
    for (case, complaints) in cases.iter().zip(complaints(&cases, &answer, update)) {
        if !complaints.is_empty() {
            failed += 1;
            let _ = writeln!(report, "tests/cases/{stage}/{}\n{}", case.name, complaints.join("\n"));
        }
    }
    if failed == 0 { Ok(cases.len()) } else { Err(format!("{failed} of {} cases failed\n\n{report}", cases.len())) }
}

/// What is wrong with each case, in their order.
fn complaints(
    cases: &[Case],
    answer: &(impl Fn(&Case) -> Result<Answers, String> + Sync),
    update: bool,
) -> Vec<Vec<String>> {
    let one = |case: &Case| match std::panic::catch_unwind(AssertUnwindSafe(|| answer(case))) {
        Ok(Ok(answers)) => {
            answers.files.iter().filter_map(|(file, answer)| compare(case, file, answer, update)).collect()
        }
        Ok(Err(message)) => vec![message],
        Err(_) => vec!["panicked: the message stands above".to_owned()],
    };
    let next = AtomicUsize::new(0);
    let work = || {
        std::iter::from_fn(|| {
            let at = next.fetch_add(1, Ordering::Relaxed);
            Some((at, one(cases.get(at)?)))
        })
        .collect::<BTreeMap<_, _>>()
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut found = BTreeMap::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        found.extend(threads.into_iter().filter_map(|thread| thread.join().ok()).flatten());
    });
    found.into_values().collect()
}

fn compare(case: &Case, file: &str, answer: &Answer, update: bool) -> Option<String> {
    let path = case.folder.join(file);
    let expected = case.read(file);
    match (answer, expected) {
        (Answer::Absent, None) | (Answer::Optional(_), None) => None,
        (Answer::Required(text) | Answer::Optional(text), Some(expected)) if *text == expected => None,
        (Answer::Absent, Some(_)) if update => std::fs::remove_file(path).err().map(|error| error.to_string()),
        (Answer::Absent, Some(_)) => Some(format!("  {file}: is there, but the program gave no such answer")),
        (Answer::Required(text) | Answer::Optional(text), _) if update => {
            std::fs::write(path, text).err().map(|error| error.to_string())
        }
        (Answer::Required(text), None) => Some(format!("  {file}: absent; UPDATE=1 writes it:\n{}", indent(text))),
        (Answer::Required(text) | Answer::Optional(text), Some(expected)) => {
            Some(format!("  {file}: differs (- expected, + answered)\n{}", difference(&expected, text)))
        }
    }
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// The lines that differ, without those that both texts begin and end with.
fn difference(expected: &str, answered: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), answered.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let middle = |lines: &[&str], sign: char| -> String {
        lines.iter().take(lines.len() - tail).skip(head).map(|line| format!("    {sign} {line}\n")).collect()
    };
    let shown = format!("{}{}", middle(&old, '-'), middle(&new, '+'));
    if shown.is_empty() {
        "    only in white space at the end of a line or of the file\n".to_owned()
    } else {
        format!("    from line {}\n{shown}", head + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn a_difference_shows_the_middle_only() {
        assert_eq!(difference("a\nb\nc\n", "a\nx\ny\nc\n"), "    from line 2\n    - b\n    + x\n    + y\n");
        assert_eq!(difference("a\n", "a\na\n"), "    from line 2\n    + a\n");
        assert!(difference("a\n", "a").contains("white space"));
    }
}
