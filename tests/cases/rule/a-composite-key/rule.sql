org((region, number), rank) and via((project_region, project_number), 'select')
