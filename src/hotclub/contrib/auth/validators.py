"""Validators of user names."""

from __future__ import annotations

import re

from hotclub.core import validators
from hotclub.utils.deconstruct import deconstructible
from hotclub.utils.translation import gettext_lazy as _


@deconstructible
class ASCIIUsernameValidator(validators.RegexValidator):
    """Accepts ASCII letters, digits and @ . + - _."""

    regex = r"^[\w.@+-]+\Z"
    message = _(
        "Enter a valid username. This value may contain only unaccented lowercase a-z and uppercase A-Z letters, numbers, "
        "and @/./+/-/_ characters."
    )
    flags = re.ASCII


@deconstructible
class UnicodeUsernameValidator(validators.RegexValidator):
    """Accepts letters and digits of all scripts, and @ . + - _."""

    regex = r"^[\w.@+-]+\Z"
    message = _("Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.")
    flags = 0
