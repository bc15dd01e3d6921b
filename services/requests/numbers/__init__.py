"""The short number of a request: what people say on the telephone and write on paper."""
