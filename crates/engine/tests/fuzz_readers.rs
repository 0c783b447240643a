//! Both readers against mutated files: whatever they are given, they answer with findings. A fixed number of inputs from
//! fixed seeds, on a thread with a small stack, so that what fails once fails always.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own generator: a panic there is a failure"
)]

use pgseal_engine::diagnostic;
use pgseal_engine::source::Sources;
use pgseal_engine::syntax::{access, settings};

const INPUTS: usize = 4_000;

const SEEDS: &[&str] = &[
    include_str!("../src/syntax/access/everything.toml"),
    "name = \"acme\"\nrole_prefix = \"acme\"\nscratch_url = \"postgres://localhost\"\nexternal = [\"auth.users(id uuid)\"]\n\
     [paths]\naccess = [\"access.toml\", \"access\"]\nschema = \"schema\"\n[schema]\nadd_indexes = true\n",
    "[tables]\n\"app.\\\"a\\nb\\\"\" = { select = '''\nmulti\nline''', update = { before = \"\"\"\\\n x\"\"\" } }\n",
];

/// What mutations put in: everything that TOML, SQL or a terminal reads in its own way.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\\",
    "\\u0000",
    "\\u{0}",
    "\0",
    "\n",
    "\r\n",
    "\r",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "{}",
    "[]",
    "=",
    ".",
    ",",
    "#",
    " = ",
    "\u{feff}",
    "\u{202e}",
    "é",
    "\u{1f980}",
    "0x",
    "1e999",
    "99999999999999999999",
    "-1",
    "nan",
    "1979-05-27T07:32:00Z",
    "true",
    "never",
    "[tables]",
    "[[prove]]",
    "[tables.\"app.a\"]",
    "for.",
    "columns.",
    "require",
    "; drop table x; --",
    "/*",
    "$1",
    "app.a",
    "\"app.\\\"b\"",
    "\"\" = ",
    "a.a.a.a.a.a = 1\n",
];

/// A small generator of our own: the same numbers on every machine and forever (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides.max(1)).unwrap()).unwrap()
    }
}

/// The same bytes made text again, as a file that is read must be.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn mutated(dice: &mut Dice) -> String {
    let mut bytes = SEEDS[dice.roll(SEEDS.len())].as_bytes().to_vec();
    for _ in 0..=dice.roll(6) {
        let (a, b) = (dice.roll(bytes.len() + 1), dice.roll(bytes.len() + 1));
        let (start, end) = (a.min(b), a.max(b));
        match dice.roll(8) {
            0 if start < bytes.len() => bytes[start] = u8::try_from(dice.roll(256)).unwrap(),
            1 => drop(bytes.drain(start..end.min(start + 40))),
            2 => drop(bytes.drain(start..end)),
            3 => {
                let copy = bytes[start..end.min(start + 200)].to_vec();
                let at = dice.roll(bytes.len() + 1);
                drop(bytes.splice(at..at, copy));
            }
            4 => {
                let times = [1, 3, 90, 600][dice.roll(4)];
                let piece = PIECES[dice.roll(PIECES.len())].repeat(times);
                drop(bytes.splice(start..start, piece.into_bytes()));
            }
            5 => {
                let seed = SEEDS[dice.roll(SEEDS.len())].as_bytes();
                let from = dice.roll(seed.len());
                let part = seed[from..(from + dice.roll(120)).min(seed.len())].to_vec();
                drop(bytes.splice(start..start, part));
            }
            _ => {
                let piece = PIECES[dice.roll(PIECES.len())].bytes();
                drop(bytes.splice(start..start, piece));
            }
        }
    }
    text(&bytes)
}

/// Reads a text as either file, and holds the readers to what they promise of every input.
fn read(input: &str) {
    let mut sources = Sources::default();
    let file = sources.add("input.toml", input);
    let twice = sources.add("twice.toml", input);
    let (_, mut findings) = access::parse(&sources, &[file, twice]);
    findings.extend(settings::parse(&sources, Some(file), input).1);
    for finding in &findings {
        assert!(!finding.message.contains(['\n', '\0']), "a message of one line: {finding:?}");
        assert!(finding.help.is_some(), "{finding:?} says what to do");
        let span = finding.span.unwrap_or_else(|| panic!("{finding:?} says where"));
        assert!(input.get(span.start as usize..span.end as usize).is_some(), "{finding:?} in {input:?}");
    }
    diagnostic::plain(&sources, &findings);
}

/// Runs on half a thread's usual stack.
fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap();
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

#[test]
fn mutated_files_get_findings_and_nothing_else() {
    on_small_stack(|| {
        let mut dice = Dice(0x5ea1_5ea1_5ea1_5ea1);
        for number in 0..INPUTS {
            let input = mutated(&mut dice);
            if std::panic::catch_unwind(|| read(&input)).is_err() {
                panic!("input {number}: {input:?}");
            }
        }
    });
}

#[test]
fn deep_and_huge_files_get_findings_and_nothing_else() {
    on_small_stack(|| {
        for deep in ["[", "{a=", "[[", "a.", "\"a\".", "[a.", "x=[", "{", "'", "\"\\", "for.a.", "[{a=[{b="] {
            for times in [70, 79, 80, 81, 100, 5_000] {
                let nest = deep.repeat(times);
                read(&nest);
                read(&format!("tables = {nest}"));
                read(&format!("[tables]\n\"app.a\" = {nest}"));
                read(&format!("[tables.\"app.a\"]\n{nest}x = 1"));
                read(&format!("[tables]\n{nest}x = 1\n[{nest}x]\n[[{nest}x]]"));
            }
        }
        let huge = "k".repeat(300_000);
        read(&format!("[tables]\n{huge} = 1\n\"{huge}\n\" = 'x'\n[{huge}]\n[roles.{huge}]\nx = '{huge}'"));
        read(&format!("role_prefix = '{huge}'\n{huge} = '{huge}'"));
        let many: String = (0..2_000).map(|number| format!("\"t{number}\" = {number}\n")).collect();
        read(&format!("[tables]\n{many}"));
    });
}

#[test]
fn every_seed_itself_is_read() {
    SEEDS.iter().for_each(|seed| read(seed));
}
