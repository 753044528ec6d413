"""Which labels of the suite speak for which area; a label not named here falls to the ORM."""

from __future__ import annotations

_AREAS = {
    "migrations": """migrations migrations2 schema migrate_signals custom_migration_operations
        migration_test_data_persistence inspectdb introspection field_deconstruction""",
    "templates": "template_tests template_loader template_backends context_processors humanize_tests",
    "http": """handlers httpwrappers requests_tests responses urlpatterns urlpatterns_reverse resolve_url middleware
        middleware_exceptions conditional_processing csrf_tests view_tests generic_views shortcuts wsgi asgi
        builtin_server servers decorators file_uploads signed_cookies_tests signing cache get_object_or_404
        test_exceptions pagination""",
    "forms": """forms_tests model_forms model_formsets model_formsets_regress inline_formsets validators validation""",
    "auth": "auth_tests sessions_tests messages_tests contenttypes_tests",
    "admin": """admin_autodiscover admin_changelist admin_checks admin_custom_urls admin_default_site admin_docs
        admin_filters admin_inlines admin_ordering admin_registration admin_utils admin_views admin_widgets modeladmin
        generic_inline_admin""",
    "core": """admin_scripts test_client test_client_regress test_runner test_utils check_framework settings_tests apps
        app_loading dispatch signals logging_tests mail files file_storage serializers fixtures fixtures_model_package
        fixtures_regress user_commands bash_completion shell dbshell tasks utils_tests version deprecation
        project_template async i18n timezones""",
    "contrib": """flatpages_tests redirects_tests sitemaps_tests sites_framework sites_tests syndication_tests
        staticfiles_tests postgres_tests generic_relations generic_relations_regress""",
}
AREA_OF = {label: area for area, labels in _AREAS.items() for label in labels.split()}


def area_of(label: str) -> str:
    """Return the area that a label speaks for."""
    return AREA_OF.get(label, "orm")
