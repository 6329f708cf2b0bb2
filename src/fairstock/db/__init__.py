"""PostgreSQL: connecting, the embedded server, transactions, migrations and checks. No queries of any context
live here.
"""
