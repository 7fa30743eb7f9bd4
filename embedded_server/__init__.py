"""The gRPC face: the platform's NoseEmbedderService over the engine."""
