"""What a planner must know of a file that an architect sent."""
