"""The configured engines, `hotclub.template.engines`."""

from hotclub.template.utils import EngineHandler

engines = EngineHandler()
