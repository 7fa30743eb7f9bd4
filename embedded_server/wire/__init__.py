"""The wire contract as Python: generated from ``proto/nose_embedder.proto``, never edited by hand."""
