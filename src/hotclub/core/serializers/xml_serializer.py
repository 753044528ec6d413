"""Objects as XML. What is read may have no document type: that shuts out entities, external and exploding ones."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.dom import pulldom
from xml.sax import handler
from xml.sax.expatreader import ExpatParser

from hotclub.apps import apps
from hotclub.core.exceptions import ObjectDoesNotExist, SuspiciousOperation
from hotclub.core.serializers import base
from hotclub.db import DEFAULT_DB_ALIAS, models
from hotclub.utils.xmlutils import SimplerXMLGenerator, UnserializableContentError

CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""What XML 1.0 cannot hold."""

MAX_DEPTH = 200
"""Nested elements that are read; our own documents have five levels."""


class Serializer(base.Serializer):
    """Writes a `<django-objects>` document; option `indent` says whether to indent."""

    xml: SimplerXMLGenerator

    def _indent(self, level: int) -> None:
        width = self.options.get("indent")
        if width is not None:
            self.xml.ignorableWhitespace("\n" + " " * width * level)

    def start_serialization(self) -> None:
        self.xml = SimplerXMLGenerator(self.stream, self.options.get("encoding", "utf-8"))
        self.xml.startDocument()
        self.xml.startElement("django-objects", {"version": "1.0"})

    def end_serialization(self) -> None:
        self._indent(0)
        self.xml.endElement("django-objects")
        self.xml.endDocument()

    def start_object(self, obj: Any) -> None:
        if not hasattr(obj, "_meta"):
            raise base.SerializationError(f"Non-model object ({type(obj)}) encountered during serialization")
        self._indent(1)
        attributes = {"model": str(obj._meta)}
        if not self.use_natural_primary_keys_of(obj) and obj.pk is not None:
            attributes["pk"] = obj._meta.pk.value_to_string(obj)
        if any(map(CONTROL_CHARACTERS.search, attributes.values())):
            raise ValueError(f"{type(obj).__name__} (pk:{obj.pk}) contains unserializable characters")
        self.xml.startElement("object", attributes)

    def end_object(self, obj: Any) -> None:
        self._indent(1)
        self.xml.endElement("object")

    def handle_field(self, obj: Any, field: Any) -> None:
        self._indent(2)
        self.xml.startElement("field", {"name": field.name, "type": field.get_internal_type()})
        if getattr(obj, field.name) is None:
            self.xml.addQuickElement("None")
        else:
            text = field.value_to_string(obj)
            if field.get_internal_type() == "JSONField":
                # As a text in JSON, so that it can be told from a text that looks like one.
                text = json.dumps(field.value_from_object(obj), cls=field.encoder)
            try:
                self.xml.characters(text)
            except UnserializableContentError as error:
                raise ValueError(
                    f"{type(obj).__name__}.{field.name} (pk:{obj.pk}) contains unserializable characters"
                ) from error
        self.xml.endElement("field")

    def handle_fk_field(self, obj: Any, field: Any) -> None:
        self._start_relation(field)
        related_attribute = getattr(obj, field.attname)
        if related_attribute is None:
            self.xml.addQuickElement("None")
        else:
            key = None
            if self.wants_natural_key(field.remote_field.model):
                key = self.related_natural_key(getattr(obj, field.name))
            if key is not None:
                self._write_natural_key(key)
            else:
                self.xml.characters(
                    field.value_to_string(obj) if hasattr(field, "value_to_string") else str(related_attribute)
                )
        self.xml.endElement("field")

    def _write_natural_key(self, key: Any) -> None:
        for part in key:
            self.xml.startElement("natural", {})
            if part is None:
                self.xml.addQuickElement("None")
            else:
                self.xml.characters(str(part))
            self.xml.endElement("natural")

    def handle_m2m_field(self, obj: Any, field: Any) -> None:
        if not field.remote_field.through._meta.auto_created:
            return  # an explicit intermediate model is written by itself
        self._start_relation(field)
        natural = self.wants_natural_key(field.remote_field.model)
        written = False
        for related in self.related_objects(obj, field):
            written = True
            key = related.natural_key() if natural else None
            self._indent(3)
            if key:
                self.xml.startElement("object", {})
                self._write_natural_key(key)
            else:
                self.xml.startElement("object", {"pk": str(related.pk)})
            self.xml.endElement("object")
        if written:
            self._indent(2)
        self.xml.endElement("field")

    def _start_relation(self, field: Any) -> None:
        self._indent(2)
        self.xml.startElement(
            "field",
            {
                "name": field.name,
                "rel": type(field.remote_field).__name__,
                "to": str(field.remote_field.model._meta),
            },
        )


