"""Staff: who may work here, what each may do, new PINs; for admins."""
