"""`ObjectT`: the type parameter of classes that handle one kind of object, `Any` where it is left out.

`DetailView[Book]` and `ModelForm[Book]` say more to a type checker than `DetailView` and `ModelForm`; to Python they say the
same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    ObjectT = TypeVar("ObjectT", default=Any)
else:
    from typing import TypeVar

    ObjectT = TypeVar("ObjectT")
