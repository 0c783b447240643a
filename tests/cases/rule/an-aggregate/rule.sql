count(*) > 3
