not exists (select 1 from app.blocks b where b.blocked = author_id)
