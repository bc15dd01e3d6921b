"""MongoDB: one replica set, one database and one user per service."""
