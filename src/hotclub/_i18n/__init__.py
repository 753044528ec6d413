"""Translation catalogues and languages: the engine under `hotclub.utils.translation`."""
