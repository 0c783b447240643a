//! The pages in a headless Chromium: nothing is loaded, nothing complains, and on a telephone nothing sticks out. Where there is
//! no Chromium the run says so; with `PGSEAL_TEST_BROWSER=required`, as in CI, that is a failure.

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

/// Measures a page in frames of several widths, and writes down what it finds.
const MEASURE: &str = r#"<!doctype html><title>measure</title><body><script>
const widths = [WIDTHS];
for (const width of widths) {
  const frame = document.createElement("iframe");
  frame.src = "/page"; frame.width = width; frame.height = 800; frame.style.border = 0;
  document.body.append(frame);
}
addEventListener("load", () => {
  const found = [...document.querySelectorAll("iframe")].map((frame, at) => {
    const page = frame.contentDocument, view = frame.contentWindow, root = page.documentElement;
    return {
      width: widths[at], title: page.title, headings: page.querySelectorAll("h2").length,
      // What may scroll by itself may be wider than the page, the page may not.
      wider: root.scrollWidth - root.clientWidth,
      loaded: view.performance.getEntriesByType("resource").map((entry) => entry.name),
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

/// Answers `/` with the measuring page and `/page` with the page until the process ends; notes what is asked for.
fn serve(page: String) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (page, noted) = (page.clone(), Arc::clone(&noted));
            std::thread::spawn(move || answer(stream, &page, &noted));
        }
    });
    (port, asked)
}

fn answer(stream: TcpStream, page: &str, asked: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let widths: Vec<String> = WIDTHS.iter().map(u32::to_string).collect();
    let body = match path.as_str() {
        "/" => MEASURE.replace("WIDTHS", &widths.join(", ")),
        "/page" => page.to_owned(),
        _ => String::new(),
    };
    asked.lock().unwrap().push(path);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = &stream;
    // A browser that hangs up has what it wants.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

#[test]
fn a_browser_shows_the_pages_and_asks_for_nothing_else() {
    let Some(browser) = browser() else {
        eprintln!("skipped the pages in a browser: none of {BROWSERS:?} can be run");
        return;
    };
    for (name, page) in pages() {
        let mut papers = Vec::new();
        for dark in [false, true] {
            let (port, asked) = serve(page.clone());
            let profile = tempfile::tempdir().unwrap();
            let mut command = Command::new(&browser);
            command.args(ARGUMENTS).arg(format!("--user-data-dir={}", profile.path().display()));
            command.arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)));
            let output = command.arg("--dump-dom").arg(format!("http://127.0.0.1:{port}/")).output().unwrap();
            let (shown, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            let (_, answer) =
                shown.split_once("<pre id=\"answer\">").unwrap_or_else(|| panic!("{name}: {shown}\n{said}"));
            let answer = answer.split_once("</pre>").unwrap().0;
            let answer = answer.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            let measured: serde_json::Value = serde_json::from_str(&answer).unwrap();
            for frame in measured.as_array().unwrap() {
                assert_eq!(frame["wider"], 0, "{name} sticks out: {frame}");
                assert_eq!((&frame["scripts"], frame["loaded"].as_array().unwrap().len()), (&0.into(), 0), "{frame}");
                assert_eq!(frame["dark"], dark, "{name}: {frame}");
                assert_eq!(frame["headings"], 10, "{name}: {frame}");
                assert!(frame["title"].as_str().unwrap().starts_with("Who may do what: "), "{name}: {frame}");
            }
            papers.push(measured[0]["paper"].clone());
            let said: Vec<&str> = said.lines().filter(|line| line.contains("CONSOLE")).collect();
            assert!(said.is_empty(), "{name}: {said:?}");
            let mut asked = asked.lock().unwrap().clone();
            asked.sort();
            asked.dedup();
            // The measuring page has an icon to ask for, ours has none.
            asked.retain(|path| path != "/favicon.ico");
            assert_eq!(asked, ["/", "/page"], "{name}");
        }
        assert_ne!(papers[0], papers[1], "{name} looks the same in light and in dark");
    }
}
