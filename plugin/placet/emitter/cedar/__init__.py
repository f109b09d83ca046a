"""Cedar: what people may read, as policies, entities and a schema that any engine for Cedar takes.

Pure: a desired state goes in, texts come out. Nothing here connects to anything.
"""
