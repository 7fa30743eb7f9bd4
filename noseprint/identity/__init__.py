"""The Pet DID of a nose print."""
