"""Static files: found in applications and directories, served while developing, collected for production."""
