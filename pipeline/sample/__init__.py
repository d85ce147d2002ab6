"""A sample town made from facts: surfaces, a simulated laser survey of them, and a proposed building."""
