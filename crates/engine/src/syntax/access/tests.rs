//! What the reader of `access.toml` makes of whole files, of strings and their places, and of several files.

use super::super::ast::{Ceiling, ColumnUpdate, UpdateRule};
use super::*;
use crate::catalog::Command;

/// One of everything that `access.toml` may say.
pub(in crate::syntax) const EVERYTHING: &str = include_str!("everything.toml");

fn read(texts: &[&str]) -> (Sources, Ast, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let files: Vec<FileId> =
        texts.iter().enumerate().map(|(number, text)| sources.add(format!("access/{number}.toml"), *text)).collect();
    let (ast, findings) = parse(&sources, &files);
    (sources, ast, findings)
}

fn written(texts: &[Text]) -> Vec<&str> {
    texts.iter().map(|text| text.text.as_str()).collect()
}

/// Code, line and column of each finding.
fn places(text: &str) -> Vec<String> {
    let (sources, _, findings) = read(&[text]);
    findings
        .iter()
        .map(|finding| {
            let (line, column) = sources.line_column(finding.span.unwrap());
            format!("{}:{line}:{column} {}", finding.code, finding.message)
        })
        .collect()
}

#[test]
fn everything_is_read_without_a_finding() {
    let (_, ast, findings) = read(&[EVERYTHING]);
    assert_eq!(findings, []);
    assert_eq!(ast.identity.user.unwrap().text, "uuid");
    assert_eq!(ast.identity.source.unwrap().text, "lease");
    let roles: Vec<_> = ast.roles.iter().map(|role| role.name.value.as_str()).collect();
    assert_eq!(roles, ["visitor", "member", "staff", "nightly"], "in the order written");
    assert!(ast.roles[0].anonymous && ast.roles[1].default && ast.roles[3].service);
    assert_eq!(written(&ast.roles[2].includes), ["member"]);
    assert_eq!(ast.groups.len(), 2);
    let org = &ast.groups[0];
    assert_eq!(written(&org.key), ["org_id"]);
    let (column, order) = org.rank.as_ref().unwrap();
    assert_eq!((column.text.as_str(), written(order)), ("role", vec!["viewer", "editor", "admin", "owner"]));
    assert_eq!(org.condition.as_ref().unwrap().text, "revoked_at is null");
    assert_eq!(org.parent.as_ref().unwrap().text, "app.orgs.parent_id");
    assert_eq!(org.granted_by.as_ref().unwrap().text, "admin");
    assert_eq!(org.founder.as_ref().unwrap().text, "owner");
    assert_eq!(written(&ast.groups[1].key), ["country", "team_id"]);
    assert_eq!(ast.models[0].header.text, "tenant(key)");
    assert_eq!(ast.tables.len(), 7);
    assert_eq!(ast.subscriptions.len(), 1);
    assert_eq!(ast.trusts[0].ensures.as_ref().unwrap().text, "org($1)");
    assert_eq!(ast.proves.len(), 2);
    assert_eq!(ast.proves[0].except[0].1.text, "is_public");
    assert_eq!(ast.proves[1].commands.delete.as_ref().unwrap().text, "false");
}

#[test]
fn a_table_is_a_model_or_rules() {
    let (_, ast, _) = read(&[EVERYTHING]);
    assert_eq!(ast.tables[0].rules.model.as_ref().unwrap().text, "tenant(org_id)");
    assert_eq!(ast.tables[0].rules.commands, Default::default());
    let orgs = ast.tables.iter().find(|table| table.name.text == "app.orgs").unwrap();
    assert!(matches!(&orgs.rules.commands.update, Some(UpdateRule::Both(rule)) if rule.text == "org(id, 'owner')"));
    assert_eq!(orgs.rules.commands.delete, None);
    let invoices = ast.tables.iter().find(|table| table.name.text == "app.invoices").unwrap();
    assert_eq!(invoices.rules.roles[0].0.value, "visitor");
    assert_eq!(invoices.rules.roles[0].1.select.as_ref().unwrap().text, "is_public");
    assert_eq!(written(&invoices.rules.require_change), ["not locked"]);
    assert_eq!(written(&invoices.rules.require_select), ["not hidden"]);
    assert_eq!(written(&invoices.rules.require_new), ["amount >= 0"]);
    assert_eq!(written(&invoices.rules.require), ["not archived"]);
    let tasks = ast.tables.iter().find(|table| table.name.text == "app.tasks").unwrap();
    assert_eq!(written(&tasks.rules.require), ["not done", "not old"], "a bare list speaks of rows that exist");
    let Some(UpdateRule::Split { before, after }) = &tasks.rules.commands.update else { panic!() };
    assert_eq!((before.as_ref().unwrap().text.as_str(), after.as_ref().unwrap().text.as_str()), ("true", "not done"));
}

