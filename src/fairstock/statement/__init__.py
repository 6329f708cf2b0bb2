"""What a contributor earned in a period, line by line, and the way of one sale through the books."""
