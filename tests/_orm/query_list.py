"""About a hundred queries that differ from one another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from hotclub.db.models import *  # noqa: F403  # a list of queries, written as in a shell
from hotclub.db.models.expressions import RawSQL
from hotclub.db.models.functions import *  # noqa: F403


def queries(B: Any, A: Any) -> list[Callable[[], Any]]:
    """Return functions that each build one.

    Args:
        B: the manager of books.
        A: that of authors.
    """
    # ruff: noqa: F405
    return [
        lambda: B.all(), lambda: B.none(), lambda: B.order_by("title"), lambda: B.order_by("-title"), lambda: B.order_by(),
        lambda: B.order_by("?"), lambda: B.order_by("author"), lambda: B.order_by(F("pages").desc(nulls_last=True)),
        lambda: B.order_by(F("pages").desc()), lambda: B.reverse(), lambda: B.distinct(), lambda: B.all()[:5], lambda: B.all()[5:],
        lambda: B.all()[5:10], lambda: B.filter(pk=1), lambda: B.filter(id=1), lambda: B.filter(pk="1"), lambda: B.filter(pages=1),
        lambda: B.filter(pages__gt=1), lambda: B.filter(pages__gte=1), lambda: B.filter(pages__lt=1), lambda: B.filter(pages__in=[1, 2]),
        lambda: B.filter(pages__in=[1, None]), lambda: B.filter(pages__in=[]), lambda: B.filter(pages__range=(1, 2)),
        lambda: B.filter(title="a"), lambda: B.filter(title__iexact="a"), lambda: B.filter(title__contains="a"),
        lambda: B.filter(title__icontains="a"), lambda: B.filter(title__startswith="a"), lambda: B.filter(title__endswith="a"),
        lambda: B.filter(title__regex="a"), lambda: B.filter(title__iregex="a"), lambda: B.filter(author=None),
        lambda: B.filter(author__isnull=True), lambda: B.filter(author__isnull=False), lambda: B.exclude(author__isnull=True),
        lambda: B.filter(author__name="a"), lambda: B.exclude(author__name="a"), lambda: B.filter(author__born__year=1900),
        lambda: B.filter(author__born__year__gt=1900), lambda: B.filter(author__born=date(1900, 1, 1)),
        lambda: B.filter(author__born__month=2), lambda: B.filter(editors__name="a"), lambda: B.exclude(editors__name="a"),
        lambda: B.filter(editors__name="a", editors__born=None), lambda: B.filter(editors__name="a").filter(editors__born=None),
        lambda: B.filter(Q(pages=1) | Q(title="a")), lambda: B.filter(Q(pages=1) & Q(title="a")), lambda: B.filter(~Q(pages=1)),
        lambda: B.filter(Q(pages=1) ^ Q(title="a")), lambda: B.filter(pages=F("id")), lambda: B.filter(pages=F("id") + 1),
        lambda: B.filter(pages=F("id") - 1), lambda: B.filter(pages__gt=F("author__id")), lambda: B.select_related("author"),
        lambda: B.select_related(None), lambda: B.only("title"), lambda: B.defer("title"), lambda: B.only("title", "pages"),
        lambda: B.values("title"), lambda: B.values("title", "pages"), lambda: B.values_list("pages"), lambda: B.values("author__name"),
        lambda: B.values("author").annotate(n=Count("id")), lambda: B.annotate(n=Count("editors")),
        lambda: B.annotate(n=Count("editors", distinct=True)), lambda: B.annotate(n=Count("editors", filter=Q(editors__name="a"))),
        lambda: B.annotate(n=Count("editors")).filter(n__gt=1), lambda: B.annotate(m=Sum("editors")), lambda: B.annotate(n=Avg("pages")),
        lambda: B.annotate(n=Sum("pages", default=0)), lambda: B.annotate(n=Sum("pages", default=1)),
        lambda: B.annotate(x=Value(1)), lambda: B.annotate(x=Value("a")), lambda: B.annotate(x=Value(True)), lambda: B.annotate(x=Value(None, output_field=CharField())),
        lambda: B.annotate(x=Value(1, output_field=FloatField())), lambda: B.annotate(x=Lower("title")), lambda: B.annotate(x=Upper("title")),
        lambda: B.annotate(x=Length("title")), lambda: B.annotate(x=Concat("title", Value("a"))), lambda: B.annotate(x=Substr("title", 1)),
        lambda: B.annotate(x=Substr("title", 1, 2)), lambda: B.annotate(x=Coalesce("title", Value("a"))), lambda: B.annotate(x=Cast("pages", CharField())),
        lambda: B.annotate(x=Cast("pages", FloatField())), lambda: B.annotate(x=Case(When(pages=1, then=Value("a")), default=Value("b"))),
        lambda: B.annotate(x=Case(When(pages=1, then=Value("a")))), lambda: B.annotate(x=Exists(A.filter(pk=OuterRef("author")))),
        lambda: B.annotate(x=~Exists(A.filter(pk=OuterRef("author")))), lambda: B.annotate(x=Subquery(A.filter(pk=OuterRef("author")).values("name")[:1])),
        lambda: B.filter(author__in=A.filter(name="a")), lambda: B.filter(author__in=A.exclude(name="a")), lambda: B.filter(Exists(A.all())),
        lambda: B.annotate(x=Window(RowNumber())), lambda: B.annotate(x=Window(RowNumber(), order_by="pages")),
        lambda: B.annotate(x=Window(RowNumber(), partition_by="author")), lambda: B.annotate(x=Window(Sum("pages"), frame=RowRange(start=-1, end=0))),
        lambda: B.annotate(x=Window(Sum("pages"), frame=RowRange(start=-2, end=0))), lambda: B.alias(x=Lower("title")),
        lambda: B.alias(x=Lower("title")).filter(x="a"), lambda: B.annotate(x=FilteredRelation("editors", condition=Q(editors__name="a"))).filter(x__pk=1),
        lambda: B.filter(pk=1).union(B.filter(pk=2)), lambda: B.filter(pk=1).union(B.filter(pk=2), all=True),
        lambda: B.filter(pk=1).intersection(B.filter(pk=2)), lambda: B.filter(pk=1).difference(B.filter(pk=2)),
        lambda: B.filter(pk=1) | B.filter(title="a"), lambda: B.filter(pk=1) & B.filter(title="a"), lambda: B.select_for_update(),
        lambda: B.extra(select={"one": "1"}), lambda: B.extra(where=["pages > 1"]), lambda: B.annotate(x=RawSQL("pages", ())),
        lambda: B.annotate(x=ExpressionWrapper(F("pages") * 2, output_field=FloatField())), lambda: B.annotate(x=Left("title", 2)),
        lambda: B.annotate(x=TruncYear("author__born")), lambda: B.annotate(x=ExtractDay("author__born")), lambda: B.annotate(x=Greatest("pages", "pages")),
    ]  # fmt: skip
