//! The pages in a headless Chromium: nothing is loaded, nothing complains, and on a telephone nothing sticks out. Where there is
//! no Chromium the run says so; with `PGSEAL_TEST_BROWSER=required`, as in CI, that is a failure.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use super::pages;

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// The width of a small telephone, a tablet and a desk, in CSS pixels.
const WIDTHS: [u32; 3] = [390, 768, 1280];

/// Without these Chromium asks hosts of its maker's.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--enable-logging=stderr",
];

/// Measures each page in frames of several widths, and writes down what it finds.
const MEASURE: &str = r#"<!doctype html><title>measure</title><link rel="icon" href="data:,"><body><script>
const frames = [];
for (const name of PAGES) for (const width of WIDTHS) {
  const frame = document.createElement("iframe");
  frame.src = "/" + name; frame.width = width; frame.height = 800; frame.style.border = 0;
  document.body.append(frame);
  frames.push([name, width, frame]);
}
addEventListener("load", () => {
  const found = frames.map(([name, width, frame]) => {
    const page = frame.contentDocument, view = frame.contentWindow, root = page.documentElement;
    return {
      name, width, title: page.title, headings: page.querySelectorAll("h2").length,
      // What may scroll by itself may be wider than the page, the page may not.
      wider: root.scrollWidth - root.clientWidth,
      loaded: view.performance.getEntriesByType("resource").length,
      scripts: page.scripts.length, dark: view.matchMedia("(prefers-color-scheme: dark)").matches,
      paper: view.getComputedStyle(page.body).backgroundColor,
    };
  });
  const answer = document.createElement("pre");
  answer.id = "answer"; answer.textContent = JSON.stringify(found);
  document.body.replaceChildren(answer);
});
</script>"#;

fn browser() -> Option<String> {
    let found = BROWSERS.iter().find(|name| {
        let asked = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    });
    assert!(
        found.is_some() || std::env::var_os("PGSEAL_TEST_BROWSER").is_none(),
        "none of {BROWSERS:?} can be run, and PGSEAL_TEST_BROWSER asks for one"
    );
    found.map(|name| (*name).to_owned())
}

/// Answers `/` with the measuring page and `/NAME` with that page until the process ends; notes what is asked for.
fn serve() -> (u16, Arc<Mutex<BTreeSet<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(BTreeSet::new()));
    let noted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let noted = Arc::clone(&noted);
            std::thread::spawn(move || answer(&stream, &noted));
        }
    });
    (port, asked)
}

fn answer(mut stream: &TcpStream, asked: &Mutex<BTreeSet<String>>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let names: Vec<&String> = pages().iter().map(|(name, _)| name).collect();
    let body = match pages().iter().find(|(name, _)| *name == path) {
        Some((_, page)) => page.clone(),
        None => MEASURE.replace("PAGES", &format!("{names:?}")).replace("WIDTHS", &format!("{WIDTHS:?}")),
    };
    asked.lock().unwrap().insert(path);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    // A browser that hangs up has what it wants.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

#[test]
fn a_browser_shows_the_pages_and_asks_for_nothing_else() {
    let Some(browser) = browser() else {
        eprintln!("skipped the pages in a browser: none of {BROWSERS:?} can be run");
        return;
    };
    let mut papers = BTreeSet::new();
    for dark in [false, true] {
        let (port, asked) = serve();
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new(&browser);
        command.args(ARGUMENTS).arg(format!("--user-data-dir={}", profile.path().display()));
        command.arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)));
        let output = command.arg("--dump-dom").arg(format!("http://127.0.0.1:{port}/")).output().unwrap();
        let (shown, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let answer = shown.split_once("<pre id=\"answer\">").and_then(|(_, rest)| rest.split_once("</pre>"));
        let answer = answer.unwrap_or_else(|| panic!("{shown}\n{said}")).0;
        let answer = answer.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let measured: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let measured = measured.as_array().unwrap();
        assert_eq!(measured.len(), pages().len() * WIDTHS.len());
        for frame in measured {
            assert_eq!(frame["wider"], 0, "sticks out: {frame}");
            assert_eq!((&frame["scripts"], &frame["loaded"]), (&0.into(), &0.into()), "{frame}");
            assert_eq!((&frame["dark"], &frame["headings"]), (&dark.into(), &10.into()), "{frame}");
            assert!(frame["title"].as_str().unwrap().starts_with("Who may do what: "), "{frame}");
            papers.insert((dark, frame["paper"].as_str().unwrap().to_owned()));
        }
        let said: Vec<&str> = said.lines().filter(|line| line.contains("CONSOLE")).collect();
        assert!(said.is_empty(), "{said:?}");
        let mut expected: BTreeSet<String> = pages().iter().map(|(name, _)| name.clone()).collect();
        expected.insert(String::new());
        assert_eq!(*asked.lock().unwrap(), expected);
    }
    let papers: BTreeSet<&String> = papers.iter().map(|(_, paper)| paper).collect();
    assert_eq!(papers.len(), 2, "light and dark: {papers:?}");
}
