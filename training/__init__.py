"""How the default embedding model was made. The product never imports anything from here."""
