"""Views with a form: show it, take it, create, update and delete."""

from __future__ import annotations

from typing import Any

from hotclub._kernel.object_type import ObjectT
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.forms import Form
from hotclub.forms import models as model_forms
from hotclub.http import HttpResponseRedirect
from hotclub.views.generic.base import ContextMixin, TemplateResponseMixin, View
from hotclub.views.generic.detail import BaseDetailView, SingleObjectMixin, SingleObjectTemplateResponseMixin


class FormMixin(ContextMixin):
    """Shows and takes a form.

    Source: docs ref/class-based-views/mixins-editing.
    """

    initial: Any = {}
    form_class: Any = None
    success_url: Any = None
    prefix: str | None = None
    request: Any

    def get_initial(self) -> dict[str, Any]:
        """Give the initial values, a copy."""
        return self.initial.copy()  # type: ignore[no-any-return]

    def get_prefix(self) -> str | None:
        """Give the prefix of the form's names."""
        return self.prefix

    def get_form_class(self) -> Any:
        """Give the class of the form."""
        return self.form_class

    def get_form(self, form_class: Any = None) -> Any:
        """Give the form."""
        if form_class is None:
            form_class = self.get_form_class()
        return form_class(**self.get_form_kwargs())

    def get_form_kwargs(self) -> dict[str, Any]:
        """Give the arguments of the form."""
        kwargs = {"initial": self.get_initial(), "prefix": self.get_prefix()}
        if self.request.method in ("POST", "PUT"):
            kwargs.update({"data": self.request.POST, "files": self.request.FILES})
        return kwargs

    def get_success_url(self) -> str:
        """Give where to go after a valid form.

        Raises:
            ImproperlyConfigured: the view does not say.
        """
        if not self.success_url:
            raise ImproperlyConfigured("No URL to redirect to. Provide a success_url.")
        return str(self.success_url)  # may be lazy

    def form_valid(self, form: Any) -> Any:
        """Redirect to the success URL."""
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: Any) -> Any:
        """Show the form with its errors."""
        return self.render_to_response(self.get_context_data(form=form))  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form to the context."""
        if "form" not in kwargs:
            kwargs["form"] = self.get_form()
        return super().get_context_data(**kwargs)


class ModelFormMixin(FormMixin, SingleObjectMixin[ObjectT]):
    """A form of a model."""

    fields: Any = None

    def get_form_class(self) -> Any:
        """Give the class of the form: the view's own, or one made from model and fields.

        Raises:
            ImproperlyConfigured: both or neither of `fields` and `form_class`.
        """
        if self.fields is not None and self.form_class:
            raise ImproperlyConfigured("Specifying both 'fields' and 'form_class' is not permitted.")
        if self.form_class:
            return self.form_class
        if self.model is not None:
            model = self.model
        elif getattr(self, "object", None) is not None:
            model = type(self.object)
        else:
            # The queryset knows its model.
            model = self.get_queryset().model
        if self.fields is None:
            raise ImproperlyConfigured(
                f"Using ModelFormMixin (base class of {type(self).__name__}) without the 'fields' attribute is "
                "prohibited."
            )
        return model_forms.modelform_factory(model, fields=self.fields)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the object to the arguments of the form."""
        kwargs = super().get_form_kwargs()
        if hasattr(self, "object"):
            kwargs.update({"instance": self.object})
        return kwargs

    def get_success_url(self) -> str:
        """Give the success URL, with the object's attributes filled in, or the object's own URL.

        Raises:
            ImproperlyConfigured: there is neither.
        """
        if self.success_url:
            return str(self.success_url).format(**self.object.__dict__)
        try:
            return self.object.get_absolute_url()  # type: ignore[attr-defined, no-any-return]
        except AttributeError as error:
            raise ImproperlyConfigured(
                "No URL to redirect to. Either provide a url or define a get_absolute_url method on the Model."
            ) from error

    def form_valid(self, form: Any) -> Any:
        """Save the object and redirect."""
        self.object = form.save()
        return super().form_valid(form)


