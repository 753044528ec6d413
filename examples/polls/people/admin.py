from hotclub.contrib import admin
from people.models import Profile


@admin.register(Profile)
class ProfileAdmin(admin.ModelAdmin):
    list_display = ["__str__", "user", "hue"]
    search_fields = ["user__username", "user__first_name", "user__last_name", "bio"]
    list_select_related = ["user"]
