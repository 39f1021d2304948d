"""Facet files and facet pages: section 20 of FORMAT.md."""

from columns import Level, count_of, integer, items, need, need_canonical, numbers, octets, strings, values, wholes
from facets import instant, value_key, values_of
from samples import place_of, shown_rank
from tree import read_hashes

REFUSED = {"id", "name", "x", "y", "z"}
MOST_NODE_VALUES, MOST_PAGE_WEIGHT, VALUE_ROWS = 256, 32_768, 4
REFERENCES = ("chunks", "previews", "valueSamples", "branches")


def read_columns(fields, read):
    """The columns of a facet file or page by their facets."""
    names = strings(fields.get("fields"))
    need(all(a.encode() < b.encode() for a, b in zip(names, names[1:])), "facets do not ascend")
    return {name: read(column) for name, column in zip(names, items(fields.get("columns"), len(names)))}


def read_values(packed, count):
    """Values in order, none of them twice."""
    found = values(packed, integer(count), 0)
    need(all(isinstance(value, (str, bool, float)) for value in found), "a facet value is of another type")
    keys = [value_key(value).encode() for value in found]
    need(all(a < b for a, b in zip(keys, keys[1:])), "facet values do not ascend")
    return found


def read_bits(packed, count, sets=1):
    """For each set the items whose bits are 1."""
    size = (count + 7) // 8
    joined = octets(packed, size * sets)
    found = []
    for at in range(0, size * sets, size or 1):
        bits = int.from_bytes(joined[at : at + size], "little")
        need(bits >> count == 0, "a set of bits has bits of no item")
        found.append({item for item in range(count) if bits >> item & 1})
    return found or [set() for _ in range(sets)]


def read_file(fields):
    """[20.3] The rows of a facet file, and for each facet the values of each row."""
    rows = count_of(fields, "rows")
    return rows, read_columns(fields, lambda column: read_rows(column, rows))


