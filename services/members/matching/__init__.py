"""Matching: which helper suits a leg best, with the reasons kept."""
