"""Who has to do with whom: in one request (`cases`), and in one activity (`gatherings`)."""
