"""The engines: each class prepares one, gives a function per template, and loads a text anew for the first-use figures."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from benchmarks.templates import sources, values


class DjangoLanguage:
    """hotclub or Django, told by the package's name.

    Args:
        package: `hotclub` or `django`.
        options: further options of hotclub's engine.
    """

    def __init__(self, package: str, **options: object) -> None:
        self.package = package
        conf = importlib.import_module(f"{package}.conf")
        conf.settings.configure(
            ROOT_URLCONF="benchmarks.templates.urls_" + package,
            USE_TZ=True,
            SECRET_KEY="benchmarks",
            LOGGING_CONFIG=None,
        )
        importlib.import_module(package).setup()
        self.template = importlib.import_module(f"{package}.template")
        self.library = self.template.Library()
        self.library.simple_tag(values.stars)
        self.engine = self._engine(sources.DJANGO, options)

    def _engine(self, texts: dict[str, str], options: dict):
        self.texts = texts = dict(texts)
        loaders = [
            (
                f"{self.package}.template.loaders.cached.Loader",
                [(f"{self.package}.template.loaders.locmem.Loader", texts)],
            )
        ]
        engine = self.template.Engine(loaders=loaders, **options)
        engine.template_libraries["bench"] = self.library
        return engine

    def renderer(self, name: str) -> Callable[[dict], str]:
        template, context = self.engine.get_template(name), self.template.Context
        return lambda given: template.render(context(given))

    def first(self, text: str) -> Callable[[dict], str]:
        name = f"first{len(self.texts)}.html"
        self.texts[name] = text
        return self.renderer(name)


class Jinja2:
    def __init__(self) -> None:
        import jinja2

        self.environment = jinja2.Environment(autoescape=True, loader=jinja2.DictLoader(sources.JINJA), cache_size=-1)
        self.environment.filters.update(values.FILTERS)
        self.environment.globals.update(values.FUNCTIONS)

    def renderer(self, name: str) -> Callable[[dict], str]:
        return self.environment.get_template(name).render

    def first(self, text: str) -> Callable[[dict], str]:
        return self.environment.from_string(text).render


class Mako:
    def __init__(self) -> None:
        from mako.lookup import TemplateLookup

        self.lookup = TemplateLookup(default_filters=["h"], strict_undefined=True)
        for name, text in sources.MAKO.items():
            self.lookup.put_string(name, text)

    def renderer(self, name: str) -> Callable[[dict], str]:
        template = self.lookup.get_template(name)
        return lambda given: template.render(**values.FILTERS, **values.FUNCTIONS, **given)


class Minijinja:
    def __init__(self) -> None:
        import minijinja

        self.environment = minijinja.Environment(templates=sources.JINJA)
        for name, function in values.FILTERS.items():
            self.environment.add_filter(name, function)
        for name, function in values.FUNCTIONS.items():
            self.environment.add_global(name, function)

    def renderer(self, name: str) -> Callable[[dict], str]:
        render = self.environment.render_template
        return lambda given: render(name, **given)

    def first(self, text: str) -> Callable[[dict], str]:
        self.environment.add_template("first.html", text)
        return self.renderer("first.html")


class ByHand:
    def renderer(self, name: str) -> Callable[[dict], str]:
        from benchmarks.templates.by_hand import FUNCTIONS

        function = FUNCTIONS[name]
        return lambda given: function(**given)


ENGINES: dict[str, Callable[[], object]] = {
    "hotclub": lambda: DjangoLanguage("hotclub"),
    "Django": lambda: DjangoLanguage("django"),
    "Jinja2": Jinja2,
    "Mako": Mako,
    "minijinja": Minijinja,
    "by hand": ByHand,
}
