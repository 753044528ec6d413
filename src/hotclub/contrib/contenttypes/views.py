"""`shortcut`: from a content type and an id to the object's page."""

from __future__ import annotations

from typing import Any

from hotclub.apps import apps
from hotclub.contrib.contenttypes.models import ContentType
from hotclub.contrib.sites.requests import RequestSite
from hotclub.contrib.sites.shortcuts import get_current_site
from hotclub.core.exceptions import ObjectDoesNotExist, ValidationError
from hotclub.http import Http404, HttpResponseRedirect
from hotclub.utils.translation import gettext as _


def shortcut(request: Any, content_type_id: Any, object_id: Any) -> HttpResponseRedirect:
    """Redirect to the page of an object, on the site that it belongs to.

    Raises:
        Http404: no such content type, object or page.
    """
    try:
        content_type = ContentType.objects.get(pk=content_type_id)
        if not content_type.model_class():
            raise Http404(_("Content type %(ct_id)s object has no associated model") % {"ct_id": content_type_id})
        found = content_type.get_object_for_this_type(pk=object_id)
    except (ObjectDoesNotExist, ValidationError, ValueError) as error:
        raise Http404(
            _("Content type %(ct_id)s object %(obj_id)s doesn’t exist")
            % {"ct_id": content_type_id, "obj_id": object_id}
        ) from error
    try:
        get_absolute_url = found.get_absolute_url
    except AttributeError as error:
        raise Http404(
            _("%(ct_name)s objects don’t have a get_absolute_url() method") % {"ct_name": content_type.name}
        ) from error
    url = get_absolute_url()
    if url.startswith(("http://", "https://", "//")):
        return HttpResponseRedirect(url)
    domain = _domain_of(found, request)
    return HttpResponseRedirect(f"{request.scheme}://{domain}{url}" if domain else url)


def _domain_of(found: Any, request: Any) -> str | None:
    """The domain of the site an object is related to; of the request, if there is none."""
    if not apps.is_installed("hotclub.contrib.sites"):
        return str(RequestSite(request).domain)
    Site = apps.get_model("sites.Site")
    opts = found._meta
    for field in opts.many_to_many:
        if field.remote_field.model is Site:
            current = get_current_site(request)
            sites = getattr(found, field.name)
            site = sites.filter(pk=getattr(current, "pk", None)).first() or sites.first()
            if site is not None:
                return str(site.domain)
    for field in opts.fields:
        if field.remote_field and field.remote_field.model is Site:
            site = getattr(found, field.name)
            if site is not None:
                return str(site.domain)
    try:
        return str(get_current_site(request).domain)
    except ObjectDoesNotExist:
        return None