def read_rows(column, rows):
    form, count, packed, *payload = items(column, 4, 5)
    distinct = read_values(packed, count)
    need(distinct, "a column has no values")
    if form == 0:
        need(len(payload) == 1, "a column of bits has other elements")
        sets = read_bits(payload[0], rows, len(distinct))
        found = [[value for value, own in zip(distinct, sets) if row in own] for row in range(rows)]
    else:
        need(form == 1 and len(payload) == 2, f"a column has the form {form}")
        counts = wholes(payload[0], rows)
        indices = wholes(payload[1], sum(counts))
        found = []
        for own in counts:
            part, indices = indices[:own], indices[own:]
            need(all(a < b for a, b in zip(part, part[1:])), "the values of a row do not ascend")
            found.append([distinct[index] for index in part])
    total, greatest = sum(map(len, found)), max(map(len, found))
    smaller = rows * width(greatest + 1) + total * width(len(distinct)) < len(distinct) * ((rows + 7) // 8)
    need_canonical(form == smaller, "a column has the other form")
    need_canonical(set(map(value_key, distinct)) == {value_key(v) for own in found for v in own}, "a value is of no row")
    return found


def width(entries):
    """[18.2]"""
    return sum(entries > most for most in (1, 256, 65_536))


def read_facet_page(fields):
    """[20.4]"""
    nodes = count_of(fields, "nodes")
    columns = read_columns(fields, lambda column: read_nodes(column, nodes))
    return nodes, columns, *(read_refs(fields.get(name)) for name in REFERENCES)


def read_nodes(column, nodes):
    """For each node whether it has any value, has many, and is of a page that says so; its values, and its ranges of numbers and dates."""
    any_bits, count, packed, bits, of_numbers, of_dates, *many = items(column, 7 if len(column) == 7 else 6)
    distinct = read_values(packed, count)
    (any_nodes,) = read_bits(any_bits, nodes)
    (many_nodes,) = read_bits(many[0] if many else any_bits, nodes)
    sets = read_bits(bits, nodes, len(distinct))
    ranges = [read_ranges(packed, nodes) for packed in (of_numbers, of_dates)]
    return [
        (
            (node in any_nodes, node in many_nodes, bool(many)),
            [value for value, own in zip(distinct, sets) if node in own],
            *(of.get(node) for of in ranges),
        )
        for node in range(nodes)
    ]


def read_ranges(packed, nodes):
    has, low, high = items(packed, 3)
    own = sorted(read_bits(has, nodes)[0])
    return dict(zip(own, zip(numbers(low, len(own)), numbers(high, len(own)))))


def read_refs(packed):
    """A reference or None for each item."""
    count, lengths, hashes = items(packed, 3)
    lengths = wholes(lengths, integer(count))
    own = iter(read_hashes(hashes, sum(length > 0 for length in lengths)))
    return [(next(own), length) if length else None for length in lengths]


class FacetCheck:
    """That the facets of a set are those of its records. `record_of` gives the record of a row of a chunk."""

    def __init__(self, files, systems):
        self.files = files
        self.facets = files.index["options"]["facets"]
        self.names = [facet["field"] for facet in self.facets]
        self.own = {system["id"]: self.values_of(system) for system in systems}
        self.systems = {system["id"]: system for system in systems}
        for facet in self.facets:
            paths = facet["paths"]
            need(paths and not REFUSED & {facet["field"], *paths}, f"the facet {facet} is not allowed")
            need(paths == sorted(set(paths), key=str.encode), "paths of a facet are not in order")
        need(self.names == sorted(set(self.names), key=str.encode), "facets are not in order")

    def values_of(self, system):
        return [values_of(system["record"], system["region"], facet["paths"]) for facet in self.facets]

    def check(self, root):
        roots, overview = self.files.index["facets"], self.files.index["overview"]
        if root:
            self.page(root, reference(roots["root"]))
            ids = self.files.chunk(**overview, kind="previews")["id"]
            self.rows(ids, reference(roots["overview"]))
            self.value_sample(list(self.own), ids, reference(roots["valueSample"]))
        else:
            need(roots == {"root": None, "overview": None, "valueSample": None}, "an empty set has facets")

    def rows(self, ids, ref):
        """A facet file, against the values of its rows."""
        count, columns = self.files.facet_file(*ref) if ref else (len(ids), {})
        need(count == len(ids), "a facet file has other rows")
        self.values(ids, columns, ref)

    def values(self, ids, columns, ref):
        need(set(columns) <= set(self.names), "a facet is not declared")
        for row, id in enumerate(ids):
            found = [columns[name][row] if name in columns else [] for name in self.names]
            need(repr(found) == repr(self.own[id]), f"row {row} of {ref} has {found}, not {self.own[id]}")

    def value_sample(self, ids, preview, ref):
        """[20.5, 20.9] The value sample of a node with some systems."""
        place = lambda id: place_of(id, self.systems[id]["record"], self.files.index["options"]["preview"])
        if Level.canonical:
            order, wanted = sorted(ids, key=place), set()
            for facet in range(len(self.facets)):
                groups = {}
                for id in order:
                    for value in self.own[id][facet]:
                        groups.setdefault(value_key(value), []).append(id)
                for own in groups.values() if len(groups) <= MOST_NODE_VALUES else []:
                    wanted |= set(own[:VALUE_ROWS])
            right = [id for id in order if id in wanted - set(preview)]
            need(bool(ref) == bool(right), "a node has a value sample, or none, otherwise than it must")
        if not ref:
            return
        columns, values = self.files.value_sample(*ref)
        found = columns["id"]
        need(set(found) <= set(ids) - set(preview) and len(set(found)) == len(found), "a value sample has other systems")
        if Level.canonical:
            options = self.files.index["options"]["preview"]
            ranks = [shown_rank(place(id), options) for id in right] if options["field"] is not None else None
            need((found, columns["ranks"]) == (right, ranks), "a value sample has other systems than it must")
        for row, id in enumerate(found):
            own = self.systems[id]
            same = all(repr(columns[name][row]) == repr(own[name]) for name in ("name", "region", "x", "y", "z", "fields"))
            need(same, f"row {row} of a value sample is not the system {id}")
        self.values(found, values, ref)

    def page(self, top, ref):
        """A tree page with its facet page and everything below; returns the ids of its systems."""
        nodes, columns, chunks, previews, samples, branches = self.files.facet_page(*ref) if ref else (None, {}, *[None] * 4)
        need(set(columns) <= set(self.names), "a facet is not declared")
        seen = {"nodes": [], **{kind: [] for kind in REFERENCES}}

        def next_of(refs, kind, item):
            seen[kind].append(item)
            need(refs is None or len(seen[kind]) <= len(refs), f"a facet page has fewer {kind}")
            return refs[len(seen[kind]) - 1] if refs else None

        def walk(node):
            place = len(seen["nodes"])
            seen["nodes"].append(node)
            if node.preview:
                preview = node.preview
                shown = self.files.chunk(preview.hash, preview.length, preview.rows, "previews")["id"]
                self.rows(shown, next_of(previews, "previews", preview))
                sample = next_of(samples, "valueSamples", preview)
            if node.kind == "branch":
                ids = self.page(self.files.top_of(node), next_of(branches, "branches", node))
            else:
                ids = [id for child in node.children for id in walk(child)]
            for chunk, start, end in node.spans:
                own = self.files.chunk(chunk.hash, chunk.length, chunk.rows)["id"]
                if not any(chunk is other for other in seen["chunks"][-1:]):
                    self.rows(own, next_of(chunks, "chunks", chunk))
                ids = ids + own[start:end]
            seen["nodes"][place] = ids
            if node.preview:
                self.value_sample(ids, shown, sample)
            return ids

        ids = walk(top)
        if ref:
            refs = (chunks, previews, samples, branches)
            counts = {"nodes": nodes, **{kind: len(own) for kind, own in zip(REFERENCES, refs)}}
            need(counts == {kind: len(own) for kind, own in seen.items()}, "a facet page is of another tree page")
        for facet, name in enumerate(self.names):
            self.column(columns.get(name), [self.values_below(ids, facet) for ids in seen["nodes"]])
        return ids

    def values_below(self, ids, facet):
        """The values of some systems by their keys, in order."""
        own = {value_key(value): value for id in ids for value in self.own[id][facet]}
        return {key: own[key] for key in sorted(own, key=str.encode)}

    def column(self, column, nodes):
        """The column of a facet in a page, against the values of each node."""
        few = {key: value for own in nodes if len(own) <= MOST_NODE_VALUES for key, value in own.items()}
        is_full = sum(len(value) + 1 if isinstance(value, str) else 4 for value in few.values()) > MOST_PAGE_WEIGHT
        for own, stated in zip(nodes, column or [((False, False, False), [], None, None)] * len(nodes)):
            (is_any, is_many, says_many), listed, of_numbers, of_dates = stated
            need(is_any or len(own) <= MOST_NODE_VALUES, "a node lists too many values")
            need(repr(listed) == repr([] if is_any else list(own.values())), f"a node lists {listed}, not {own}")
            needed = bool(own) and (is_full or len(own) > MOST_NODE_VALUES)
            need_canonical(is_any == needed, "a node lists its values, or does not, otherwise than it must")
            need(is_many <= is_any and (is_many or len(own) <= MOST_NODE_VALUES), "a node of many values is not said to be one")
            need_canonical(column is None or says_many == is_full, "a page says which nodes have many values, or does not, otherwise than it must")
            need_canonical(is_many == (len(own) > MOST_NODE_VALUES), "a node of few values is said to have many")
            plain = [value for value in own.values() if isinstance(value, float)]
            dates = [at for at in (instant(value) for value in own.values() if isinstance(value, str)) if at is not None]
            for found, expected in ((of_numbers, plain), (of_dates, dates)):
                need(found == ((min(expected), max(expected)) if expected else None), f"the range of a node is {found}")


def reference(root):
    return (root["hash"], root["length"]) if root else None
