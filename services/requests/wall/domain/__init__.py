"""What residents see of requests that are not theirs."""
