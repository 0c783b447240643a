exists (with gone as (delete from app.notes returning 1) select 1 from gone)
