"""The screens: one folder or file for each thing that staff come to do."""
