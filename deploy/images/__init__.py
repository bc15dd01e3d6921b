"""Container images: one per service, the gateway with the pages, the broker, and the tools that provision."""
