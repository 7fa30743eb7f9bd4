"""The window around the screens: which one is shown, who is signed in, what all of them share."""
