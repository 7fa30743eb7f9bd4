"""Guardians, pets, consents, enrolments and verifications: what the clinic must remember."""
