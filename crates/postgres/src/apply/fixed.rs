//! Server versions with known holes that matter to who may see or write which row: a selection, not all that was ever found.
//! Each number, what it lets somebody do and where it is fixed was compared with what the server's project published: its release
//! notes (<https://www.postgresql.org/docs/release/>), the CVE record that it wrote, or a copy of that record. A hole that
//! becomes known after this was written is not here: nobody is told that a version has none.

/// A hole: its number, what it lets somebody do, and the first minor version without it, by major version. A major version that
/// is not named did not have it.
struct Hole {
    number: &'static str,
    lets: &'static str,
    fixed: &'static [(u32, u32)],
}

const HOLES: [Hole; 11] = [
    Hole { number: "CVE-2023-2455", lets: "policies of another role after inlining", fixed: &[(15, 3)] },
    Hole { number: "CVE-2023-39418", lets: "MERGE writes past policies", fixed: &[(15, 4)] },
    Hole { number: "CVE-2024-4317", lets: "statistics of others' data are readable", fixed: &[(15, 7), (16, 3)] },
    Hole {
        number: "CVE-2024-10976",
        lets: "policies of another role below a sub-query",
        fixed: &[(15, 9), (16, 5), (17, 1)],
    },
    Hole { number: "CVE-2024-10978", lets: "SET ROLE resets to another role", fixed: &[(15, 9), (16, 5), (17, 1)] },
    Hole {
        number: "CVE-2025-8713",
        lets: "statistics tell of rows that policies hide",
        fixed: &[(15, 14), (16, 10), (17, 6)],
    },
    Hole {
        number: "CVE-2026-2006",
        lets: "any login may run code on the server",
        fixed: &[(15, 16), (16, 12), (17, 8), (18, 2)],
    },
    Hole {
        number: "CVE-2026-6473",
        lets: "any login may run code on the server",
        fixed: &[(15, 18), (16, 14), (17, 10), (18, 4)],
    },
    Hole {
        number: "CVE-2026-14680",
        lets: "any login may run code on the server",
        fixed: &[(15, 19), (16, 15), (17, 11), (18, 6)],
    },
    Hole {
        number: "CVE-2026-120141",
        lets: "any login may run code on the server",
        fixed: &[(15, 20), (16, 16), (17, 12), (18, 7)],
    },
    Hole {
        number: "CVE-2026-6460",
        lets: "who may create objects may run code on the server",
        fixed: &[(15, 20), (16, 16), (17, 12), (18, 7)],
    },
];

/// What a server of that version (`server_version_num`) is open to, and the version that is not; none if nothing is known.
pub(super) fn open(version: u32) -> Option<(Vec<String>, String)> {
    let (major, minor) = (version / 10_000, version % 10_000);
    let mut holes = Vec::new();
    let mut least = 0;
    for hole in &HOLES {
        let fixed = hole.fixed.iter().find(|(of, _)| *of == major).map_or(0, |(_, fixed)| *fixed);
        if minor < fixed {
            holes.push(format!("{} ({})", hole.number, hole.lets));
            least = least.max(fixed);
        }
    }
    (!holes.is_empty()).then(|| (holes, format!("{major}.{least}")))
}

#[cfg(test)]
mod tests {
    use super::open;

    #[test]
    fn only_what_the_version_has_is_named() {
        let (holes, least) = open(150_013).unwrap_or_default();
        assert_eq!(least, "15.20");
        assert!(holes.first().is_some_and(|first| first.starts_with("CVE-2025-8713")), "{holes:?}");
        let (holes, least) = open(180_004).unwrap_or_default();
        assert_eq!((holes.len(), least.as_str()), (3, "18.7"));
        for newest in [150_020, 160_016, 170_012, 180_007] {
            assert_eq!(open(newest), None);
        }
    }
}
