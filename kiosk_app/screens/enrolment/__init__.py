"""Enrolment, one thing at a time: whose dog, what they agree to, which dog, its nose, and the Pet DID."""
