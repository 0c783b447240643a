exists (select 1 from app.follows f where f.followed_id = author_id)