class Deserializer(base.Deserializer):
    """Reads a `<django-objects>` document; arguments as of the Python deserializer."""

    def __init__(
        self,
        stream_or_string: Any,
        *,
        using: str = DEFAULT_DB_ALIAS,
        ignorenonexistent: bool = False,
        **options: Any,
    ) -> None:
        if isinstance(stream_or_string, bytes):
            stream_or_string = stream_or_string.decode()
        super().__init__(stream_or_string, **options)
        self.handle_forward_references = options.pop("handle_forward_references", False)
        self._events = pulldom.parse(self.stream, GuardedParser())
        self.db = using
        self.ignore = ignorenonexistent

    def __next__(self) -> base.DeserializedObject:
        node: Any
        for event, node in self._events:
            if event == "START_ELEMENT" and node.nodeName == "object":
                self._events.expandNode(node)
                found = self._read(node)
                if found is not None:
                    return found
        raise StopIteration

    def _read(self, node: Any) -> base.DeserializedObject | None:
        model = self._model(node, "model")
        data: dict[str, Any] = {}
        if node.hasAttribute("pk"):
            data[model._meta.pk.attname] = model._meta.pk.to_python(node.getAttribute("pk"))
        m2m_data: dict[str, Any] = {}
        deferred_fields: dict[Any, Any] = {}
        known = {field.name for field in model._meta.get_fields()}
        for field_node in node.getElementsByTagName("field"):
            if field_node.parentNode is not node:
                continue
            name = field_node.getAttribute("name")
            if not name:
                raise base.DeserializationError("<field> node is missing the 'name' attribute")
            if self.ignore and name not in known:
                continue
            field = model._meta.get_field(name)
            relation = field.remote_field
            if relation and isinstance(relation, models.ManyToManyRel):
                self._put(field, self._keys(field_node, field), m2m_data, field.name, field_node, deferred_fields)
            elif relation and isinstance(relation, models.ManyToOneRel):
                self._put(field, self._key(field_node, field), data, field.attname, field_node, deferred_fields)
            else:
                data[field.name] = self._value(field_node, field)
        obj = base.identified_instance(model, data, self.db)
        return base.DeserializedObject(obj, m2m_data, deferred_fields)

    def _put(
        self, field: Any, value: Any, target: dict[str, Any], name: str, node: Any, deferred: dict[Any, Any]
    ) -> None:
        if value is not base.NOT_YET:
            target[name] = value
        elif name == field.attname and not isinstance(field.remote_field, models.ManyToManyRel):
            deferred[field] = self._natural_key(node)
        else:
            deferred[field] = [
                self._natural_key(child) or [child.getAttribute("pk")] for child in _elements(node, "object")
            ]

    def _value(self, node: Any, field: Any) -> Any:
        if _elements(node, "None"):
            return None
        value = field.to_python(text_of(node).strip() if field.get_internal_type() != "JSONField" else text_of(node))
        if field.get_internal_type() == "JSONField":
            value = json.loads(value, cls=field.decoder)
        return value

    def _natural_key(self, node: Any) -> list[Any]:
        return [None if _elements(part, "None") else text_of(part).strip() for part in _elements(node, "natural")]

    def _key(self, node: Any, field: Any) -> Any:
        """Return the value of a foreign key."""
        if _elements(node, "None"):
            return None
        natural = self._natural_key(node)
        value: Any = natural if natural else text_of(node).strip()
        return base.read_key(field, value, self.db, self.handle_forward_references)

    def _keys(self, node: Any, field: Any) -> Any:
        """Return the keys of a many-to-many list."""
        values = []
        model = field.remote_field.model
        for child in _elements(node, "object"):
            natural = self._natural_key(child)
            if natural:
                try:
                    manager = model._default_manager.db_manager(self.db)
                    values.append(manager.get_by_natural_key(*natural).pk)
                except ObjectDoesNotExist:
                    if self.handle_forward_references:
                        return base.NOT_YET
                    raise
            else:
                values.append(model._meta.pk.to_python(child.getAttribute("pk")))
        return values

    def _model(self, node: Any, attribute: str) -> Any:
        identifier = node.getAttribute(attribute)
        if not identifier:
            raise base.DeserializationError(f"<{node.nodeName}> node is missing the required '{attribute}' attribute")
        try:
            return apps.get_model(identifier)
        except (LookupError, TypeError) as error:
            raise base.DeserializationError(
                f"<{node.nodeName}> node has invalid model identifier: '{identifier}'"
            ) from error


