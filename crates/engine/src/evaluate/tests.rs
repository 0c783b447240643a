//! Decisions over one small model that is made by hand.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AtomError, Atoms, Capability, Conflict, ConflictUpdate, Decision, NoAtoms, Outcome, Principal, Refusal, Row, Rows,
    Value, evaluate,
};
use crate::catalog::Command;
use crate::model::{
    Agent, Atom, AtomPiece, Column, ColumnUpdate, Commands, CompareOp, Constant, Expr, Founder, Group, GroupParent,
    IdentitySource, May, Model, RankAtLeast, Role, Rule, Table, Transition,
};
use crate::source::{FileId, Span};
use crate::sql::QualifiedName;

const SPAN: Span = Span { file: FileId(0), start: 0, end: 0 };

fn name(name: &str) -> QualifiedName {
    QualifiedName::new("app", name)
}

fn rule(expr: Expr) -> Rule {
    Rule { expr, span: SPAN }
}

fn is_me(column: &str) -> Expr {
    Expr::Compare(CompareOp::Eq, Box::new(Expr::Column(column.into())), Box::new(Expr::Me))
}

fn org(key: &str, rank: RankAtLeast) -> Expr {
    Expr::InGroup { group: "org".into(), key: vec![key.into()], rank }
}

fn at_least(key: &str, label: &str) -> Expr {
    org(key, RankAtLeast::Label(label.into()))
}

fn via(column: &str, command: Command) -> Expr {
    let parent_columns = vec!["id".to_owned()];
    Expr::Via { columns: vec![column.into()], parent: name("projects"), parent_columns, command }
}

fn table(select: Expr, insert: Expr, update: Expr, delete: Expr) -> Table {
    let commands = Commands {
        select: Some(rule(select)),
        insert: Some(rule(insert)),
        update_before: Some(rule(update.clone())),
        update_after: Some(rule(update)),
        delete: Some(rule(delete)),
    };
    Table {
        rules: BTreeMap::from([("member".to_owned(), commands)]),
        require: Vec::new(),
        require_select: Vec::new(),
        require_change: Vec::new(),
        require_new: Vec::new(),
        columns: BTreeMap::new(),
        span: SPAN,
    }
}

fn column() -> Column {
    Column { select: None, insert: None, update: None, value: None, value_on_update: None, initial: None, span: SPAN }
}

fn role(includes: &[&str]) -> Role {
    let includes = includes.iter().map(|&name| name.to_owned()).collect();
    Role { anonymous: false, default: false, service: false, includes, span: None }
}

