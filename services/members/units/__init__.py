"""Units of the organisation, as a typed tree."""
