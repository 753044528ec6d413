"""System checks of settings that security depends on."""
