"""Names, ids, regions and searched texts of a set, by its sorted tables: sections 10, 11.5, 16 and 17.8 of FORMAT.md."""

from collections import defaultdict
from functools import cached_property

from columns import Level, need
from fold import read_fold
from tables import LEAF_WEIGHT, Table, key_weight
from words import Search, by_key, search_rows

NAMES = ("names", "folded", "ids", "regions", "members", "words", "values", "parts")


class Catalogue:
    def __init__(self, files, record_of):
        """`record_of` gives the record of an id at a position."""
        index = files.index
        need("tables" in index and "fold" in index and "search" in index["options"], "the set has no tables")
        self.files = files
        self.record_of = record_of
        roots = index["tables"]
        need(set(roots) >= set(NAMES), "a table is missing")
        self.tables = {name: Table(files, roots[name], name, self.fold if name == "folded" else None) for name in NAMES}
        self.search_options = index["options"]["search"]["mode"], index["options"]["search"]["fields"]

    def fold(self, text):
        return self.rules(text)

    @cached_property
    def rules(self):
        return read_fold(self.files.content("fold", **self.files.index["fold"]))

    def check(self, systems):
        """That all tables hold what some systems, with their records, make."""
        for name, rows in expected_rows(systems, self.fold, *self.search_options).items():
            self.tables[name].check(rows)
        found = self.tables["regions"].slice()
        own = {region for (region,), (*_, shard) in found if shard}
        large, members, directory = by_region(systems, None if Level.canonical else own)
        self.tables["members"].check(members)
        for (region,), (*_, shard) in found:
            need((shard is not None) == (region in large), f"a region with another shard: {region}")
            if shard:
                Table(self.files, shard, "shard").check(large[region])
        shards = {region: shard for (region,), (*_, shard) in found}
        self.tables["regions"].check([(key, (*row, shards.get(key[0]))) for key, row in directory])

    def named(self, name, ignore_case):
        same = [name]
        if ignore_case:
            same = [own for (_, own), _ in self.tables["folded"].of(self.fold(name))]
        return [self.whole(row_of(id, own, *row)) for of in same for (own, id), row in self.tables["names"].of(of)]

    def identified(self, id):
        found = self.tables["ids"].of(id)
        return self.record(id, *found[0][1]) if found else None

    def names(self, prefix, ignore_case):
        if ignore_case:
            return [name for (_, name), _ in self.tables["folded"].prefixed(self.fold(prefix))]
        return list(dict.fromkeys(name for (name, _), _ in self.tables["names"].prefixed(prefix)))

    def page(self, page, per_page, region=None):
        start, end = (page - 1) * per_page, page * per_page
        if region is None:
            total = self.files.index["counts"]["systems"]
            rows = self.tables["names"].slice(start, end)
            return {"total": total, "systems": [row_of(id, name, *row) for (name, id), row in rows]}
        found = self.tables["regions"].of(region)
        if not found:
            return {"total": 0, "systems": []}
        total, _, shard = found[0][1]
        table, first = self.tables["members"], 0
        if shard:
            table = Table(self.files, shard, "shard")
        else:
            first = table.place(lambda key: key[0] < region)
        rows = table.slice(first + start, first + min(end, total))
        systems = [row_of(id, name, *at, region, of) for (*_, name, id), (*at, of) in rows]
        return {"total": total, "systems": systems}

    def regions(self):
        rows = self.tables["regions"].slice()
        return [
            {"region": region, "count": count, "bounds": dict(zip(("min", "max"), bounds))}
            for (region,), (count, bounds, _) in rows
        ]

    def search(self, text, limit):
        mode, fields = self.search_options
        need(mode != "none", "the set has no tables to search")
        found = Search(self.tables, self.fold, self.record, mode, fields).run(text)
        systems = [row_of(id, name, *row) for (name, id), row in found]
        return {"systems": systems[: int(limit)], "truncated": len(systems) > limit}

    def whole(self, row):
        return row | {"record": self.record(row["id"], row["x"], row["y"], row["z"])}

    def record(self, id, *at):
        record = self.record_of(id, *at)
        need(record is not None, f"the tree lacks {id}")
        return record


def row_of(id, name, x, y, z, region, fields):
    return {"id": id, "name": name, "x": x, "y": y, "z": z, "region": region, "fields": fields}


def expected_rows(systems, fold, mode, fields):
    """[10.2] The rows of all tables but those of regions."""
    place = ("x", "y", "z")
    return {
        "names": by_key(
            ((of["name"], of["id"]), tuple(of[name] for name in (*place, "region", "fields"))) for of in systems
        ),
        "folded": by_key(((fold(name), name), ()) for name in {of["name"] for of in systems}),
        "ids": by_key(((of["id"],), tuple(of[axis] for axis in place)) for of in systems),
        **search_rows(systems, fold, mode, fields),
    }


def by_region(systems, sharded=None):
    """
    [10.2, 17.8] The rows of each shard, of `members`, and of `regions` without their shards; `sharded` are the regions
    that have a shard, or None where they are those of a canonical set.
    """
    regions = defaultdict(list)
    for of in systems:
        regions[of["region"]].append(((of["name"], of["id"]), tuple(of[name] for name in ("x", "y", "z", "fields"))))
    large, members, directory = {}, [], []
    weigh = Table(None, None, "shard").weight_of
    for region, rows in regions.items():
        is_large = len(rows) > 1 and sum(key_weight(key) + weigh(row) for key, row in rows) > LEAF_WEIGHT
        if is_large if sharded is None else region in sharded:
            large[region] = by_key(rows)
        else:
            members += [((region, *key), row) for key, row in rows]
        places = list(zip(*(row[:3] for _, row in rows)))
        bounds = tuple(tuple(pick(axis) + 0.0 for axis in places) for pick in (min, max))
        directory.append(((region,), (len(rows), bounds)))
    return large, by_key(members), by_key(directory)
