select s.object, case
    when {{ours:s.state ->> 'owner'}} or s.object = 'schema public' or s.state = g.state then s.state
    -- Somebody else's that was born closed: its text follows what it names, which anybody may rename; who reaches it does not.
    when g.state is not null and not coalesce({{ours:g.state ->> 'owner'}}, false) then s.state || coalesce((
      select pg_catalog.jsonb_object_agg(k.key, k.value) from pg_catalog.jsonb_each(g.state) as k
      where k.key in ('privileges', 'column privileges', 'row security', 'view options', 'policies', 'security')), '{}')
  end as state
from ({{state}}) as s left join seal.guarded as g on g.object = s.object
