"""What a municipality plans: projects, and in them models, masks, variants and viewpoints."""
