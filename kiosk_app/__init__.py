"""The Qt face: a full-screen touch application for the staff of a veterinary clinic."""
