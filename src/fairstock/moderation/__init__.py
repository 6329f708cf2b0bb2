"""Whether a prompt may be made: a decision that names category, exact span and rule, and how to appeal."""