def _elements(node: Any, name: str) -> list[Any]:
    """The direct children of a node that have a name."""
    return [child for child in node.childNodes if child.nodeType == child.ELEMENT_NODE and child.nodeName == name]


def text_of(node: Any) -> str:
    """Return the text inside a node.

    Raises:
        SuspiciousOperation: there is an element in it, which no document of ours has there.
    """
    for child in node.childNodes:
        if child.nodeType == child.ELEMENT_NODE:
            raise SuspiciousOperation(f"Unexpected element: {child.tagName!r}")
    return "".join(
        child.data for child in node.childNodes if child.nodeType in (child.TEXT_NODE, child.CDATA_SECTION_NODE)
    )


class RefusedXml(ValueError):
    """A document has something that is not read."""

    def __repr__(self) -> str:
        return str(self)


class DTDForbidden(RefusedXml):
    """A document has a document type."""

    def __init__(self, name: str, sysid: str | None, pubid: str | None) -> None:
        super().__init__(name, sysid, pubid)
        self.name, self.sysid, self.pubid = name, sysid, pubid

    def __str__(self) -> str:
        return f"DTDForbidden(name='{self.name}', system_id={self.sysid!r}, public_id={self.pubid!r})"


class EntityForbidden(RefusedXml):
    """A document defines an entity."""


class TooDeep(RefusedXml):
    """A document nests more elements than is sensible."""


class GuardedParser(ExpatParser):
    """A parser that refuses document types, entities and endless nesting."""

    def __init__(self) -> None:
        super().__init__()
        self.setFeature(handler.feature_external_ges, False)
        self.setFeature(handler.feature_external_pes, False)
        self._depth = 0

    def reset(self) -> None:
        super().reset()
        parser: Any = self._parser  # type: ignore[attr-defined]  # the documented class keeps its parser there
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_entity
        parser.UnparsedEntityDeclHandler = self._refuse_entity
        parser.ExternalEntityRefHandler = self._refuse_entity

    def _refuse_doctype(self, name: str, sysid: str | None, pubid: str | None, has_internal_subset: int) -> None:
        raise DTDForbidden(name, sysid, pubid)

    def _refuse_entity(self, *details: Any) -> None:
        raise EntityForbidden(f"entities are not read: {details!r}")

    def start_element(self, name: str, attrs: Any) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TooDeep(f"more than {MAX_DEPTH} nested elements")
        super().start_element(name, attrs)

    def end_element(self, name: str) -> None:
        self._depth -= 1
        super().end_element(name)
