"""The kiosk's own widgets: each speaks, measures and colours itself, so that a screen only says what is where."""
