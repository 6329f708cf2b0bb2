"""People and companies: contributors, buyers, staff; their roles, credentials and training licenses."""
