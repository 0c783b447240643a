org(org_id, 'admin') or owner_id = me()
