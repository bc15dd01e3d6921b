"""The subject of requests: how soon they are answered and served, and how they stand."""