#[test]
fn columns_in_every_form() {
    let (_, ast, _) = read(&[EVERYTHING]);
    let invoices = ast.tables.iter().find(|table| table.name.text == "app.invoices").unwrap();
    let column = |name: &str| invoices.rules.columns.iter().find(|column| column.name.text == name).unwrap();
    assert_eq!(written(column("card_token").select.as_ref().unwrap()), ["staff"]);
    assert_eq!(column("card_token").insert, None);
    assert!(matches!(column("org_id").update, Some(ColumnUpdate::Never(_))));
    assert_eq!(column("created_by").value.as_ref().unwrap().text, "me()");
    assert_eq!(column("updated_by").value_on_update.as_ref().unwrap().text, "me()");
    assert!(matches!(&column("note").update, Some(ColumnUpdate::Rule(rule)) if rule.text == "created_by = me()"));
    let status = column("status");
    assert_eq!(written(status.initial.as_ref().unwrap()), ["draft"]);
    let Some(ColumnUpdate::Transitions(transitions)) = &status.update else { panic!() };
    assert_eq!(transitions[0].by.as_ref().unwrap().text, "org(org_id, 'admin')");
    assert_eq!((written(&transitions[0].from), written(&transitions[0].to)), (vec!["draft"], vec!["sent"]));
    assert_eq!(written(&transitions[1].from), Vec::<&str>::new());
    assert_eq!(written(column("level").initial.as_ref().unwrap()), ["0", "1.5", "true"]);
    assert_eq!(column("\"Mixed\"").name.text, "\"Mixed\"", "a key is what SQL would read");
}

#[test]
fn permissions_in_every_form() {
    let (_, ast, _) = read(&[EVERYTHING]);
    assert_eq!(ast.functions[0].signature.text, "app.accept_invite(uuid)");
    assert_eq!(ast.functions[1].may[0].0.text, "app.notes");
    assert_eq!(written(&ast.functions[1].may[0].1), ["select", "update(author_id)"]);
    assert_eq!(written(&ast.views[0].grants[&Command::Select]), ["member"]);
    assert!(ast.views[1].materialized.as_ref().unwrap().value);
    assert_eq!(ast.triggers[0].runs_as.as_ref().unwrap().text, "caller");
    let agent = &ast.agents[0];
    assert_eq!(agent.acts_for.as_ref().unwrap().text, "member");
    assert_eq!(written(&agent.approve), ["delete", "update > 20 rows"]);
    assert!(
        matches!(&agent.ceilings[0], (name, Ceiling::Number(number)) if name.value == "rows_changed" && number.value == 100)
    );
    assert!(
        matches!(&agent.ceilings[2], (name, Ceiling::Text(text)) if name.value == "statement" && text.text == "5s")
    );
    assert_eq!(ast.jobs[0].scheduled_as.as_ref().unwrap().text, "nightly");
    assert_eq!(written(&ast.jobs[0].execute), ["member", "nightly"]);
}

/// The rule of the only table of a file, and what stands in the file where the text says it begins.
fn origin(toml: &str) -> (String, Option<String>) {
    let (sources, ast, findings) = read(&[toml]);
    assert_eq!(findings, [], "{toml}");
    let rule = ast.tables[0].rules.commands.select.clone().unwrap();
    let source = &sources.get(rule.span.file).unwrap().text;
    let there = rule.origin.map(|origin| source[origin as usize..][..rule.text.len()].to_owned());
    (rule.text, there)
}

#[test]
fn a_rule_knows_its_place_where_toml_and_text_agree_byte_by_byte() {
    for toml in [
        "[tables]\n\"app.a\" = { select = \"ünder = me()\" }",
        "[tables]\n\"app.a\" = { select = 'ünder = me()' }",
        "[tables]\n\"app.a\" = { select = '''ünder = me()''' }",
        "[tables.\"app.a\"]\nselect = \"\"\"ünder = me()\"\"\"",
        "[tables.\"app.a\"]\nselect = \"\"\"\nünder = me()\"\"\"",
        "[tables.\"app.a\"]\r\nselect = '''\r\nünder = me()'''",
        "\u{feff}[tables.\"app.a\"]\nselect = 'ünder = me()'",
    ] {
        assert_eq!(origin(toml), ("ünder = me()".to_owned(), Some("ünder = me()".to_owned())), "{toml}");
    }
    let (text, there) = origin("[tables.\"app.a\"]\nselect = '''\na\n\n = me()'''");
    assert_eq!(there, Some(text), "line breaks that stay as they are keep the place");
    assert_eq!(origin("[tables.\"app.a\"]\nselect = \"\"").1, Some(String::new()));
}

