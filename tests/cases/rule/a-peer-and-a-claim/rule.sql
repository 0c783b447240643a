org_peer(author_id) and claim('plan') = 'pro' and not agent()
