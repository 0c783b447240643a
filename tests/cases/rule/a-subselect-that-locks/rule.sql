exists (select 1 from app.notes for update)
