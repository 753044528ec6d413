"""Content types: a row for each installed model, and relations to objects of any model."""
