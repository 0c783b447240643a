//! Columns of types without `=`, or whose `=` takes different values for the same: whether they changed is seen as they are stored.

use pgseal_postgres::testing;

use super::{Project, compiled};
use crate::attacks::ANN;

const SCHEMA: &str = "
    create schema app;
    create type app.place as (name text, extra json);
    create domain app.site as app.place;
    create table app.notes (id int primary key, author_id uuid not null, title text, data json, place app.place,
      site app.site, places app.place[], at point, area box, way path, round circle, pause interval);
";

const ACCESS: &str = r#"
[identity]
user = "uuid"
[roles]
member = { default = true }
[tables."app.notes"]
model = "owned(author_id)"
columns.data   = { update = "never" }
columns.place  = { update = "never" }
columns.site   = { update = "never" }
columns.places = { update = "never" }
columns.at     = { update = "never" }
columns.area   = { update = "never" }
columns.way    = { update = "never" }
columns.round  = { update = "never" }
columns.pause  = { update = "never" }
"#;

/// What is stored, and something else that an `=` or a text would take for the same.
const COLUMNS: [(&str, &str, &str); 9] = [
    ("data", r#"'{"a": 1}'"#, r#"'{"a": 2}'"#),
    ("place", r#"row('here', '{"a": 1}')"#, r#"row('here', '{"a": 2}')"#),
    ("site", r#"row('here', '{"a": 1}')::app.place"#, r#"row('there', '{"a": 1}')::app.place"#),
    ("places", r#"array[row('here', '{}')::app.place]"#, r#"array[row('here', '{"a": 1}')::app.place]"#),
    ("at", "'(1,1.0000001)'", "'(1,1.0000002)'"),
    ("area", "'((0,0),(1,4))'", "'((0,0),(2,2))'"),
    ("way", "'[(0,0),(1,4)]'", "'[(0,0),(2,2)]'"),
    ("round", "'<(0,0),1>'", "'<(5,5),1>'"),
    ("pause", "'1 month'", "'30 days'"),
];

#[tokio::test(flavor = "multi_thread")]
async fn values_are_compared_as_they_are_stored() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "stored", false, &compiled(server, "stored", SCHEMA, ACCESS).await).await;
        let names: Vec<&str> = COLUMNS.iter().map(|(name, ..)| *name).collect();
        let values: Vec<&str> = COLUMNS.iter().map(|(_, value, _)| *value).collect();
        let ann = project.member(ANN).await;
        let insert = format!(
            "insert into app.notes (id, author_id, {}) values (1, '{ANN}', {})",
            names.join(", "),
            values.join(", ")
        );
        ann.run(&insert).await.unwrap();
        ann.run(&format!("insert into app.notes (id, author_id) values (2, '{ANN}')")).await.unwrap();
        // What is written back as it was has not changed, also where there is nothing.
        let same: Vec<String> = names.iter().map(|name| format!("{name} = {name}")).collect();
        ann.rows(2, &format!("update app.notes set title = 'x', {}", same.join(", "))).await;
        ann.run("set extra_float_digits = -15; set intervalstyle = sql_standard").await.unwrap();
        for (name, value, other) in COLUMNS {
            ann.rows(1, &format!("update app.notes set {name} = {value} where id = 1")).await;
            let refused = format!("app.notes.{name} can never change");
            ann.refused(&refused, &format!("update app.notes set {name} = {other} where id = 1")).await;
            ann.refused(&refused, &format!("update app.notes set {name} = null where id = 1")).await;
            ann.refused(&refused, &format!("update app.notes set {name} = {value} where id = 2")).await;
        }
    }
}
