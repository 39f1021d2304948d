"""Names, ids, listings and searched texts of a set, by its sorted tables: sections 10, 11.5, 16, 17.8 and 21 of FORMAT.md."""

from collections import defaultdict
from functools import cached_property

from columns import Level, need
from facets import instant, order_key, text_of, value_key, value_of, values_of
from fold import read_fold
from tables import LEAF_WEIGHTS, Table, key_weight, weight
from words import Search, by_key, grams_of, search_rows

NAMES = ("names", "folded", "ids", "listings", "members", "ordered", "facets", "rare", "common", "facetGrams", "words", "values", "grams", "results")


class Catalogue:
    def __init__(self, files, record_of, with_value):
        """`record_of` gives the record of an id at a position, `with_value` the systems with a value of a facet."""
        index = files.index
        need("tables" in index and "fold" in index and "search" in index["options"], "the set has no tables")
        self.files = files
        self.record_of = record_of
        self.with_value = with_value
        roots = index["tables"]
        need(set(roots) >= set(NAMES), "a table is missing")
        self.tables = {name: Table(files, roots[name], name, self.fold if name in ("folded", "facets") else None) for name in NAMES}
        self.listings = index["options"]["listings"]
        self.search_options = index["options"]["search"]["mode"], index["options"]["search"]["fields"]

    @cached_property
    def fold(self):
        return read_fold(self.files.content("fold", **self.files.index["fold"]))

    def check(self, systems):
        """That all tables hold what some systems, with their records, make."""
        for name, rows in expected_rows(systems, self.fold, *self.search_options).items():
            self.tables[name].check(rows)
        found = self.tables["listings"].slice()
        own = {key for key, (*_, shard) in found if shard}
        large, members, directory, ordered = listed_rows(systems, self.listings, None if Level.canonical else own)
        self.tables["members"].check(members)
        self.tables["ordered"].check(ordered)
        for key, (*_, shard) in found:
            need((shard is not None) == (key in large), f"a value with another shard: {key}")
            if shard:
                Table(self.files, shard, "shard", field=key[0]).check(large[key])
        shards = {key: shard for key, (*_, shard) in found}
        self.tables["listings"].check([(key, (*row, shards.get(key))) for key, row in directory])

        facets = index_facets(self.files.index)
        for name, rows in facet_rows(systems, facets, self.listings, self.fold, self.search_options[0]).items():
            self.tables[name].check(rows)

    def named(self, name, ignore_case):
        same = [name]
        if ignore_case:
            same = [own for (_, own), (flag,) in self.tables["folded"].of(self.fold(name)) if not flag]
        return [self.whole(row_of(id, own, *row)) for of in same for (own, id), row in self.tables["names"].of(of)]

    def identified(self, id):
        found = self.tables["ids"].of(id)
        return self.record(id, *found[0][1]) if found else None

    def names(self, prefix, ignore_case):
        if ignore_case:
            rows = self.tables["folded"].prefixed(self.fold(prefix))
            return [name for (_, name), (flag,) in rows if not flag]
        return list(dict.fromkeys(name for (name, _), _ in self.tables["names"].prefixed(prefix)))

    def page(self, page, per_page, region=None):
        start, end = (page - 1) * per_page, page * per_page
        if region is None:
            total = self.files.index["counts"]["systems"]
            rows = self.tables["names"].slice(start, end)
            return {"total": total, "systems": [row_of(id, name, *row) for (name, id), row in rows]}
        return self.list_page("region", region, page, per_page)

    def list_page(self, name, value, page, per_page):
        """[21.4] A page of the systems of a value."""
        self.listing(name, ("value",))
        start, end = (page - 1) * per_page, page * per_page
        key = (name, value_key(value))
        found = self.tables["listings"].of(*key)
        if not found:
            return {"total": 0, "systems": []}
        total, _, shard = found[0][1]
        table, first = self.tables["members"], 0
        if shard:
            table = Table(self.files, shard, "shard")
        else:
            first = table.place(lambda other: other[:2] < key)
        rows = table.slice(first + start, first + min(end, total))
        return {"total": total, "systems": [row_of(id, name, *row) for (*_, name, id), row in rows]}

    def order_page(self, name, order, page, per_page):
        """[21.4] A page of all systems in order."""
        total = self.files.index["counts"]["systems"]
        in_order = [listing for listing in self.listings if listing["order"] != "value"]
        first = total * in_order.index(self.listing(name, (order,)))
        start, end = (page - 1) * per_page, min(page * per_page, total)
        rows = self.tables["ordered"].slice(first + start, first + end)
        return {"total": total, "systems": [row_of(id, name, *row) for (*_, name, id), row in rows]}

    def list(self, name):
        """[21.4] The values of a field."""
        self.listing(name, ("value",))
        return [
            {"value": value_of(key), "systems": count, "bounds": dict(zip(("min", "max"), bounds))}
            for (_, key), (count, bounds, _) in self.tables["listings"].of(name)
        ]

    def listing(self, name, orders):
        found = [listing for listing in self.listings if listing["field"] == name and listing["order"] in orders]
        need(found, f"the set does not list {name}")
        return found[0]

    def facet(self, name, prefix, limit):
        """[22.2] Values of a facet whose texts begin with a prefix, case ignored."""
        need(any(facet["field"] == name for facet in index_facets(self.files.index)), f"{name} is not a facet")
        start = self.fold(prefix)
        rows = [row for row in self.tables["facets"].of(name) if row[0][1].startswith(start)]
        return [{"value": value_of(key), "systems": systems} for (_, _, key), (systems,) in rows[: int(limit)]]

    def rare(self, name, value):
        """[22.2] The systems of a rare value."""
        return [row_of(id, own, *row) for (*_, own, id), row in self.tables["rare"].of(name, value_key(value))]

    def regions(self):
        return [{"region": row["value"], "systems": row["systems"], "bounds": row["bounds"]} for row in self.list("region")]

    def search(self, text, limit):
        mode, fields = self.search_options
        need(mode != "none", "the set has no tables to search")
        systems, values = Search(self.tables, self.fold, mode, fields, self.of_value).run(text)
        most = int(limit)
        return {
            "systems": systems[:most],
            "truncated": len(systems) > limit,
            "values": values[:most],
            "moreValues": len(values) > limit,
        }

    def of_value(self, field, key):
        """[22.2] The systems of a value of a facet."""
        if any(own["field"] == field and own["order"] == "value" for own in self.listings):
            shard = self.tables["listings"].of(field, key)[0][1][2]
            own = Table(self.files, shard, "shard").slice() if shard else self.tables["members"].of(field, key)
        else:
            own = self.tables["rare"].of(field, key)
            if not own:
                rows = self.with_value(field, value_of(key))
                return [(row["id"], row["name"], [row[axis] for axis in ("x", "y", "z", "region")]) for row in rows]
        return [(id, name, row[:4]) for (*_, name, id), row in own]

    def whole(self, row):
        return row | {"record": self.record(row["id"], row["x"], row["y"], row["z"])}

    def record(self, id, *at):
        record = self.record_of(id, *at)
        need(record is not None, f"the tree lacks {id}")
        return record