class ProcessFormView(View):
    """GET shows the form, POST and PUT take it."""

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Show a blank form."""
        return self.render_to_response(self.get_context_data())  # type: ignore[attr-defined]

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Take the form."""
        form = self.get_form()  # type: ignore[attr-defined]
        return self.form_valid(form) if form.is_valid() else self.form_invalid(form)  # type: ignore[attr-defined]

    def put(self, *args: Any, **kwargs: Any) -> Any:
        """Take the form."""
        return self.post(*args, **kwargs)


class BaseFormView(FormMixin, ProcessFormView):
    """A view with a form, without a template."""


class FormView(TemplateResponseMixin, BaseFormView):
    """Shows a form; with valid data it goes on to another URL."""


class BaseCreateView(ModelFormMixin[ObjectT], ProcessFormView):
    """A view that creates an object, without a template."""

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Show a blank form."""
        self.object = None  # type: ignore[assignment]  # there is none yet
        return super().get(request, *args, **kwargs)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Take the form."""
        self.object = None  # type: ignore[assignment]  # there is none yet
        return super().post(request, *args, **kwargs)


class CreateView(SingleObjectTemplateResponseMixin[ObjectT], BaseCreateView[ObjectT]):
    """Creates an object.

    Source: docs ref/class-based-views/generic-editing, "CreateView".
    """

    template_name_suffix = "_form"


class BaseUpdateView(ModelFormMixin[ObjectT], ProcessFormView):
    """A view that changes an object, without a template."""

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Show the form of the object."""
        self.object = self.get_object()
        return super().get(request, *args, **kwargs)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Take the form."""
        self.object = self.get_object()
        return super().post(request, *args, **kwargs)


class UpdateView(SingleObjectTemplateResponseMixin[ObjectT], BaseUpdateView[ObjectT]):
    """Changes an object.

    Source: docs ref/class-based-views/generic-editing, "UpdateView".
    """

    template_name_suffix = "_form"


class DeletionMixin:
    """Deletes an object."""

    success_url: Any = None
    object: Any

    def delete(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Delete the object and redirect."""
        self.object = self.get_object()  # type: ignore[attr-defined]
        success_url = self.get_success_url()
        self.object.delete()
        return HttpResponseRedirect(success_url)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Delete the object; forms cannot send DELETE."""
        return self.delete(request, *args, **kwargs)

    def get_success_url(self) -> str:
        """Give where to go, with the object's attributes filled in.

        Raises:
            ImproperlyConfigured: the view does not say.
        """
        if self.success_url:
            return str(self.success_url).format(**self.object.__dict__)
        raise ImproperlyConfigured("No URL to redirect to. Provide a success_url.")


class BaseDeleteView(DeletionMixin, FormMixin, BaseDetailView[ObjectT]):
    """A view that deletes an object after a valid form, without a template."""

    form_class: Any = Form

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Take the form; an empty one is valid unless the view says otherwise."""
        # FormMixin has its own success URL, which is asked before the object is gone.
        self.object = self.get_object()
        form = self.get_form()
        return self.form_valid(form) if form.is_valid() else self.form_invalid(form)

    def form_valid(self, form: Any) -> Any:
        """Delete the object and redirect."""
        success_url = self.get_success_url()
        self.object.delete()
        return HttpResponseRedirect(success_url)


class DeleteView(SingleObjectTemplateResponseMixin[ObjectT], BaseDeleteView[ObjectT]):
    """Asks, then deletes an object.

    Source: docs ref/class-based-views/generic-editing, "DeleteView".
    """

    template_name_suffix = "_confirm_delete"


__all__ = [
    "BaseCreateView",
    "BaseDeleteView",
    "BaseFormView",
    "BaseUpdateView",
    "CreateView",
    "DeleteView",
    "DeletionMixin",
    "FormMixin",
    "FormView",
    "ModelFormMixin",
    "ProcessFormView",
    "UpdateView",
]
