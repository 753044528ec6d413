"""Relations between models: fields, their reverse sides, descriptors and related managers."""
