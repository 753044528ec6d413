"""Documented path of models and their metaclass; the code is in `hotclub._orm`."""

from hotclub._orm.metaclass import ModelBase
from hotclub._orm.model import Model, model_unpickle
from hotclub._orm.state import DEFERRED, ModelState
from hotclub._orm.state import FieldsCacheDescriptor as ModelStateFieldsCacheDescriptor

__all__ = [
    "DEFERRED",
    "Model",
    "ModelBase",
    "ModelState",
    "ModelStateFieldsCacheDescriptor",
    "model_unpickle",
]
