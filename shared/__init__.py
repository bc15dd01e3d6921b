"""What the four services share: no business words except in contracts."""
