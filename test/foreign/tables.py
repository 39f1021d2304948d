"""Sorted tables: sections 10, 11.4, 15.2, 17.8 and 21.3 of FORMAT.md."""

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate

from columns import WHOLE, Level, count_of, items, need, need_canonical, numbers, octets, sorted_texts, table, texts, wholes
from facets import text_of
from samples import murmur3
from words import bucket_of
from tree import read_hashes

# [10.2, 15.2, 21.3] Of each table the kind of its files, the texts of its key, its further columns, and what they weigh [17.8].
LAYOUTS = {
    "names": ("names", 2, ("x", "y", "z", "region", "fields"), 13),
    "folded": ("names", 2, ("search",), 0),
    "ids": ("ids", 1, ("x", "y", "z"), 12),
    "listings": ("listings", 2, ("systems", "bounds", "shard"), 32),
    "shard": ("listings", 2, ("x", "y", "z", "region", "fields"), 13),
    "members": ("listings", 4, ("x", "y", "z", "region", "fields"), 13),
    "ordered": ("listings", 4, ("x", "y", "z", "region", "fields"), 13),
    "facets": ("facets", 3, ("systems",), 4),
    "rare": ("facets", 4, ("x", "y", "z", "region", "fields"), 13),
    "common": ("facets", 4, ("x", "y", "z", "region", "fields"), 13),
    "facetGrams": ("search", 3, (), 0),
    "words": ("search", 3, ("x", "y", "z", "region"), 13),
    "values": ("search", 4, ("field", "systems", "x", "y", "z", "region"), 21),
    "grams": ("search", 2, (), 4),
    "results": ("search", 3, ("x", "y", "z", "region", "values"), 13),
}
# [10.2, 15.2] The texts of a key that leaf pages lack, made of the others.
WITHOUT = {
    "folded": lambda table, name, flag=0: ((table.fold.search if flag else table.fold)(name), name),
    "facets": lambda table, field, key: (field, table.fold(text_of(key)), key),
    "values": lambda table, value, *key: (f"{bucket_of(value):05x}", value, *key),
    "results": lambda table, name, id: (f"{bucket_of(name):05x}", name, id),
}
# [17.8] The tables of systems by a value, of which a row's key counts in part.
BY_VALUE = ("members", "ordered", "rare")
LEAF_WEIGHT = 65_536
LEAF_WEIGHTS = {
    **{"folded": 40_960, "facets": 24_576, "common": 32_768, "facetGrams": 12_288},
    **{"words": 24_576, "values": 32_768, "grams": 98_304, "results": 13_312},
    **{"names": 57_344, "listings": 24_576, "shard": 98_304, "ordered": 98_304},
}
LOW_WEIGHTS = {"grams": 8_192, "results": 3_072, "words": 2_048, "facetGrams": 8_192}
LOW_WEIGHT, HIGH_WEIGHT = 4_096, 24_576


@dataclass
class Page:
    level: int
    keys: list
    # Of a leaf page: the values of each row beside its key.
    rows: list = field(default_factory=list)
    # Of an inner page: rows, hash and length of each page below.
    entries: list = field(default_factory=list)
    # The least key that may lie in it or below it, and the least that may not; None of a page that nothing has led to.
    low: tuple | None = None
    high: tuple | None = None


