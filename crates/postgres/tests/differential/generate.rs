//! Makes projects: tenants with ranks and trees, children by foreign keys, owners, hidden columns, rules for columns.

use std::collections::BTreeSet;

use pgseal_engine::evaluate::Value;
use pgseal_engine::sql::{QualifiedName, ident, idents, literal};

use super::dice::Dice;
use super::project::{Agent, Column, Domain, Field, Foreign, Kind, Project, Table, toml_list, toml_text};

const ORDER: [&str; 3] = ["viewer", "editor", "owner"];
pub const STATES: [&str; 3] = ["draft", "sent", "paid"];
pub const WORDS: [&str; 4] = ["a", "b", "A", "o'z\\"];
/// Enough of each that there is somebody inside, somebody outside and somebody twice.
pub const USERS: usize = 6;
pub const GROUPS: usize = 4;

/// A project that a seed stands for.
pub fn project(seed: u64) -> Project {
    let mut dice = Dice::new(seed);
    let identity = *dice.pick(&[Kind::Uuid, Kind::Uuid, Kind::Text, Kind::Integer]);
    let project = Project {
        identity,
        enums: vec![
            // Declared in another order than the ranks: only the model's order counts.
            ("rank".to_owned(), ["owner", "viewer", "editor", "guest"].map(str::to_owned).to_vec()),
            ("State".to_owned(), STATES.map(str::to_owned).to_vec()),
        ],
        tables: Vec::new(),
        roles: vec![
            ("visitor".to_owned(), "{ anonymous = true }".to_owned()),
            ("member".to_owned(), "{ default = true }".to_owned()),
            ("staff".to_owned(), "{ includes = [\"member\"] }".to_owned()),
            ("auditor".to_owned(), "{}".to_owned()),
            ("nightly".to_owned(), "{ service = true }".to_owned()),
        ],
        groups: Vec::new(),
        models: Vec::new(),
        agents: Vec::new(),
    };
    let (quoted, subselects) = (dice.chance(30), dice.chance(25));
    let mut generator =
        Generator { quoted, subselects, dice, project, group: None, team: None, reading: BTreeSet::new() };
    generator.fill();
    generator.project
}

/// A group as rules use it.
#[derive(Clone)]
struct GroupKey {
    name: String,
    kinds: Vec<Kind>,
    /// The type of its ranks.
    ranks: Option<Kind>,
}

struct Generator {
    dice: Dice,
    project: Project,
    /// Whether names need quotes.
    quoted: bool,
    group: Option<GroupKey>,
    team: Option<GroupKey>,
    /// Whether rules have sub-selects; there are no agents then, because every one would have to be let in.
    subselects: bool,
    /// Tables whose rules have some: `via` cannot lead there.
    reading: BTreeSet<QualifiedName>,
}

/// Where a rule stands decides what it may say.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Select,
    Write,
    /// `require`, rules of columns: plain or with words, but nothing that is `via`.
    Other,
}

impl Generator {
    fn fill(&mut self) {
        self.tenants();
        if self.dice.chance(40) {
            self.teams();
        }
        for index in 0..=self.dice.below(3) {
            self.content(index);
        }
        if !self.subselects {
            self.agents();
        }
    }

    fn name(&mut self, plain: &str) -> String {
        match (self.quoted, self.dice.below(3)) {
            (true, 0) => format!("{} X", plain.to_uppercase()),
            (true, 1) => format!("{}Y", plain),
            _ => plain.to_owned(),
        }
    }

    fn table_name(&mut self, plain: &str) -> QualifiedName {
        let schema = if self.quoted && self.dice.chance(25) { "Other" } else { "app" };
        QualifiedName::new(schema, self.name(plain))
    }

    fn column(&mut self, name: &str, kind: Kind, domain: Domain, not_null: bool) -> Column {
        Column { name: self.name(name), kind, domain, not_null, default: None, identity: false }
    }

