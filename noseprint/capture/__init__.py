"""From a camera or a photograph of a nose to its quality and its usable samples."""
