"""The PostgreSQL target: security-barrier views, entitlement rows, and roles for data products.

Importing its modules needs psycopg; `placet.emitter.targets` says so in a sentence where it is missing.
"""
