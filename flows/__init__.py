"""The flows: one file each, named by what it does. They compose the contexts and hold no rules."""