    /// The group's own table and its memberships.
    fn tenants(&mut self) {
        let composite = self.dice.chance(15);
        let key_kind = *self.dice.pick(&[Kind::Integer, Kind::Uuid, Kind::Text]);
        let mut orgs = self.empty_table("orgs");
        let mut members = self.empty_table("memberships");
        let mut own_key = Vec::new();
        let mut member_key = Vec::new();
        let parts = if composite {
            vec![("region", Kind::Text, Domain::Region), ("no", key_kind, Domain::Group)]
        } else {
            vec![("org_id", key_kind, Domain::Group)]
        };
        for (name, kind, domain) in parts.clone() {
            own_key.push(self.column(name, kind, domain.clone(), true));
            member_key.push(self.column(name, kind, domain, true));
        }
        let names = |columns: &[Column]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        orgs.key = names(&own_key);
        let tree = !composite && self.dice.chance(50);
        orgs.columns.extend(own_key.clone());
        orgs.columns.push(self.column("title", Kind::Text, Domain::Word, false));
        orgs.columns.push(self.column("is_public", Kind::Boolean, Domain::Flag, false));
        let parent = self.column("parent_id", key_kind, Domain::Group, false);
        if tree {
            orgs.columns.push(parent.clone());
            orgs.foreign.push(Foreign {
                columns: vec![parent.name.clone()],
                parent: orgs.name.clone(),
                parent_columns: orgs.key.clone(),
                action: String::new(),
            });
        }
        let ranked = self.dice.chance(80);
        let founder = ranked && self.dice.chance(50);
        let granted = ranked && self.dice.chance(50);
        let condition = self.dice.chance(60);
        let number = Column { identity: true, ..self.column("id", Kind::Integer, Domain::Number, true) };
        members.key = vec![number.name.clone()];
        let always = self.dice.chance(75);
        let user = self.column("user_id", self.project.identity, Domain::User, always);
        let active = self.column("active", Kind::Boolean, Domain::Flag, false);
        let active = Column { default: Some(Value::Bool(true)), ..active };
        let rank_kind = if self.dice.chance(50) { Kind::Enum(0) } else { Kind::Text };
        let ranks: Vec<String> = ORDER.iter().chain(&["guest"]).map(|&label| label.to_owned()).collect();
        let rank = self.column("role", rank_kind, Domain::Rank(ranks), false);
        members.columns.push(number);
        members.columns.extend(member_key.clone());
        members.columns.push(user.clone());
        members.columns.push(active.clone());
        if ranked {
            members.columns.push(rank.clone());
        }
        members.foreign.push(Foreign {
            columns: names(&member_key),
            parent: orgs.name.clone(),
            parent_columns: orgs.key.clone(),
            action: if self.dice.chance(30) { " on delete cascade".to_owned() } else { String::new() },
        });
        let key: Vec<String> = names(&member_key).iter().map(|name| ident(name)).collect();
        let mut fields: Vec<Field> = vec![
            ("table".into(), toml_text(&members.name.sql())),
            ("member".into(), toml_text(&ident(&user.name))),
            ("key".into(), if composite { toml_list(key.iter().map(String::as_str)) } else { toml_text(&key[0]) }),
        ];
        if ranked {
            let order = toml_list(ORDER);
            fields.push(("rank".into(), format!("{{ column = {}, order = {order} }}", toml_text(&ident(&rank.name)))));
        }
        if condition {
            let active = ident(&active.name);
            let conditions = [active.clone(), format!("{active} is not false"), format!("coalesce({active}, true)")];
            fields.push(("where".into(), toml_text(self.dice.pick::<String>(&conditions))));
        }
        if tree {
            fields.push(("parent".into(), toml_text(&format!("{}.{}", orgs.name.sql(), ident(&parent.name)))));
        }
        if granted {
            fields.push(("granted_by".into(), toml_text(self.dice.pick::<&str>(&ORDER[1..]))));
        }
        if founder {
            fields.push(("founder".into(), toml_text("owner")));
        }
        self.project.groups.push(("org".to_owned(), fields));
        self.group = Some(GroupKey {
            name: "org".to_owned(),
            kinds: parts.iter().map(|(_, kind, _)| *kind).collect(),
            ranks: ranked.then_some(rank_kind),
        });
        for mut table in [orgs, members] {
            self.rules(&mut table);
            self.project.tables.push(table);
        }
    }

