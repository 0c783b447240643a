owner_name = session_user
