"""Projects and apps written for Django: an import alias, and the undocumented names that packages import through it."""

from hotclub.compat.alias import AliasError, install_django_alias, uninstall_django_alias

__all__ = ["AliasError", "install_django_alias", "uninstall_django_alias"]
