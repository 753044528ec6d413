"""A view that leads to the page of any object."""

from __future__ import annotations

from typing import Any

from hotclub.apps import apps
from hotclub.contrib.contenttypes.models import ContentType
from hotclub.contrib.sites.requests import RequestSite
from hotclub.contrib.sites.shortcuts import get_current_site
from hotclub.core.exceptions import ObjectDoesNotExist
from hotclub.http import Http404, HttpResponseRedirect
from hotclub.utils.translation import gettext as _


def shortcut(request: Any, content_type_id: Any, object_id: Any) -> Any:
    """Redirect to an object's page, on the site it belongs to.

    Raises:
        Http404: there is no such object, or it has no page.
    """
    try:
        content_type = ContentType.objects.get(pk=content_type_id)
        if not content_type.model_class():
            raise Http404(_("Content type %(ct_id)s object has no associated model") % {"ct_id": content_type_id})
        obj = content_type.get_object_for_this_type(pk=object_id)
    except (ObjectDoesNotExist, ValueError):
        raise Http404(
            _("Content type %(ct_id)s object %(obj_id)s doesn’t exist")
            % {"ct_id": content_type_id, "obj_id": object_id}
        ) from None
    try:
        get_absolute_url = obj.get_absolute_url
    except AttributeError:
        raise Http404(
            _("%(ct_name)s objects don’t have a get_absolute_url() method") % {"ct_name": content_type.name}
        ) from None
    url = get_absolute_url()
    if url.startswith(("http://", "https://", "//")):
        return HttpResponseRedirect(url)
    domain = _domain_of(request, obj)
    if domain is None:
        return HttpResponseRedirect(url)
    return HttpResponseRedirect(f"{request.scheme}://{domain}{url}")


def _domain_of(request: Any, obj: Any) -> str | None:
    """Return the domain of the object's site: of its own, if it has a relation to sites, else of the current one."""
    try:
        domain: str | None = get_current_site(request).domain
    except ObjectDoesNotExist:
        domain = None
    if not apps.is_installed("hotclub.contrib.sites"):
        return RequestSite(request).domain if domain is None else domain
    Site = apps.get_model("sites.Site")
    options = obj._meta
    for field in options.many_to_many:
        if field.remote_field.model is Site:
            sites = getattr(obj, field.name).all()
            found = next((site for site in sites if site.domain == domain), None) or next(iter(sites), None)
            if found is not None:
                return str(found.domain)
    for field in options.fields:
        if field.remote_field and field.remote_field.model is Site:
            try:
                site = getattr(obj, field.name)
            except ObjectDoesNotExist:
                continue
            if site is not None:
                return str(site.domain)
    return domain
