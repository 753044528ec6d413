"""Their admin."""

from walk_shop.models import Record, Track

from hotclub.contrib import admin


class TrackInline(admin.TabularInline):
    model = Track


@admin.register(Record)
class RecordAdmin(admin.ModelAdmin):
    list_display = ["title", "sold"]
    list_filter = ["sold"]
    search_fields = ["title"]
    list_per_page = 10
    inlines = [TrackInline]
