not (locked is true or archived is null) and (a = 1) is not false