class Table:
    """Rows are pairs of a key and the values of the further columns."""

    def __init__(self, files, root, name, fold=None, field=None):
        """`field` is the listed field of a shard."""
        self.files, self.root, self.name, self.fold, self.field = files, root, name, fold, field
        self.kind, self.width, self.columns, self.weight = LAYOUTS[name]
        self.pages = {}

    def page(self, hash, length):
        """[10.1]"""
        if hash not in self.pages:
            self.pages[hash] = self.read(self.files.content(self.kind, hash, length))
        return self.pages[hash]

    def read(self, fields):
        level, count = count_of(fields, "level"), count_of(fields, "rows")
        need(count > 0, f"a page of {self.name} is empty")
        width = self.width - (level == 0 and self.name in (*WITHOUT, "grams"))
        keys = list(zip(*(sorted_texts(column, count) for column in items(fields.get("key"), width))))
        if level == 0:
            keys = self.complete(keys, fields)
        need(all(a < b for a, b in zip(keys, keys[1:])), f"the keys of a page of {self.name} do not ascend")
        if level == 0:
            values = [read_column(fields, column, count) for column in self.columns]
            return Page(level, keys, rows=list(zip(*values)) if values else [()] * count)
        need(not any(keys[0]), "the first key of an inner page is not empty")
        counts, lengths = wholes(fields.get("counts"), count, least=1), wholes(fields.get("lengths"), count)
        return Page(level, keys, entries=list(zip(counts, read_hashes(fields.get("hashes"), count), lengths)))

    def complete(self, keys, fields):
        """The keys of the rows of a leaf page: those of some tables lack a text."""
        if self.name == "grams":
            steps, places = wholes(fields.get("steps"), len(keys)), []
            for i, step in enumerate(steps):
                places.append(step + places[-1] if i and keys[i] == keys[i - 1] else step)
            need(all(place < 2**21 for place in places), "a gram has a place beyond all buckets")
            return [(gram, f"{place:06x}") for (gram,), place in zip(keys, places)]
        if self.name == "folded":
            flags = read_column(fields, "search", len(keys))
            return [WITHOUT["folded"](self, *key, flag) for key, flag in zip(keys, flags)]
        return [WITHOUT[self.name](self, *key) for key in keys] if self.name in WITHOUT else keys

    def below(self, page, i):
        """[15, rule 5] The page that an entry leads to, which no other entry may lead to."""
        count, *file = page.entries[i]
        low = page.keys[i] if i or page.low is None else page.low
        high = page.keys[i + 1] if i + 1 < len(page.keys) else page.high
        child = self.page(*file)
        if child.low is None:
            need(child.level == page.level - 1, f"a page of {self.name} is on another level")
            need(count == rows_of(child), f"an entry of {self.name} counts otherwise")
            keys = child.keys[1:] if child.level else child.keys
            inside = not keys or keys[0] >= low and (high is None or keys[-1] < high)
            need(inside, f"a page of {self.name} has keys outside of its entry")
            child.low, child.high = low, high
        need((child.low, child.high) == (low, high), f"two entries of {self.name} lead to one page")
        return child

    def place(self, before):
        """[11.4] The rank of the place whose condition on keys is given."""
        rank = 0
        page = self.page(**self.root) if self.root else Page(0, [])
        while True:
            place = bisect_left(page.keys, True, key=lambda key: not before(key))
            if page.level == 0:
                return rank + place
            child = max(0, place - 1)
            rank += sum(count for count, *_ in page.entries[:child])
            page = self.below(page, child)

    def slice(self, start=0, end=WHOLE):
        """The rows of ranks `start` to before `end`."""
        found = []

        def visit(page, rank):
            if page.level == 0:
                own = slice(max(0, start - rank), max(0, end - rank))
                found.extend(zip(page.keys[own], page.rows[own]))
            for i, (count, *_) in enumerate(page.entries):
                if rank < end and rank + count > start:
                    visit(self.below(page, i), rank)
                rank += count

        if self.root:
            visit(self.page(**self.root), 0)
        return found

    def of(self, *key):
        """[11.4] The rows whose keys begin with some texts."""
        n = len(key)
        return self.slice(self.place(lambda other: other[:n] < key), self.place(lambda other: other[:n] <= key))

    def prefixed(self, prefix):
        """[11.4] The rows the first text of whose keys has a prefix."""
        end = self.place(lambda key: key[0] <= prefix or key[0].startswith(prefix))
        return self.slice(self.place(lambda key: key[0] < prefix), end)

    def levels(self):
        """The pages of each level, in order, the root last; what entries say of them is checked."""
        if not self.root:
            return []
        levels = [[self.page(**self.root)]]
        while levels[0][0].level > 0:
            below = []
            for page in levels[0]:
                below += [self.below(page, i) for i in range(len(page.entries))]
            levels.insert(0, below)
        return levels

    def check(self, expected):
        """That the table has some rows; if it is canonical, in the pages that a canonical writer makes. [17.8]"""
        levels = self.levels()
        found = [row for page in levels[0] for row in zip(page.keys, page.rows)] if levels else []
        for own, other in zip(found, expected):
            need(repr(own) == repr(other), f"{self.name} has {own} where {other} has to be")
        need(len(found) == len(expected), f"{self.name} has {len(found)} rows, not {len(expected)}")
        if Level.canonical:
            self.check_pages(found, levels)

    def check_pages(self, found, levels):
        """[17.8]"""
        weights = [self.weight_of(key, row) for key, row in found]
        keys = [key for key, _ in found]
        empty = ("",) * self.width
        leaf = LEAF_WEIGHTS.get(self.name, LEAF_WEIGHT)
        for level, pages in enumerate(levels):
            need((len(pages) == 1) == (pages is levels[-1]), f"{self.name} has a level more or less than it needs")
            starts = list(accumulate((len(page.keys) for page in pages), initial=0))[:-1]
            first = set(starts)
            written = [empty if level and i in first else key for i, key in enumerate(keys)]
            need(written == [key for page in pages for key in page.keys], f"{self.name} has other keys on level {level}")
            # The border after a row has the hash of its key, the border after an entry that of the next entry's key.
            hashed = [*keys[1:], empty] if level else keys
            hashes = [murmur3("\0".join(key).encode(), level) for key in hashed]
            low = LOW_WEIGHTS.get(self.name, LOW_WEIGHT)
            cuts = divide(weights, hashes, HIGH_WEIGHT if level > 1 else low if level else leaf)
            need(cuts == starts, f"{self.name} is cut into other pages on level {level}")
            if level == 0:
                keys = [separator(keys[i - 1], keys[i]) if i else empty for i in starts]
            else:
                keys = [keys[i] for i in starts]
            weights = [32 + min(key_weight(key), 1_024) for key in keys]

    def weight_of(self, key, row):
        """[17.8] What a row weighs."""
        own = dict(zip(self.columns, row))
        fields = weight(own["fields"]) if own.get("fields") else 0
        values = sum(text.count(", ") + 1 for text in own.get("values", ()) if text)
        total = self.weight + len(own.get("region", "")) + len(own.get("name", "")) + fields + 4 * values
        if "region" == (key[0] if self.name == "members" else self.field):
            total -= len(own["region"]) + 1
        if self.name in BY_VALUE:
            return total + max(0, len(key[1]) - 32) + key_weight(key[2:])
        return total + key_weight(key)


