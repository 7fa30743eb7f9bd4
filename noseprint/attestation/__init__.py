"""Signed results of verifications, which anyone can check who knows the clinic's public key. No database here."""