#[test]
fn a_rule_with_escapes_has_no_place_of_its_own() {
    for (toml, text) in [
        (r#""\u0061 = 1""#, "a = 1"),
        (r#""a = '\"'""#, "a = '\"'"),
        (r#""a\\""#, "a\\"),
        ("\"\"\"\\\n  a = 1\"\"\"", "a = 1"),
        ("\"\"\"a \\\n  = 1\"\"\"", "a = 1"),
    ] {
        assert_eq!(origin(&format!("[tables.\"app.a\"]\nselect = {toml}")), (text.to_owned(), None), "{toml}");
    }
}

#[test]
fn a_place_within_a_rule_points_into_the_file() {
    let toml = "[tables]\n\"app.a\" = { select = 'owner = mee()' }";
    let (_, ast, _) = read(&[toml]);
    let rule = ast.tables[0].rules.commands.select.as_ref().unwrap();
    let place = rule.at(8, 11);
    assert_eq!(&toml[place.start as usize..place.end as usize], "mee");
    let name = &ast.tables[0].name;
    let place = name.at(4, 5);
    assert_eq!(&toml[place.start as usize..place.end as usize], "a", "keys have places too");
}

#[test]
fn several_files_are_one_model() {
    let (_, ast, findings) =
        read(&["[tables]\n\"app.a\" = 'sealed'", "[tables]\n'app.b' = 'sealed'\n[roles]\nstaff = {}"]);
    assert_eq!(findings, []);
    assert_eq!(ast.tables.len(), 2);
    assert_eq!(ast.roles.len(), 1);
}

#[test]
fn an_entry_stands_in_one_file_only() {
    let first = "[identity]\nuser = 'uuid'\n[roles]\nstaff = {}\n[tables]\n\"app.a\" = 'sealed'\n[functions]\n'app.f(int)' = {}";
    let second =
        "[identity]\nuser = 'text'\n[roles]\nstaff = {}\n[tables]\n'APP.\"a\"' = 'x'\n[functions]\n'app.f( int )' = {}";
    let (_, ast, findings) = read(&[first, second]);
    let found: Vec<_> = findings.iter().map(|finding| (finding.code, finding.help.clone().unwrap())).collect();
    let first_at =
        |line: u32| ("duplicate-entry", format!("keep one of the two; the first stands at access/0.toml:{line}"));
    assert_eq!(found, [first_at(2), first_at(4), first_at(6), first_at(8)]);
    assert!(findings.iter().all(|finding| finding.span.unwrap().file == FileId(1)));
    assert_eq!(ast.tables.len(), 1);
    assert_eq!(ast.tables[0].rules.model.as_ref().unwrap().text, "sealed", "the first one stays");
}

#[test]
fn a_name_without_schema_is_in_public() {
    let found = places("[tables]\n\"notes\" = 'sealed'\n\"public.Notes\" = 'sealed'\n'public.\"Notes\"' = 'sealed'");
    assert_eq!(found, ["duplicate-entry:3:1 `public.Notes` stands twice in `tables`"]);
}

#[test]
fn a_syntax_error_does_not_hide_the_rest() {
    for broken in
        ["justaword", "a.b", "= 3", "x = ", "x = 'unclosed", "x = [1,", "x = nonsense", "[half", "x = \"\\q\""]
    {
        let text = format!("[tables]\n\"app.a\" = 'sealed'\n{broken}\n[roles]\nstaff = {{ includs = [] }}\n");
        let (_, ast, findings) = read(&[&text]);
        assert_eq!(findings[0].code, "toml-syntax", "{broken}: {findings:?}");
        assert_eq!(ast.tables[0].name.text, "app.a", "{broken}");
        // An unclosed list swallows what follows; everything else leaves it readable.
        if !broken.contains('[') {
            assert_eq!(findings.last().unwrap().message, "role `staff` has no key `includs`", "{broken}");
        }
    }
}

#[test]
fn a_duplicate_key_is_found_and_the_first_stays() {
    let found = places("[tables]\n\"app.a\" = 'sealed'\n\"app.a\" = 'owned(x)'\n[tables]\n");
    assert_eq!(
        found,
        [
            "duplicate-key:3:1 this key stands twice in the same table",
            "duplicate-key:4:2 this key stands twice in the same table"
        ]
    );
}

#[test]
fn names_that_try_to_be_sql_are_no_names() {
    for name in [
        r#"'app.a; drop table app.b'"#,
        r#"'app."a'"#,
        r#"'app.""'"#,
        r#""app.a\nb""#,
        r#"'app.a.b'"#,
        r#"''"#,
        r#"'a b'"#,
        r#"'app.a"--'"#,
        r#"'1a'"#,
    ] {
        let found = places(&format!("[tables]\n{name} = 'sealed'"));
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert!(found[0].starts_with("invalid-name:2:1 "), "{found:?}");
    }
    // What SQL takes as a name is one: it will be quoted.
    let (_, ast, findings) = read(&["[tables]\n\"app.\\\"a\\nb; --\\\"\\\"'\\\"\" = 'sealed'"]);
    assert_eq!(findings, []);
    assert_eq!(crate::sql::parse_qualified(&ast.tables[0].name.text).unwrap().name, "a\nb; --\"'");
}
