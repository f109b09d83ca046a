"""Rego: what people may read, as a bundle that fleets of Open Policy Agent fetch, and for Trino's OPA plug-in.

Pure: a desired state goes in, texts and bytes come out. Nothing here connects to anything.
"""