def row_of(id, name, x, y, z, region, fields):
    return {"id": id, "name": name, "x": x, "y": y, "z": z, "region": region, "fields": fields}


def expected_rows(systems, fold, mode, fields):
    """[10.2] The rows of all tables but those of listings."""
    place = ("x", "y", "z")
    return {
        "names": by_key(
            ((of["name"], of["id"]), tuple(of[name] for name in (*place, "region", "fields"))) for of in systems
        ),
        "folded": by_key(folded_rows({of["name"] for of in systems}, fold)),
        "ids": by_key(((of["id"],), tuple(of[axis] for axis in place)) for of in systems),
        **search_rows(systems, fold, mode, fields),
    }


def folded_rows(names, fold):
    for name in names:
        yield (fold(name), name), (0,)
        if fold.search(name) != fold(name):
            yield (fold.search(name), name), (1,)


def listed_rows(systems, listings, sharded=None):
    """
    [21.3, 17.8] The rows of each shard, of `members`, of `listings` without their shards, and of `ordered`; `sharded` are
    the values that have a shard, or None where they are those of a canonical set.
    """
    groups, ordered = defaultdict(list), []
    for system in systems:
        name_id = (system["name"], system["id"])
        row = tuple(system[name] for name in ("x", "y", "z", "region", "fields"))
        for listing in listings:
            field, order, paths = (listing[name] for name in ("field", "order", "paths"))
            values = values_of(system["record"], system["region"], paths)
            if order != "value":
                ordered.append(((field, order_key(values, order), *name_id), row))
            for value in [] if order != "value" else [system["region"]] if field == "region" else values:
                groups[field, value_key(value)].append((name_id, row))
    large, members, directory = {}, [], []
    for group, rows in groups.items():
        weigh = Table(None, None, "shard", field=group[0]).weight_of
        is_large = len(rows) > 1 and sum(weigh(key, row) for key, row in rows) > LEAF_WEIGHTS["shard"]
        if is_large if sharded is None else group in sharded:
            large[group] = by_key(rows)
        else:
            members += [((*group, *key), row) for key, row in rows]
        places = list(zip(*(row[:3] for _, row in rows)))
        bounds = tuple(tuple(pick(axis) + 0.0 for axis in places) for pick in (min, max))
        directory.append((group, (len(rows), bounds)))
    return large, by_key(members), by_key(directory), by_key(ordered)


def index_facets(index):
    return index["options"].get("facets", [])


def name_weight(system):
    """[17.8] The weight of a system as a row of `names`."""
    fields = weight(system["fields"]) if system["fields"] else 0
    return key_weight((system["name"], system["id"])) + 13 + len(system["region"]) + fields


def facet_rows(systems, facets, listings, fold, mode):
    """[15.2, 22.1] The rows of `facets`, `rare`, `common` and `facetGrams`."""
    counted, rare, common, grams = [], [], [], []
    paths = [facet["paths"] for facet in facets]
    valued = [(system, [values_of(system["record"], system["region"], own) for own in paths]) for system in systems]
    heavy = {system["id"] for system, values in valued if sum(map(len, values)) * name_weight(system) > 2**20}
    for number, facet in enumerate(facets):
        groups = defaultdict(list)
        for system, values in valued:
            row = tuple(system[name] for name in ("x", "y", "z", "region", "fields"))
            for value in values[number]:
                groups[value_key(value)].append(((system["name"], system["id"]), row))
        listed = any(own == facet | {"order": "value"} for own in listings)
        for key, rows in groups.items():
            counted.append(((facet["field"], fold(text_of(key)), key), (len(rows),)))
            few = len(rows) <= 2_000 and not any(id in heavy for (_, id), _ in rows)
            plain = key[0] != "n" and (key[0] == "b" or instant(key[1:]) is None)
            if not listed and plain:
                if not few:
                    rows = by_key(row for row in rows if row[0][1] not in heavy)[:64]
                (rare if few else common).extend(((facet["field"], key, *name_id), row) for name_id, row in rows)
            if mode != "none" and plain and key[0] == "s" and len(key) <= 65:
                grams += [((gram, facet["field"], key), ()) for gram in grams_of(fold.search(key[1:]), mode, 0)]
    return {"facets": by_key(counted), "rare": by_key(rare), "common": by_key(common), "facetGrams": by_key(grams)}
