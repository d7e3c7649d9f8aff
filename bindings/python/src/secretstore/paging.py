"""Lists as iterators, which turn the pages. Both take a function that reads the page at a cursor,
the first one at None."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from .results import ItemT, Page


def every(read: Callable[..., Page[ItemT]]) -> Iterator[ItemT]:
    """The items of all pages."""
    cursor = None
    while True:
        page = read(cursor=cursor)
        yield from page.page
        if page.is_done:
            return
        cursor = page.continue_cursor


async def every_async(read: Callable[..., Awaitable[Page[ItemT]]]) -> AsyncIterator[ItemT]:
    """As :func:`every`, for ``async for``."""
    cursor = None
    while True:
        page = await read(cursor=cursor)
        for item in page.page:
            yield item
        if page.is_done:
            return
        cursor = page.continue_cursor