fn model() -> Model {
    let ranks = ["viewer", "editor", "owner"].map(str::to_owned).to_vec();
    let org_group = Group {
        table: name("memberships"),
        member: "user_id".into(),
        key: vec!["org_id".into()],
        key_types: vec!["integer".into()],
        rank: Some(("role".into(), ranks)),
        condition: Some(Expr::Column("active".into())),
        parent: Some(GroupParent { table: name("orgs"), key: "id".into(), column: "parent_id".into(), is_group: true }),
        granted_by: Some("editor".into()),
        founder: Some(Founder { table: name("orgs"), columns: vec!["id".into()], rank: Some("owner".into()) }),
        span: SPAN,
    };
    let any = |key: &str| org(key, RankAtLeast::Any);
    let mut projects = table(any("org_id"), at_least("org_id", "editor"), at_least("org_id", "editor"), Expr::FALSE);
    projects.require_select = vec![rule(Expr::Not(Box::new(Expr::Column("gone".into()))))];
    projects.columns.insert("secret".into(), Column { select: Some(BTreeSet::from(["staff".into()])), ..column() });
    projects.columns.insert("org_id".into(), Column { update: Some(ColumnUpdate::Never), ..column() });
    projects.columns.insert("author".into(), Column { value: Some(rule(Expr::Me)), ..column() });
    let send = Transition {
        by: Some(rule(at_least("org_id", "owner"))),
        from: vec![Constant::Text("draft".into())],
        to: vec![Constant::Text("sent".into())],
    };
    let initial = Some(vec![Constant::Text("draft".into())]);
    let update = Some(ColumnUpdate::Transitions(vec![send]));
    projects.columns.insert("status".into(), Column { update, initial, ..column() });
    let tasks = |command| via("project_id", command);
    let mut notes = table(is_me("owner"), is_me("owner"), is_me("owner"), is_me("owner"));
    let public = Commands { select: Some(rule(Expr::Column("public".into()))), ..Commands::default() };
    notes.rules.insert("visitor".into(), public);
    let member_of = table(any("org_id"), Expr::TRUE, Expr::TRUE, Expr::TRUE);
    let agent = Agent {
        acts_for: "member".into(),
        may: May {
            tables: BTreeMap::from([(
                name("notes"),
                BTreeMap::from([(Command::Select, BTreeSet::from(["id".into()]))]),
            )]),
        },
        ceilings: BTreeMap::new(),
        approve: Vec::new(),
        span: SPAN,
    };
    Model {
        prefix: "acme".into(),
        identity_type: "text".into(),
        source: IdentitySource::Lease,
        roles: BTreeMap::from([
            ("visitor".into(), Role { anonymous: true, ..role(&["visitor"]) }),
            ("member".into(), Role { default: true, ..role(&["visitor", "member"]) }),
            ("staff".into(), role(&["visitor", "member", "staff"])),
            ("nightly".into(), Role { service: true, ..role(&["visitor", "nightly"]) }),
        ]),
        groups: BTreeMap::from([("org".into(), org_group)]),
        tables: BTreeMap::from([
            (name("orgs"), table(any("id"), Expr::TRUE, at_least("id", "editor"), Expr::FALSE)),
            (name("memberships"), member_of),
            (name("projects"), projects),
            (name("tasks"), table(tasks(Command::Select), tasks(Command::Update), tasks(Command::Update), Expr::FALSE)),
            (name("notes"), notes),
        ]),
        functions: BTreeMap::new(),
        views: BTreeMap::new(),
        triggers: BTreeMap::new(),
        agents: BTreeMap::from([("triage".into(), agent)]),
        jobs: BTreeMap::new(),
        proves: Vec::new(),
        trusts: Vec::new(),
        add_indexes: false,
        guard: true,
        keep_open: std::collections::BTreeSet::new(),
    }
}

