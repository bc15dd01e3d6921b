"""Looking for requests: by number, by words of the title, by place and by person."""