def read_column(fields, name, count):
    """[10.2]"""
    if name == "fields":
        values = table(fields["fields"], count) if "fields" in fields else [{}] * count
        need_canonical("fields" not in fields or any(values), "a page has fields of no row")
        return values
    if name == "bounds":
        low, high = (
            zip(*(numbers(axis, count) for axis in items(fields.get(end), 3))) for end in ("min", "max")
        )
        return list(zip(low, high))
    if name == "shard":
        flags = octets(fields.get("sharded"), count)
        need(all(flag < 2 for flag in flags), "a value has a shard or has none")
        shards = zip(read_hashes(fields.get("hashes"), sum(flags)), wholes(fields.get("lengths"), sum(flags)))
        return [dict(zip(("hash", "length"), next(shards))) if flag else None for flag in flags]
    if name == "search":
        flags = octets(fields["search"], count) if "search" in fields else bytes(count)
        need(all(flag < 2 for flag in flags), "a name is found by a third fold")
        need_canonical("search" not in fields or any(flags), "a page has flags of no row")
        return list(flags)
    if name == "values":
        columns = items(fields.get("values"))
        return list(zip(*(texts(column, count) for column in columns))) if columns else [()] * count
    kinds = {"region": texts, "name": texts, "systems": wholes, "field": wholes}
    return kinds.get(name, numbers)(fields.get(name), count)


def rows_of(page):
    return len(page.keys) if page.level == 0 else sum(count for count, *_ in page.entries)


def divide(weights, hashes, most):
    """[17.8] The first item of each page of a level."""
    cuts = []
    start = 0
    for end in range(1, len(weights) + 1):
        if end == len(weights) or hashes[end - 1] * 4 * most < 2**32 * weights[end - 1]:
            cuts += cut(weights, hashes, most, start, end)
            start = end
    return cuts


def cut(weights, hashes, most, start, end):
    """[17.4] The first item of each part of a run."""
    total = sum(weights[start:end])
    if end - start == 1 or total <= most:
        return [start]
    sums = list(accumulate(weights[start : end - 1]))
    middle = [row for row, before in enumerate(sums, start) if total <= 3 * before <= 2 * total]
    light = sum(1 for before in sums if 3 * before < total)
    at = 1 + min(middle, key=lambda row: hashes[row]) if middle else start + max(light, 1)
    return cut(weights, hashes, most, start, at) + cut(weights, hashes, most, at, end)


def separator(a, b):
    """[17.8] What separates a page that begins with `b` from one that ends with `a`."""
    same = next(i for i, of in enumerate(b) if of != a[i])
    shared = next((i for i, (p, q) in enumerate(zip(a[same], b[same])) if p != q), len(a[same]))
    return (*b[:same], b[same][: shared + 1]) + ("",) * (len(b) - same - 1)


def key_weight(key):
    return sum(len(text) + 1 for text in key)


def weight(value):
    """[17.5]"""
    if isinstance(value, str):
        return len(value) + 1
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 4 + sum(map(weight, parts))
