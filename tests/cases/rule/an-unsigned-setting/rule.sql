owner_id = current_setting('app.user')::uuid
