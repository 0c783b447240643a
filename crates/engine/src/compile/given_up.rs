//! What a statement gives up itself. `afresh` asks row by row what is there now, and the rows that the statement has changed before
//! are among it: an owner who deletes all members, herself among them, would be one or none depending on which row comes first.
//! So a right that its own holder gives up counts until the statement ends, wherever `afresh` asks: the row that gave it is written
//! down, locked as it is until the transaction ends, so that nobody else can have taken it meanwhile.
//!
//! INVARIANT: only `afresh` reads this, which refuses besides what the policies refuse. The next statement's policies do not see it.

use crate::catalog::{ObjectId, Table};
use crate::compile::granting::Place;
use crate::compile::groups::position;
use crate::compile::output::Output;
use crate::compile::pins::pins;
use crate::compile::triggers::{OLDER_SNAPSHOT, Triggers};
use crate::model::Group;
use crate::sql::{QualifiedName, dollar, ident, literal};

/// A row is of the transaction that wrote it, and nothing to anybody after: the next one to write takes it away. Numbers of
/// transactions come again in a restored copy, with the time of their beginning they do not. A row with a `parent` is an edge of a tree.
const TABLE: &str = "\
create table seal.given_up (
  transaction xid8 not null,
  began timestamptz not null,
  member text not null,
  of_group text not null,
  key text[] not null,
  rank integer,
  parent text
)";

/// The rows of this transaction, under the alias `g`.
const OWN: &str = "g.transaction = pg_current_xact_id_if_assigned() and g.began = transaction_timestamp()";

/// Adds the table where a group needs it.
pub(super) fn table(output: &mut Output<'_>) {
    if output.model.groups.values().any(|group| group.granted_by.is_some()) {
        let name = QualifiedName::new("seal", "given_up");
        let table = Table { owner: output.seal(), row_security: true, ..Table::default() };
        output.catalog.tables.insert(name.clone(), table);
        output.statement(ObjectId::Table(name), TABLE);
        let seal = output.seal();
        let body = format!(
            "\nbegin\n  if not ({OLDER_SNAPSHOT}) then\n    \
             delete from seal.given_up as g where g.ctid = any (array(select e.ctid from seal.given_up as e where e.transaction <> pg_current_xact_id() limit 100 for update skip locked));\n  \
             end if;\n  insert into seal.given_up values (pg_current_xact_id(), transaction_timestamp(), seal.me()::text, $1, $2, $3, $4);\nend\n"
        );
        let sql = format!(
            "create or replace function seal.give_up(text, text[], integer, text)\nreturns void\nlanguage plpgsql volatile security definer\n{}\nas {}",
            pins(false),
            dollar(&body)
        );
        let arguments = ["text", "text[]", "integer", "text"].map(str::to_owned).to_vec();
        output.function_with("give_up", arguments, &sql, &seal, true, &[]);
    }
}

/// SQL of the keys that the principal has given up a membership of, as `<group>_keys` asks.
pub(super) fn memberships(group_name: &str, group: &Group) -> String {
    let columns: Vec<String> =
        group.key_types.iter().enumerate().map(|(at, kind)| format!("g.key[{}]::{kind}", at + 1)).collect();
    let wanted = if group.rank.is_some() { " and g.rank >= known.wanted" } else { "" };
    format!(
        "select {} from seal.given_up as g where {OWN} and g.of_group = {} and g.parent is null and g.member = known.principal::text{wanted}",
        columns.join(", "),
        literal(group_name)
    )
}

/// SQL of a tree's edges, with those that were given up.
pub(super) fn edges(group_name: &str, group: &Group) -> Option<String> {
    let parent = group.parent.as_ref()?;
    let kind = group.key_types.first()?;
    let (node, above) = (ident(&parent.key), ident(&parent.column));
    Some(format!(
        "(select c.{node}, c.{above} from {} as c union all select g.key[1]::{kind}, g.parent::{kind} from seal.given_up as g where {OWN} and g.of_group = {} and g.parent is not null)",
        parent.table.sql(),
        literal(group_name)
    ))
}

impl Triggers<'_> {
    /// PL/pgSQL that writes down what OLD gave, before it goes.
    pub(super) fn give_up(&mut self, group_name: &str, group: &Group, place: Place, types: &Table) -> String {
        let (test, key, rank, parent) = match (place, &group.parent) {
            (Place::Edge, None) => return String::new(),
            (Place::Edge, Some(parent)) => {
                let above = format!("old.{}", ident(&parent.column));
                (
                    "seal.me() is not null".to_owned(),
                    vec![parent.key.clone()],
                    "null".to_owned(),
                    format!("{above}::text"),
                )
            }
            (Place::Membership, _) => {
                let mut test = format!("old.{} = seal.me()", ident(&group.member));
                if let Some(condition) = &group.condition {
                    test.push_str(&format!(" and {}", self.for_anybody(condition, &group.table, "old")));
                }
                let rank = group.rank.as_ref().map_or_else(
                    || "null".to_owned(),
                    |(column, labels)| position(labels, &format!("old.{}::text", ident(column))),
                );
                (test, group.key.clone(), rank, "null".to_owned())
            }
        };
        // What a setting rounds (`extra_float_digits`) is not that key.
        let exact: String = key
            .iter()
            .chain(group.parent.iter().filter(|_| place == Place::Edge).map(|parent| &parent.column))
            .map(|column| {
                let kind = types.column(column).map_or("text", |column| column.type_name.as_str());
                format!(" and old.{0}::text::{kind} = old.{0}", ident(column))
            })
            .collect();
        let key: Vec<String> = key.iter().map(|column| format!("old.{}::text", ident(column))).collect();
        format!(
            "    if {test}{exact} then\n      perform seal.give_up({}, array[{}], {rank}, {parent});\n    end if;\n",
            literal(group_name),
            key.join(", ")
        )
    }
}
