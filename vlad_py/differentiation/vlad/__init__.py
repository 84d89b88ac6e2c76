"""What VLAD asks of values: tagged ones, their text, and the AD basis."""
