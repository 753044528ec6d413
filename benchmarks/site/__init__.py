"""The application that is measured."""
