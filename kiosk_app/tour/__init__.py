"""The whole story, played by the window itself on the simulated camera, step by step, each looked at."""
