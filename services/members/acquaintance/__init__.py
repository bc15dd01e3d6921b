"""Acquaintance: who has to do with whom, learnt from requests and activities, so that names are for those people."""
