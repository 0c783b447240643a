author_id not in (select b.blocked from app.blocks b)
