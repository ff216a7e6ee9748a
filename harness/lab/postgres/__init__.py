"""Real PostgreSQL servers: a primary and a chain of streaming replicas, made from a cached template."""
