begin
  with expected as materialized (
{{expected}}
  ), gone as (
    delete from seal.guarded as g where not exists (select from expected as e where e.object = g.object)
  )
  insert into seal.guarded as g (object, state) select e.object, e.state from expected as e
    on conflict on constraint guarded_pkey do update set state = excluded.state where g.state is distinct from excluded.state;
end
