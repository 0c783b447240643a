me() = any(member_ids) and status in ('open', 'new') and valid_from <= now() and amount::numeric > 1.5
