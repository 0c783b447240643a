//! Where to connect, as whom.

/// The same place with another login: a URL, or a `key=value` string, where the last word counts.
pub fn with_login(url: &str, role: &str, password: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return format!("{url} user={} password={}", quoted(role), quoted(password)).trim_start().to_owned();
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, place) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (path, query) = place.split_once('?').unwrap_or((place, ""));
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("user=") && !pair.starts_with("password="))
        .collect();
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    format!("{scheme}://{}:{}@{host}{path}{query}", percent(role), percent(password))
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::with_login;

    #[test]
    fn a_login_takes_the_place_of_another_in_every_kind_of_url() {
        for (given, expected) in [
            ("postgres://root:pw@db:5432/app?sslmode=require", "postgres://a:p@db:5432/app?sslmode=require"),
            ("postgresql://db/app", "postgresql://a:p@db/app"),
            ("postgresql:///app?host=/run/pg&user=x&password=y", "postgresql://a:p@/app?host=/run/pg"),
            ("postgresql://root@%2Frun%2Fpg", "postgresql://a:p@%2Frun%2Fpg"),
            ("host=/run/pg user=root dbname=app", "host=/run/pg user=root dbname=app user='a' password='p'"),
        ] {
            assert_eq!(with_login(given, "a", "p"), expected);
        }
        assert_eq!(with_login("postgres://h/d", "a b", "p@/:"), "postgres://a%20b:p%40%2F%3A@h/d");
    }
}
