"""What we show of requests, and to whom."""
