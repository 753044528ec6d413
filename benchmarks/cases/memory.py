"""What objects take, as `tracemalloc` counts it: in bytes for each."""

from __future__ import annotations

import gc
import tracemalloc

from benchmarks.cases.case import Case

ROWS = 10_000


def taken(make):
    """Make a case of a function that gives a list of objects."""

    def prepare(scale):
        def run(count):
            make()
            gc.collect()
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            found = make()
            gc.collect()
            after = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
            return (after - before) / len(found)

        return run, lambda: len(make())

    return prepare


def books():
    from benchmarks.site.models import Book

    return list(Book.objects.filter(pk__lte=ROWS))


def books_with_authors():
    from benchmarks.site.models import Book

    return list(Book.objects.select_related("author").filter(pk__lte=ROWS))


def folders_with_papers():
    from benchmarks.site.models import Folder

    return list(Folder.objects.prefetch_related("paper_set"))


def query_sets():
    from benchmarks.site.models import Book

    return [Book.objects.filter(pages__gt=number, author__age=3).order_by("title") for number in range(1000)]


CASES = [
    Case("memory: an instance", taken(books), wanted=1.0, unit="bytes"),
    Case("memory: an instance with a related one", taken(books_with_authors), wanted=1.0, unit="bytes"),
    Case("memory: an instance with 5 prefetched", taken(folders_with_papers), wanted=1.0, unit="bytes"),
    Case("memory: a query set", taken(query_sets), wanted=1.0, unit="bytes"),
]
