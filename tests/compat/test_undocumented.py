"""Undocumented names that packages import: there with the alias, gone without it."""

from __future__ import annotations

from tests.compat.test_alias import check, run


def test_every_name_stands_for_something() -> None:
    check("""
        from hotclub.conf import settings
        settings.configure(INSTALLED_APPS=["hotclub.contrib.contenttypes", "hotclub.contrib.auth", "hotclub.contrib.admin"])
        import hotclub
        hotclub.setup()
        from importlib import import_module
        from hotclub.compat.undocumented import NAMES
        for module_name, names in NAMES.items():
            module = import_module(module_name)
            for name in names:
                assert name not in vars(module), f"{module_name} has {name} by itself"
                assert getattr(module, name) is not None
    """)


def test_submodules_are_attributes_of_their_package() -> None:
    check("""
        import django.template
        assert django.template.context.RenderContext
        try:
            django.template.nothing
        except AttributeError as error:
            assert str(error) == "module 'hotclub.template' has no attribute 'nothing'"
        else:
            raise AssertionError
    """)


def test_names_go_with_the_alias() -> None:
    check("""
        from django.shortcuts import _get_queryset
        import hotclub.shortcuts
        from hotclub.compat import uninstall_django_alias
        uninstall_django_alias()
        import hotclub.views
        for module in (hotclub, hotclub.shortcuts, hotclub.views):
            assert "__getattr__" not in vars(module)
        assert not hasattr(hotclub.shortcuts, "_get_queryset")
    """)
    done = run("from hotclub.shortcuts import _get_queryset")
    assert "ImportError: cannot import name '_get_queryset'" in done.stderr


def test_stand_ins_do_what_packages_ask_of_them() -> None:
    check("""
        import io
        from hotclub.conf import settings
        settings.configure(INSTALLED_APPS=["hotclub.contrib.contenttypes", "hotclub.contrib.auth"])
        import hotclub
        hotclub.setup()
        from django.contrib.auth.models import User
        from django.db.models.fields import _load_field
        from django.http.multipartparser import ChunkIter
        from django.shortcuts import _get_queryset
        from django.template.backends.django import get_installed_libraries
        from hotclub.compat.stand_ins import column_name

        assert list(ChunkIter(io.BytesIO(b"abcde"), 2)) == [b"ab", b"cd", b"e"]
        assert _load_field("auth", "User", "username") is User._meta.get_field("username")
        assert _get_queryset(User).model is User
        assert _get_queryset(User.objects) is User.objects
        assert get_installed_libraries()["i18n"] == "hotclub.templatetags.i18n"
        assert [column_name(each, 3) for each in ("name", len, lambda found: found)] == ["name", "len", "3"]
    """)
