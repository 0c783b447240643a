true) or (true
