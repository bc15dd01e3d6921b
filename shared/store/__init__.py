"""How a service remembers: documents that hold state, version, heard marks and unsent facts in one guarded write."""
