"Owner Id" = me() and "select" is not true
