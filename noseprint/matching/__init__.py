"""Similarity, verdict and exact 1:N search over templates."""
