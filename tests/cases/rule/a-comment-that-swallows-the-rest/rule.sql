owner_id = me() -- and not locked
