"""Measures the shipped model and writes `docs/biometric-report.md`: figures first, then text that follows from them.

It lives beside the training because it needs the generator, for retakes and for dogs to search among; it runs in the
product's own environment.
"""
