//! Reads database URLs: takes out what concerns TLS, leaves the rest to tokio-postgres.

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::{ConnectError, Target, Verification};

/// The options that we read ourselves, taken out of a URL or `key=value` string.
#[derive(Default)]
struct TlsOptions {
    mode: Option<String>,
    root: Option<String>,
    unsupported: Option<String>,
}

impl TlsOptions {
    /// Takes an option that is ours; `false` if it is for tokio-postgres.
    fn take(&mut self, name: &str, value: &str) -> bool {
        match name {
            "sslmode" => self.mode = Some(value.to_owned()),
            "sslrootcert" => self.root = Some(value.to_owned()).filter(|value| value != "system"),
            "sslcert" | "sslkey" | "sslpassword" | "sslcrl" | "service" | "passfile" => {
                self.unsupported = Some(name.to_owned());
            }
            "gssencmode" | "krbsrvname" => {}
            _ => return false,
        }
        true
    }
}

pub(super) fn parse(text: &str) -> Result<Target, ConnectError> {
    let wrong = |problem: String| ConnectError::Url { problem };
    let mut options = TlsOptions::default();
    let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
    let rest = if is_url { without_query_options(text, &mut options) } else { without_pairs(text, &mut options)? };
    if let Some(name) = options.unsupported {
        return Err(wrong(format!("has the option `{name}`, which pgseal does not support")));
    }
    let mut config: Config = rest.parse().map_err(|error: tokio_postgres::Error| {
        use std::error::Error as _;
        wrong(format!("cannot be read ({})", error.source().map_or_else(|| error.to_string(), ToString::to_string)))
    })?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(wrong("names no host".to_owned()));
    }
    if config.get_application_name().is_none() {
        config.application_name("pgseal");
    }
    let verification = match options.mode.as_deref() {
        _ if config.get_hosts().iter().all(is_socket) && !config.get_hosts().is_empty() => Verification::Plain,
        Some("disable") => Verification::Plain,
        None | Some("prefer" | "allow") => Verification::IfOffered,
        // As libpq: a root certificate that was given is used.
        Some("require") if options.root.is_some() => Verification::Certificate,
        Some("require") => Verification::Encrypted,
        Some("verify-ca") => Verification::Certificate,
        Some("verify-full") => Verification::CertificateAndHost,
        Some(other) => {
            return Err(wrong(format!(
                "has `sslmode={other}`, which is none of disable, prefer, require, verify-ca, verify-full"
            )));
        }
    };
    config.ssl_mode(match verification {
        Verification::Plain => SslMode::Disable,
        Verification::IfOffered => SslMode::Prefer,
        _ => SslMode::Require,
    });
    Ok(Target { config, verification, root_certificates: options.root })
}

fn is_socket(host: &Host) -> bool {
    !matches!(host, Host::Tcp(_))
}

/// A URL without the query options that are ours.
fn without_query_options(text: &str, options: &mut TlsOptions) -> String {
    let Some((before, query)) = text.split_once('?') else { return text.to_owned() };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            !pair.is_empty() && !options.take(name, &decoded(value))
        })
        .collect();
    if kept.is_empty() { before.to_owned() } else { format!("{before}?{}", kept.join("&")) }
}

/// Undoes percent-encoding.
fn decoded(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = value.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(code.unwrap_or(byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A `key=value` string without the pairs that are ours; the others stay as they were written. Values may be quoted; a
/// backslash escapes.
fn without_pairs(text: &str, options: &mut TlsOptions) -> Result<String, ConnectError> {
    let mut kept = String::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest
            .split_once('=')
            .ok_or_else(|| ConnectError::Url { problem: "is neither a URL nor `key=value` pairs".to_owned() })?;
        let (value, after) = value(after.trim_start());
        if !options.take(name.trim_end(), &value) {
            kept.push_str(rest.get(..rest.len() - after.len()).unwrap_or_default());
            kept.push(' ');
        }
        rest = after.trim_start();
    }
    Ok(kept)
}

/// Reads a value, and what follows it.
fn value(text: &str) -> (String, &str) {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(usize::from(quoted)) {
        match character {
            _ if escaped => {
                value.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '\'' if quoted => return (value, text.get(at + 1..).unwrap_or_default()),
            _ if !quoted && character.is_whitespace() => return (value, text.get(at..).unwrap_or_default()),
            _ => value.push(character),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn problem(text: &str) -> String {
        match parse(text) {
            Ok(target) => panic!("{text} was read as {target:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn urls_say_what_is_verified() {
        let verification = |text| target(text).verification();
        assert_eq!(verification("postgres://u@h/d"), Verification::IfOffered);
        assert_eq!(verification("postgres://u@h/d?sslmode=require"), Verification::Encrypted);
        assert_eq!(verification("postgres://u@h/d?sslmode=require&sslrootcert=/a%20b"), Verification::Certificate);
        assert_eq!(verification("postgresql://u@h/d?sslmode=verify-ca"), Verification::Certificate);
        assert_eq!(verification("postgresql://u@h/d?sslmode=verify-full"), Verification::CertificateAndHost);
        assert_eq!(verification("host=h user=u sslmode = verify-full"), Verification::CertificateAndHost);
        assert_eq!(verification("postgresql://u@h/d?sslmode=disable"), Verification::Plain);
        assert_eq!(verification("postgresql:///d?host=/run/x&sslmode=require"), Verification::Plain);
        assert!(problem("postgresql://u@h/d?sslmode=strict").contains("`sslmode=strict`"));
        assert!(problem("postgresql://u@h/d?sslcert=a.pem").contains("`sslcert`"));
    }

    #[test]
    fn passwords_are_in_no_message() {
        for text in ["postgres://ann:s3cret@h:6543/d", "host=h port=6543 user=ann password='s3 cret' dbname=d"] {
            let target = target(text);
            assert_eq!(target.describe(), "`h:6543/d` as `ann`");
            assert!(!format!("{target:?}").contains("cret"), "{target:?}");
        }
        for text in
            ["postgres://ann:s3cret@h:notaport/d", "postgres://ann:s3cret@h/d?schema=public", "s3cret", "postgres://"]
        {
            assert!(!problem(text).contains("s3cret"), "{}", problem(text));
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert!(problem("postgres://u@h/d?schema=public").contains("`schema`"));
        assert!(problem("acme").contains("neither a URL nor"));
        assert!(problem("user=u").contains("names no host"));
    }

    #[test]
    fn quoted_values_keep_their_spaces_and_quotes() {
        let target = target(r"host=h user='an n' dbname='it\'s' sslmode=disable");
        assert_eq!(target.describe(), "`h:5432/it's` as `an n`");
    }
}