    /// A second group, without ranks.
    fn teams(&mut self) {
        let mut table = self.empty_table("team_members");
        let number = self.column("id", Kind::Integer, Domain::Number, true);
        let key = self.column("team", Kind::Text, Domain::Team, false);
        let user = self.column("person", self.project.identity, Domain::User, false);
        table.key = vec![number.name.clone()];
        let fields = vec![
            ("table".into(), toml_text(&table.name.sql())),
            ("member".into(), toml_text(&ident(&user.name))),
            ("key".into(), toml_text(&ident(&key.name))),
        ];
        table.columns = vec![number, key, user];
        self.project.groups.push(("team".to_owned(), fields));
        self.team = Some(GroupKey { name: "team".to_owned(), kinds: vec![Kind::Text], ranks: None });
        self.rules(&mut table);
        self.project.tables.push(table);
    }

    fn empty_table(&mut self, name: &str) -> Table {
        Table {
            name: self.table_name(name),
            columns: Vec::new(),
            key: Vec::new(),
            unique: Vec::new(),
            foreign: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// A table with a tenant, an owner, a parent, or some of them, and columns that are looked at.
    fn content(&mut self, index: usize) {
        let mut table = self.empty_table(["projects", "tasks", "notes"][index]);
        let number = self.column("id", Kind::Integer, Domain::Number, true);
        table.key = vec![number.name.clone()];
        table.columns.push(number);
        let key_kinds = self.group.as_ref().map(|group| group.kinds.clone()).unwrap_or_default();
        let tenant = self.dice.chance(70);
        if tenant {
            let optional = self.dice.chance(30);
            let domains = [Domain::Group, Domain::Region];
            for (position, kind) in key_kinds.iter().enumerate() {
                let last = position + 1 == key_kinds.len();
                let (name, domain) = if last { ("org_id", &domains[0]) } else { ("region", &domains[1]) };
                let column = self.column(name, *kind, domain.clone(), !optional);
                table.columns.push(column);
            }
        }
        self.parent_of(&mut table);
        let rank_kind = self.group.as_ref().and_then(|group| group.ranks).unwrap_or(Kind::Text);
        let options = [
            ("owner_id", self.project.identity, Domain::User, 60),
            ("created_by", self.project.identity, Domain::User, 40),
            ("people", Kind::People, Domain::People, 25),
            ("least", rank_kind, Domain::Rank(ORDER.iter().chain(&["guest"]).map(|&l| l.to_owned()).collect()), 30),
            ("status", if self.dice.chance(50) { Kind::Text } else { Kind::Enum(1) }, Domain::Status, 60),
            ("is_public", Kind::Boolean, Domain::Flag, 60),
            ("note", Kind::Text, Domain::Word, 70),
            ("amount", Kind::Integer, Domain::Amount, 50),
            ("secret", Kind::Text, Domain::Word, 40),
            ("team", Kind::Text, Domain::Team, if self.team.is_some() { 60 } else { 0 }),
        ];
        for (name, kind, domain, percent) in options {
            if self.dice.chance(percent) {
                let column = self.column(name, kind, domain, false);
                table.columns.push(column);
            }
        }
        self.rules(&mut table);
        self.columns(&mut table);
        self.project.tables.push(table);
    }

    /// A foreign key to an earlier table, with the tenant's key in it where both have one.
    fn parent_of(&mut self, table: &mut Table) {
        let candidates: Vec<usize> = (0..self.project.tables.len())
            .filter(|index| self.project.tables[*index].column_of(&Domain::Number).is_some())
            .collect();
        if candidates.is_empty() || !self.dice.chance(60) {
            return;
        }
        let index = *self.dice.pick(&candidates);
        let parent = self.project.tables[index].clone();
        let reference = self.column("parent", Kind::Integer, Domain::Reference, false);
        let mut foreign = Foreign {
            columns: vec![reference.name.clone()],
            parent: parent.name.clone(),
            parent_columns: parent.key.clone(),
            action: self.dice.pick(&["", "", " on delete cascade", " on delete set null"]).to_string(),
        };
        table.columns.push(reference);
        let tenant = |table: &Table| -> Vec<String> {
            let domains = [Domain::Region, Domain::Group];
            table.columns.iter().filter(|c| domains.contains(&c.domain)).map(|c| c.name.clone()).collect()
        };
        let (own, theirs) = (tenant(table), tenant(&parent));
        if !own.is_empty() && own.len() == theirs.len() && self.dice.chance(60) {
            foreign.columns.extend(own);
            foreign.parent_columns.extend(theirs);
            if foreign.action.ends_with("null") {
                foreign.action.clear();
            }
            let unique = foreign.parent_columns.clone();
            if !self.project.tables[index].unique.contains(&unique) {
                self.project.tables[index].unique.push(unique);
            }
        }
        table.foreign.push(foreign);
    }

    /// The rules of a table: of the default role, of others, and what is required.
    fn rules(&mut self, table: &mut Table) {
        let mut fields: Vec<Field> = Vec::new();
        let model = if self.dice.chance(25) { self.model(table) } else { None };
        let own = if model.is_some() { [15, 15, 15, 15] } else { [92, 80, 80, 70] };
        fields.extend(model.map(|model| ("model".to_owned(), toml_text(&model))));
        let give = |generator: &mut Self, role: &str, percents: [u32; 4], fields: &mut Vec<Field>, table: &Table| {
            for (command, percent) in ["select", "insert", "update", "delete"].into_iter().zip(percents) {
                if !generator.dice.chance(percent) {
                    continue;
                }
                let place = if command == "select" { Place::Select } else { Place::Write };
                let value = if command == "update" && generator.dice.chance(25) {
                    let (before, after) = (generator.rule(table, place), generator.rule(table, place));
                    format!("{{ before = {}, after = {} }}", toml_text(&before), toml_text(&after))
                } else {
                    let rule = generator.rule(table, place);
                    toml_text(&if role.is_empty() { generator.with_subselect(table, rule) } else { rule })
                };
                fields.push((format!("{role}{command}"), value));
            }
        };
        give(self, "", own, &mut fields, table);
        give(self, "for.visitor.", [25, 5, 5, 3], &mut fields, table);
        give(self, "for.staff.", [25, 15, 15, 15], &mut fields, table);
        give(self, "for.auditor.", [30, 3, 3, 3], &mut fields, table);
        give(self, "for.nightly.", [25, 15, 20, 15], &mut fields, table);
        for (key, percent) in [("all", 12), ("select", 12), ("change", 15), ("new", 12)] {
            if self.dice.chance(percent) {
                let rule = self.condition(table, Place::Other, 1);
                fields.push((format!("require.{key}"), toml_list([rule.as_str()])));
            }
        }
        table.fields = fields;
    }

    /// A model that fits the table, built in or with a definition of the project's own.
    fn model(&mut self, table: &Table) -> Option<String> {
        match self.dice.below(8) {
            0..=1 => Some(format!("owned({})", ident(&self.of(table, &[Domain::User])?.name))),
            2 => Some(format!("append_only({})", ident(&self.of(table, &[Domain::User])?.name))),
            3 => Some(self.dice.pick(&["public_read", "sealed"]).to_string()),
            4..=5 => {
                let group = self.group.clone().filter(|group| group.kinds.len() == 1)?;
                let key = table.columns.iter().find(|c| c.domain == Domain::Group && c.kind == group.kinds[0])?;
                if self.project.models.is_empty() {
                    let ranked =
                        |rank| if group.ranks.is_some() { format!("org(key, '{rank}')") } else { "org(key)".into() };
                    let rules = [
                        ("select", "org(key)".to_owned()),
                        ("insert", ranked("editor")),
                        ("update", ranked("editor")),
                        ("delete", ranked("owner")),
                    ];
                    let fields = rules.map(|(command, rule)| (command.to_owned(), toml_text(&rule))).to_vec();
                    self.project.models.push(("tenant(key)".to_owned(), fields));
                }
                Some(format!("tenant({})", ident(&key.name)))
            }
            _ => Some(format!("via({})", self.foreign_key(table)?)),
        }
    }

    /// Sometimes also what a sub-select over an earlier table says, which is read as the caller reads it.
    fn with_subselect(&mut self, table: &Table, rule: String) -> String {
        if !self.subselects || !self.dice.chance(35) {
            return rule;
        }
        let readable = |other: &&Table| other.fields.iter().any(|(key, _)| key == "select");
        let others: Vec<&Table> = self.project.tables.iter().filter(readable).collect();
        if others.is_empty() {
            return rule;
        }
        let other = (*self.dice.pick(&others)).clone();
        let mut pairs = Vec::new();
        for inner in &other.columns {
            for outer in table.columns.iter().filter(|outer| outer.kind == inner.kind) {
                if other.column(&outer.name).is_none() && !inner.name.to_lowercase().starts_with("secret") {
                    pairs.push((inner.name.clone(), outer.name.clone()));
                }
            }
        }
        if pairs.is_empty() {
            return rule;
        }
        self.reading.insert(table.name.clone());
        let (inner, outer) = self.dice.pick(&pairs).clone();
        let (inner, outer, name) = (ident(&inner), ident(&outer), other.name.sql());
        let subselects = [
            format!("exists (select 1 from {name} as x where x.{inner} = {outer})"),
            format!("{outer} in (select x.{inner} from {name} as x)"),
            format!("exists (select 1 from {name} as x where x.{inner} = {outer} and me() is not null)"),
        ];
        let word = self.dice.pick(&["and", "or"]);
        format!("({rule}) {word} ({})", self.dice.pick(&subselects))
    }

    fn rule(&mut self, table: &Table, place: Place) -> String {
        match self.dice.below(12) {
            0 => "true".to_owned(),
            1..=5 => self.condition(table, place, 0),
            6..=9 => self.condition(table, place, 1),
            _ => self.condition(table, place, 2),
        }
    }

    /// A condition with so many levels of AND, OR and NOT.
    fn condition(&mut self, table: &Table, place: Place, depth: usize) -> String {
        if depth == 0 {
            return self.leaf(table, place);
        }
        let (left, right) = (self.condition(table, place, depth - 1), self.condition(table, place, depth - 1));
        match self.dice.below(8) {
            0..=2 => format!("({left}) and ({right})"),
            3..=5 => format!("({left}) or ({right})"),
            6 => format!("not ({left})"),
            _ => format!("({left}) is not true"),
        }
    }

    fn leaf(&mut self, table: &Table, place: Place) -> String {
        for _ in 0..20 {
            let found = match self.dice.below(10) {
                0..=3 => self.group_word(table),
                4 => self.via(table, place),
                5 => {
                    Some(self.dice.pick(&["human()", "agent()", "me() is not null", "claim('dept') = 'a'"]).to_string())
                }
                _ => self.column_leaf(table),
            };
            if let Some(found) = found {
                return found;
            }
        }
        "true".to_owned()
    }

    fn group_word(&mut self, table: &Table) -> Option<String> {
        let groups: Vec<GroupKey> = self.group.iter().chain(&self.team).cloned().collect();
        if groups.is_empty() {
            return None;
        }
        let group = self.dice.pick(&groups).clone();
        if self.dice.chance(15) {
            let user = self.of(table, &[Domain::User])?;
            return Some(format!("{}_peer({})", group.name, ident(&user.name)));
        }
        let mut keys = Vec::new();
        for (position, kind) in group.kinds.iter().enumerate() {
            let domain = match position + 1 == group.kinds.len() {
                true if group.name == "team" => Domain::Team,
                true => Domain::Group,
                false => Domain::Region,
            };
            let matching: Vec<&Column> =
                table.columns.iter().filter(|c| c.domain == domain && c.kind == *kind).collect();
            if matching.is_empty() {
                return None;
            }
            keys.push(ident(&self.dice.pick(&matching).name));
        }
        let key = if keys.len() == 1 { keys[0].clone() } else { format!("({})", keys.join(", ")) };
        let rank = table.columns.iter().find(|c| matches!(c.domain, Domain::Rank(_)) && Some(c.kind) == group.ranks);
        Some(match (group.ranks.is_some(), self.dice.below(4), rank) {
            (true, 0 | 1, _) => format!("{}({key}, {})", group.name, literal(self.dice.pick::<&str>(&ORDER))),
            (true, 2, Some(rank)) => format!("{}({key}, {})", group.name, ident(&rank.name)),
            _ => format!("{}({key})", group.name),
        })
    }

    fn via(&mut self, table: &Table, place: Place) -> Option<String> {
        let columns = self.foreign_key(table).filter(|_| place != Place::Other)?;
        let command = self.dice.pick(&["", "", "", ", 'select'", ", 'update'", ", 'delete'"]);
        Some(format!("via({columns}{command})"))
    }

    /// The columns of a foreign key that `via` can follow, as its argument.
    fn foreign_key(&mut self, table: &Table) -> Option<String> {
        let usable: Vec<&Foreign> =
            table.foreign.iter().filter(|f| f.parent != table.name && !self.reading.contains(&f.parent)).collect();
        if usable.is_empty() {
            return None;
        }
        Some(match self.dice.pick(&usable).columns.as_slice() {
            [only] => ident(only),
            several => format!("({})", idents(several)),
        })
    }

    fn of(&mut self, table: &Table, domains: &[Domain]) -> Option<Column> {
        let matching: Vec<&Column> = table.columns.iter().filter(|column| domains.contains(&column.domain)).collect();
        if matching.is_empty() { None } else { Some((*self.dice.pick(&matching)).clone()) }
    }

    fn column_leaf(&mut self, table: &Table) -> Option<String> {
        let column = self.dice.pick(&table.columns).clone();
        let name = ident(&column.name);
        let choices: Vec<String> = match column.domain {
            Domain::User => vec![
                format!("{name} = me()"),
                format!("{name} = me()"),
                format!("me() = {name}"),
                format!("{name} <> me()"),
                format!("{name} is distinct from me()"),
                format!("coalesce({name} = me(), true)"),
            ],
            Domain::People => vec![format!("me() = any({name})"), format!("cardinality({name}) > 1")],
            Domain::Flag => vec![
                name.clone(),
                format!("not {name}"),
                format!("{name} is not true"),
                format!("{name} is null"),
                format!("{name} = true"),
                format!("case when {name} then human() else true end"),
            ],
            Domain::Status => vec![
                format!("{name} = 'draft'"),
                format!("{name} <> 'sent'"),
                format!("{name} in ('draft', 'paid')"),
                format!("{name} not in ('draft', 'paid')"),
                format!("{name} is not null"),
            ],
            Domain::Word => vec![
                format!("{name} = 'a'"),
                format!("lower({name}) = 'a'"),
                format!("{name} = claim('dept')"),
                format!("{name} like 'a%'"),
                format!("{name} < 'b'"),
                format!("{name} = 'o''z\\'"),
                format!("{name} = any(array['a', claim('dept')])"),
            ],
            Domain::Amount | Domain::Number | Domain::Reference => vec![
                format!("{name} > 1"),
                format!("{name} between 1 and 3"),
                format!("{name} is distinct from 2"),
                format!("{name} % 2 = 0"),
                format!("{name} not in (1, 2)"),
            ],
            Domain::Group | Domain::Team | Domain::Region | Domain::Rank(_) => vec![format!("{name} is not null")],
        };
        Some(self.dice.pick(&choices).clone())
    }

    /// Rules for single columns.
    fn columns(&mut self, table: &mut Table) {
        for column in table.columns.clone() {
            if table.key.contains(&column.name) {
                continue;
            }
            let key = format!("columns.{}", toml_text(&ident(&column.name)));
            match column.domain {
                _ if column.name.to_lowercase().starts_with("created") && self.dice.chance(80) => {
                    for which in
                        *self.dice.pick::<&[&str]>(&[&["value"], &["value_on_update"], &["value", "value_on_update"]])
                    {
                        table.fields.push((format!("{key}.{which}"), toml_text("me()")));
                    }
                }
                _ if column.name.to_lowercase().starts_with("secret") && self.dice.chance(80) => {
                    let named = *self.dice.pick(&["staff", "auditor", "nightly"]);
                    table.fields.push((format!("{key}.select"), toml_list([named])));
                    if self.dice.chance(30) {
                        table.fields.push((format!("{key}.insert"), toml_list(["member"])));
                    }
                    if self.dice.chance(30) {
                        let rule = self.condition(table, Place::Other, 0);
                        table.fields.push((format!("{key}.update"), toml_text(&rule)));
                    }
                }
                Domain::Status if self.dice.chance(50) => self.transitions(table, &key),
                Domain::Group if self.dice.chance(30) => {
                    table.fields.push((format!("{key}.update"), toml_text("never")));
                }
                Domain::Word | Domain::Flag | Domain::Amount if self.dice.chance(25) => {
                    let rule = self.condition(table, Place::Other, 0);
                    table.fields.push((format!("{key}.update"), toml_text(&rule)));
                }
                Domain::Word if self.dice.chance(20) => {
                    let which = *self.dice.pick(&["value", "value_on_update"]);
                    let value = *self.dice.pick(&["claim('dept')", "'b'", "coalesce(claim('dept'), 'none')"]);
                    table.fields.push((format!("{key}.{which}"), toml_text(value)));
                }
                Domain::Amount | Domain::Word if self.dice.chance(15) => {
                    table.fields.push((format!("{key}.insert"), toml_list(["staff"])));
                }
                _ => {}
            }
        }
    }

    fn transitions(&mut self, table: &mut Table, key: &str) {
        let by = self.condition(table, Place::Other, 0);
        let steps = [
            "{ from = \"draft\", to = [\"sent\"] }".to_owned(),
            format!("{{ by = {}, from = \"draft\", to = [\"sent\", \"paid\"] }}", toml_text(&by)),
            format!("{{ by = {}, to = [\"paid\"] }}", toml_text(&by)),
        ];
        let first = self.dice.pick(&steps).clone();
        table.fields.push((format!("{key}.update"), format!("[{first}]")));
        let initial = if self.dice.chance(50) { toml_list(["draft"]) } else { toml_list(["draft", "sent"]) };
        table.fields.push((format!("{key}.initial"), initial));
    }

    /// One agent for members, sometimes one for staff, each with a part of what there is.
    fn agents(&mut self) {
        for (name, acts_for, percent) in [("triage", "member", 80), ("sweeper", "staff", 30)] {
            if !self.dice.chance(percent) {
                continue;
            }
            let mut may = Vec::new();
            for table in self.project.tables.clone() {
                let privileges = self.agent_privileges(&table);
                if !privileges.is_empty() && self.dice.chance(75) {
                    may.push((table.name.clone(), privileges));
                }
            }
            if !may.is_empty() {
                self.project.agents.push(Agent { name: name.to_owned(), acts_for: acts_for.to_owned(), may });
            }
        }
    }

    fn agent_privileges(&mut self, table: &Table) -> Vec<String> {
        let hidden = |column: &Column| {
            let prefix = format!("columns.{}.", toml_text(&ident(&column.name)));
            table.fields.iter().any(|(key, _)| *key == format!("{prefix}select") || *key == format!("{prefix}insert"))
        };
        let open: Vec<String> = table.columns.iter().filter(|c| !hidden(c)).map(|c| ident(&c.name)).collect();
        let mut privileges = Vec::new();
        for (command, percent) in [("select", 85), ("insert", 45), ("update", 60), ("delete", 40)] {
            if !self.dice.chance(percent) {
                continue;
            }
            let some: Vec<String> = open.iter().filter(|_| self.dice.chance(70)).cloned().collect();
            let listed = command != "delete" && !some.is_empty() && self.dice.chance(45);
            privileges.push(if listed { format!("{command}({})", some.join(", ")) } else { command.to_owned() });
        }
        privileges
    }
}

impl Table {
    /// The only column of a primary key that is of this kind.
    fn column_of(&self, domain: &Domain) -> Option<&Column> {
        match self.key.as_slice() {
            [only] => self.column(only).filter(|column| column.domain == *domain),
            _ => None,
        }
    }
}
