select s.object, case when {{ours:s.state ->> 'owner'}} or s.object = 'schema public' or s.state = g.state then s.state end as state
from ({{state}}) as s left join seal.guarded as g on g.object = s.object
