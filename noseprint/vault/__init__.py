"""Encryption at rest: master keys, sealed content, keyed fingerprints. Knows neither records nor stores."""