/// `id=1 name=ann gone=true owner=`: numbers, text, booleans, null.
fn row(text: &str) -> Row {
    let value = |text: &str| match text {
        "" => Value::Null,
        "true" | "false" => Value::Bool(text == "true"),
        _ if text.chars().all(|c| c.is_ascii_digit()) => Value::Number(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    };
    text.split_whitespace().filter_map(|pair| pair.split_once('=')).map(|(c, v)| (c.to_owned(), value(v))).collect()
}

fn table_rows(table: &str, rows: &[&str]) -> (QualifiedName, Vec<Row>) {
    (name(table), rows.iter().map(|text| row(text)).collect())
}

/// Orgs 1 > 2 > 3 > 2, a cycle below 1. Ann owns 1, bob edits 2, cay views 3, dan's membership is not active.
fn rows() -> Rows {
    Rows {
        tables: BTreeMap::from([
            table_rows(
                "orgs",
                &["id=1 parent_id=", "id=2 parent_id=1", "id=3 parent_id=2", "id=2 parent_id=3", "id=4 parent_id="],
            ),
            table_rows(
                "memberships",
                &[
                    "id=1 org_id=1 user_id=ann role=owner active=true",
                    "id=2 org_id=2 user_id=bob role=editor active=true",
                    "id=3 org_id=3 user_id=cay role=viewer active=true",
                    "id=4 org_id=4 user_id=dan role=owner active=false",
                    "id=5 org_id=4 user_id=eve role=boss active=true",
                    "id=6 org_id=4 user_id= role=owner active=true",
                ],
            ),
            table_rows(
                "projects",
                &[
                    "id=1 org_id=2 gone=false status=draft author=ann",
                    "id=2 org_id=2 gone=true status=sent",
                    "id=3 org_id=4 gone=false status=draft",
                ],
            ),
        ]),
    }
}

fn person(user: &str) -> Principal {
    Principal::person("member", Value::Text(user.into()))
}

struct Request(Decision);

fn request(command: Command, table: &str, old: Option<&str>, new: Option<&str>) -> Request {
    let (old, new) = (old.map(row), new.map(row));
    let written = match (&old, &new) {
        (None, Some(new)) => new.keys().cloned().collect(),
        (Some(old), Some(new)) => new.iter().filter(|(c, v)| old.get(*c) != Some(v)).map(|(c, _)| c.clone()).collect(),
        _ => BTreeSet::new(),
    };
    Request(Decision {
        table: name(table),
        command,
        old,
        new,
        columns_read: BTreeSet::new(),
        columns_written: written,
        returning: false,
        conflict: None,
        merge: false,
    })
}

impl Request {
    fn reading(mut self, columns: &[&str]) -> Self {
        self.0.columns_read.extend(columns.iter().map(|&column| column.to_owned()));
        self
    }

    fn on_conflict(mut self, existing: Option<&str>, update: Option<&str>) -> Self {
        let existing = existing.map(row);
        let update =
            update.map(|new| ConflictUpdate { columns_written: BTreeSet::from(["gone".into()]), new: Some(row(new)) });
        self.0.conflict = Some(Conflict { existing, update });
        self
    }

    #[track_caller]
    fn gives(&self, principal: &Principal, expected: Outcome) {
        assert_eq!(evaluate(&model(), &rows(), principal, &self.0, &mut NoAtoms), Ok(expected));
    }
}

fn select(table: &str, old: &str) -> Request {
    request(Command::Select, table, Some(old), None).reading(&["id"])
}

fn insert(table: &str, new: &str) -> Request {
    request(Command::Insert, table, None, Some(new))
}

fn update(table: &str, old: &str, new: &str) -> Request {
    request(Command::Update, table, Some(old), Some(new))
}

fn delete(table: &str, old: &str) -> Request {
    request(Command::Delete, table, Some(old), None)
}

const DRAFT: &str = "id=1 org_id=2 gone=false status=draft author=ann";

#[test]
fn membership_reaches_down_a_tree_and_never_up() {
    select("projects", DRAFT).gives(&person("ann"), Outcome::Allowed);
    select("projects", DRAFT).gives(&person("bob"), Outcome::Allowed);
    select("projects", DRAFT).gives(&person("cay"), Outcome::Allowed); // 3 lies above 2 in the cycle
    select("orgs", "id=1").gives(&person("cay"), Outcome::Invisible);
    select("orgs", "id=1").gives(&person("zoe"), Outcome::Invisible);
}

#[test]
fn a_membership_that_is_off_or_of_unknown_rank_is_none() {
    for user in ["dan", "eve"] {
        select("orgs", "id=4").gives(&person(user), Outcome::Invisible);
    }
}

#[test]
fn nobody_is_in_no_group_even_if_a_member_is_null() {
    let nobody = Principal { user: None, ..person("") };
    select("orgs", "id=4").gives(&nobody, Outcome::Invisible);
}

#[test]
fn what_is_not_given_may_not_be_tried() {
    delete("projects", DRAFT).gives(&person("ann"), Outcome::Refused(Refusal::Privilege));
    let visitor = Principal { capability: Capability::Role("visitor".into()), live: false, ..person("ann") };
    select("projects", DRAFT).gives(&visitor, Outcome::Refused(Refusal::Privilege));
    select("notes", "id=1 owner=ann public=true").gives(&visitor, Outcome::Allowed);
    select("notes", "id=1 owner=ann public=false").gives(&visitor, Outcome::Invisible);
}

#[test]
fn an_expired_lease_gives_nothing_not_even_what_visitors_may() {
    let expired = Principal { live: false, ..person("ann") };
    select("notes", "id=1 owner=ann public=true").gives(&expired, Outcome::Invisible);
    insert("notes", "id=1 owner=ann").gives(&expired, Outcome::Refused(Refusal::Rule));
    delete("notes", "id=1 owner=ann").gives(&expired, Outcome::Invisible);
}

#[test]
fn hidden_columns_are_not_written_either() {
    let staff = Principal { capability: Capability::Role("staff".into()), ..person("ann") };
    let reads = select("projects", DRAFT).reading(&["secret"]);
    reads.gives(&person("ann"), Outcome::Refused(Refusal::Privilege));
    reads.gives(&staff, Outcome::Allowed);
    let writes = update("projects", DRAFT, "id=1 org_id=2 gone=false status=draft author=ann secret=s");
    writes.gives(&person("ann"), Outcome::Refused(Refusal::Privilege));
    writes.gives(&staff, Outcome::Allowed);
}

#[test]
fn a_statement_that_reads_must_see_what_it_makes() {
    let gone = || update("projects", DRAFT, "id=1 org_id=2 gone=true status=draft author=ann");
    gone().gives(&person("ann"), Outcome::Allowed);
    gone().reading(&["id"]).gives(&person("ann"), Outcome::Refused(Refusal::Rule));
    let new = || insert("projects", "id=9 org_id=2 gone=true status=draft");
    new().gives(&person("ann"), Outcome::Allowed);
    new().reading(&["id"]).gives(&person("ann"), Outcome::Refused(Refusal::Rule));
}

#[test]
fn conflicts_update_what_may_be_updated_or_fail() {
    let new = "id=2 org_id=2 gone=false status=draft";
    let (gone, here) = ("id=2 org_id=2 gone=true status=sent", "id=1 org_id=2 gone=false status=draft author=ann");
    let conflict = |existing, update| insert("projects", new).reading(&["id"]).on_conflict(existing, update);
    conflict(Some(here), Some(here)).gives(&person("ann"), Outcome::Allowed);
    conflict(Some(gone), Some(here)).gives(&person("ann"), Outcome::Refused(Refusal::Rule));
    conflict(Some(gone), None).gives(&person("ann"), Outcome::Invisible);
    conflict(None, None).gives(&person("ann"), Outcome::Allowed);
    conflict(None, None).gives(&person("cay"), Outcome::Refused(Refusal::Rule));
}

#[test]
fn columns_change_only_along_what_is_said() {
    let change = |new: &str| update("projects", DRAFT, new);
    change("id=1 org_id=2 gone=false status=sent author=ann").gives(&person("ann"), Outcome::Allowed);
    for (user, new) in [
        ("bob", "id=1 org_id=2 gone=false status=sent author=ann"),
        ("ann", "id=1 org_id=2 gone=false status=lost author=ann"),
        ("ann", "id=1 org_id=3 gone=false status=draft author=ann"),
        ("ann", "id=1 org_id=2 gone=false status=draft author=bob"),
    ] {
        change(new).gives(&person(user), Outcome::Refused(Refusal::Column));
    }
    let started = insert("projects", "id=9 org_id=2 gone=false status=sent");
    started.gives(&person("ann"), Outcome::Refused(Refusal::Column));
}

#[test]
fn via_asks_what_may_be_done_to_the_parent() {
    select("tasks", "id=1 project_id=1").gives(&person("cay"), Outcome::Allowed);
    insert("tasks", "id=1 project_id=1").gives(&person("bob"), Outcome::Allowed);
    for (user, new) in [("eve", "id=1 project_id=1"), ("ann", "id=1 project_id=2"), ("ann", "id=1 project_id=")] {
        insert("tasks", new).gives(&person(user), Outcome::Refused(Refusal::Rule));
    }
}

#[test]
fn nobody_hands_out_more_than_he_holds() {
    let admit = |new: &str| insert("memberships", new);
    admit("id=9 org_id=3 user_id=zoe role=editor active=true").gives(&person("bob"), Outcome::Allowed);
    for (user, new) in [
        ("bob", "id=9 org_id=3 user_id=zoe role=owner active=true"),
        ("bob", "id=9 org_id=1 user_id=bob role=viewer active=true"),
        ("cay", "id=9 org_id=3 user_id=zoe role=viewer active=true"),
        ("zoe", "id=9 org_id=4 user_id=zoe role=owner active=true"),
    ] {
        admit(new).gives(&person(user), Outcome::Refused(Refusal::Admission));
    }
    let cay = "id=3 org_id=3 user_id=cay role=viewer active=true";
    let promoted = "id=3 org_id=3 user_id=cay role=owner active=true";
    update("memberships", cay, promoted).gives(&person("cay"), Outcome::Refused(Refusal::Admission));
    update("memberships", cay, promoted).gives(&person("ann"), Outcome::Allowed);
}

#[test]
fn who_hangs_a_node_below_another_owns_it() {
    let hang = |below: &str| update("orgs", "id=2 parent_id=3", &format!("id=2 parent_id={below}"));
    hang("1").gives(&person("bob"), Outcome::Refused(Refusal::Admission));
    hang("").gives(&person("bob"), Outcome::Allowed);
    hang("1").gives(&person("ann"), Outcome::Allowed);
    hang("4").gives(&person("ann"), Outcome::Refused(Refusal::Admission));
}

#[test]
fn one_may_leave_but_the_last_owner_may_not() {
    delete("memberships", "id=3 org_id=3 user_id=cay role=viewer active=true").gives(&person("cay"), Outcome::Allowed);
    let last = "id=1 org_id=1 user_id=ann role=owner active=true";
    delete("memberships", last).gives(&person("ann"), Outcome::Refused(Refusal::Admission));
    let demoted = "id=1 org_id=1 user_id=ann role=editor active=true";
    update("memberships", last, demoted).gives(&person("ann"), Outcome::Refused(Refusal::Admission));
    let handed_on = "id=1 org_id=1 user_id=bob role=owner active=true";
    update("memberships", last, handed_on).gives(&person("ann"), Outcome::Allowed);
    delete("memberships", "id=2 org_id=2 user_id=bob role=editor active=true")
        .gives(&person("cay"), Outcome::Invisible);
}

#[test]
fn an_agent_may_what_it_was_given_and_its_person_may() {
    let capability = Capability::Agent("triage".into());
    let agent = Principal { capability, acts_for_role: Some("staff".into()), ..person("ann") };
    let note = |columns: &[&str]| select("notes", "id=1 owner=ann public=false").reading(columns);
    note(&["id"]).gives(&agent, Outcome::Allowed);
    note(&["owner"]).gives(&agent, Outcome::Refused(Refusal::Privilege));
    delete("notes", "id=1 owner=ann public=false").gives(&agent, Outcome::Refused(Refusal::Privilege));
    note(&["id"]).gives(&Principal { acts_for_role: Some("visitor".into()), ..agent.clone() }, Outcome::Invisible);
    select("notes", "id=1 owner=bob public=false").gives(&agent, Outcome::Invisible);
}

/// Answers every question with true and keeps it.
struct Recorded(Vec<String>);

impl Atoms for Recorded {
    fn value(&mut self, sql: &str, _: &QualifiedName, _: &Row) -> Result<Value, AtomError> {
        self.0.push(sql.to_owned());
        Ok(Value::Bool(true))
    }
}

#[test]
fn what_is_not_understood_is_asked_with_words_as_literals() {
    let mut model = model();
    let text = |text: &str| AtomPiece::Text(text.to_owned());
    let pieces =
        vec![text("length("), AtomPiece::Hole(Expr::Me), text(") > "), AtomPiece::Hole(Expr::Column("Id".into()))];
    let atom = Expr::Atom(Atom { pieces, subselect: false, reads: BTreeSet::new() });
    let less = Expr::Compare(CompareOp::Lt, Box::new(Expr::Column("a".into())), Box::new(Expr::Claim("b".into())));
    let claims = BTreeMap::from([("b".to_owned(), "o'z".to_owned())]);
    model.tables.insert(name("odd"), table(Expr::and([atom, less]), Expr::FALSE, Expr::FALSE, Expr::FALSE));
    let mut asked = Recorded(Vec::new());
    let principal = Principal { claims, ..person("ann") };
    let decision = select("odd", "id=1 a=x").0;
    assert_eq!(evaluate(&model, &rows(), &principal, &decision, &mut asked), Ok(Outcome::Allowed));
    assert_eq!(asked.0, ["(length('ann'::text) > \"Id\")", "(a < 'o''z'::text)"]);
}
