"""The tags of the language that need neither settings nor other concerns, by concept."""
