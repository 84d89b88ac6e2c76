"""What vlad costs, beside what others cost: recorded, never asserted."""
