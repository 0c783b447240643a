org(distinct org_id)
