owner_id = $1
