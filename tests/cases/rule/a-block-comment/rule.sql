true /* and not locked
