"""A change of guardian: which pet, is it the same dog, and the signed result."""
