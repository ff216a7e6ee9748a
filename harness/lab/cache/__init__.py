"""Real Valkey servers: in each region a primary and a replica in two zones, as an ElastiCache replication group."""
