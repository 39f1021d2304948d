"""Reads chunk sets, strictly: a second reader, written from FORMAT.md alone. Sections in brackets.

    python3 haven_chunks.py dump SET                       every record, one a line; the set must have the canonical shape [17]
    python3 haven_chunks.py records SET                    every record, one a line; the set must be valid
    python3 haven_chunks.py overview SET                   the sample of the whole set, one a line
    python3 haven_chunks.py meta SET                       the catalogues' _meta values, one a line
    python3 haven_chunks.py sphere SET X Y Z R [R0 [N]]    the systems in a sphere, one a line
    python3 haven_chunks.py answer SET                     for each line of standard input an answer on one line
    python3 haven_chunks.py serve                          for each line of standard input what one of these commands gives

A line for `serve` is {"command": ["sphere", SET, …], "queries": [lines for "answer"]}; its answer is one line with the exit code, the
messages and the values of the command: {"code", "stderr", "values"}.

A line for `answer` is one of these; members with a value are optional:

    {"center": [x, y, z], "radius": inf, "minRadius": 0, "limit": inf}      rows; with "where" and "fold" those that match
    {"id", "x", "y", "z"}, {"id"}                                           a record or null
    {"name", "ignoreCase": false}                                           rows with records
    {"prefix", "ignoreCase": false}                                         names
    {"page", "perPage", "region": null}                                     {"total", "systems"}
    {"facet", "prefix": "", "limit": inf}                                   rows of {"value", "systems"}
    {"rare", "value"}                                                       rows
    {"list"}                                                                rows of {"value", "systems", "bounds"}
    {"list", "value", "page", "perPage"}, {"list", "order", "page", "perPage"}  {"total", "systems"}
    {"regions"}                                                             rows of {"region", "systems", "bounds"}
    {"search", "limit"}                                                     {"systems", "truncated", "values", "moreValues"}
    {"view"}                                                                what the command of that name gives, as a list

Numbers are printed so that they read back to the bit.
"""

import json
import math
import sys
import traceback
from functools import cached_property, lru_cache

from catalogue import Catalogue
from columns import FormatError, Level, count_of, items, need, need_canonical, numbers, table, texts, values, wholes
from facet_files import FacetCheck, read_facet_page, read_file
from files import Files
from filters import Filter
from preload import check_preload
from samples import first_of, overview_rows, place_of, preview_rows, shown_rank
from tree import COUNTS, Preview, check_cut, check_octants, counts_of, holds, length_of, nodes_of_page, reach, read_page, starts, world_exponent

# What a row of a chunk answers with.
ROW = ("id", "name", "x", "y", "z", "region", "fields")


class ChunkSet(Files):
    def __init__(self, folder):
        super().__init__(folder)
        self.page = lru_cache(64)(self.page)
        self.chunk = lru_cache(64)(self.chunk)
        self.details = lru_cache(64)(self.details)
        self.facet_file = lru_cache(64)(self.facet_file)
        self.facet_page = lru_cache(64)(self.facet_page)

    @cached_property
    def catalogue(self):
        return Catalogue(self, self.system, self.with_value)

    def with_value(self, field, value):
        return self.sphere([0, 0, 0], math.inf, 0.0, math.inf, {field: value}, False)

    def root(self):
        """[15, rule 4]"""
        index = self.index
        if not index["tree"]:
            return None
        root = self.page(**index["tree"])
        need(root.counts == tuple(index["counts"][name] for name in COUNTS), "counts differ from the root's")
        bounds = tuple(tuple(map(float, index["bounds"][end])) for end in ("min", "max"))
        need(root.box == bounds, "bounds differ")
        return root

    def page(self, hash, length):
        return read_page(self.content("tree", hash, length))

    def top_of(self, branch):
        """The node that a branch stands for."""
        top = self.page(branch.hash, branch.length)
        same = all(getattr(top, name) == getattr(branch, name) for name in ("counts", "box", "entries", "preview"))
        need(same, f"tree/{branch.hash} is not what its branch says")
        page = nodes_of_page(top)
        need(branch.page_nodes == len(page), f"tree/{branch.hash} has {len(page)} nodes")
        levels = max((node.page_levels + 1 for node in page if node.kind == "branch"), default=0)
        need(branch.page_levels == levels, f"tree/{branch.hash} has {levels} levels of pages below it")
        return top

    def chunk(self, hash, length, rows, kind="chunks"):
        """[7]"""
        limit = 4_096 if kind == "previews" else self.index["options"]["chunkLimit"]
        need(rows <= limit, f"{kind}/{hash} is said to have {rows} rows")
        return self.columns(kind, hash, length, rows)

    def facet_file(self, hash, length):
        return read_file(self.content("facets", hash, length))

    def facet_page(self, hash, length):
        return read_facet_page(self.content("facets", hash, length))

    def value_sample(self, hash, length):
        """[20.5] Its columns, and for each facet the values of each row."""
        fields = self.content("previews", hash, length)
        names, columns = items(fields.get("facets"), 2)
        rows = count_of(fields, "rows")
        _, found = read_file({"rows": rows, "fields": names, "columns": columns})
        return self.columns("previews", hash, length, rows), found

    def columns(self, kind, hash, length, rows):
        fields = self.content(kind, hash, length)
        need(count_of(fields, "rows") == rows, f"{kind}/{hash} has not {rows} rows")
        columns = {name: texts(fields.get(name), rows) for name in ("id", "name", "region")}
        columns |= {axis: numbers(fields.get(axis), rows) for axis in "xyz"}
        need(all(columns["id"]), "an id is empty")
        need(all(abs(v) < 2.0**500 for axis in "xyz" for v in columns[axis]), "a coordinate is too large")
        columns["derived"] = wholes(fields["derived"], rows) if "derived" in fields else [0] * rows
        need(all(bits < 8 for bits in columns["derived"]), "derived has unknown bits")
        columns["fields"] = table(fields["fields"], rows) if "fields" in fields else [{}] * rows
        columns["ranks"] = values(fields["ranks"], rows) if kind == "previews" and "ranks" in fields else None
        return columns

    def details(self, hash, length, rows):
        """[8]"""
        fields = self.content("details", hash, length)
        need(count_of(fields, "rows") == rows, f"details/{hash} has not {rows} rows")
        return table(fields.get("fields"), rows)

    def record(self, chunk, row):
        """[8] The record of a row of a chunk."""
        columns = self.chunk(chunk.hash, chunk.length, chunk.rows)
        record = {}
        for bit, name in enumerate(("id", "name", "region")):
            if not columns["derived"][row] >> bit & 1:
                record[name] = columns[name][row]
        parts = [{axis: columns[axis][row] for axis in "xyz"}, columns["fields"][row]]
        for start, file in starts(chunk.details):
            if start <= row < start + file.rows:
                parts.append(self.details(file.hash, file.length, file.rows)[row - start])
        for part in parts:
            need(not record.keys() & part.keys(), "a key of a record comes twice")
            record |= part
        return record

    def sample(self, preview):
        """[7] The columns of a preview or the overview."""
        return self.chunk(preview.hash, preview.length, preview.rows, "previews")

    def overview(self):
        overview = self.index["overview"]
        return self.sample_rows(Preview(**overview)) if overview else []

    def filtered_overview(self, where, fold=False):
        """[20.7] The rows of the overview, and of its value sample, that match."""
        if not self.index["overview"]:
            return []
        filter = Filter(self, where, self.catalogue.fold if fold else str)
        roots, columns = self.index["facets"], self.sample(Preview(**self.index["overview"]))
        found = self.facet_file(**roots["overview"])[1] if roots["overview"] else {}
        parts = [(columns, found)]
        if roots["valueSample"] and not all(condition.none_of for condition in filter.conditions):
            parts.append(self.value_sample(**roots["valueSample"]))
        return [
            row_of(columns, row)
            for columns, found in parts
            for row in range(len(columns["id"]))
            if filter.holds(found, row)
        ]

    def sample_rows(self, preview):
        columns = self.sample(preview)
        return [row_of(columns, row) for row in range(preview.rows)]

    def meta(self):
        if not self.index["meta"]:
            return []
        fields = self.content("meta", **self.index["meta"])
        return values(fields.get("values"), count_of(fields, "rows"))

    def dump(self):
        """Every record, with all checks. [12]"""
        root = self.root()
        index = self.index
        systems = []
        if root is None:
            need(index["bounds"] is index["exponent"] is index["overview"] is None and not any(index["counts"].values()), "not empty")
        else:
            yield from self.dump_tree(root, systems)
        if "tables" in index:
            self.catalogue.check(systems)
        if "facets" in index:
            FacetCheck(self, systems).check(root)
        check_preload(self)

    def dump_tree(self, root, systems):
        index = self.index
        need(index["exponent"] == world_exponent(root.box), f"the exponent is {index['exponent']}")
        first = yield from self.node(root, systems)
        need(len({system["id"] for system in systems}) == len(systems) == root.counts[0], "ids are not unique")
        overview = Preview(**index["overview"])
        rows = overview_rows(len(systems), index["options"]["preview"])
        need_canonical(overview.rows == rows, "the overview has other rows")
        self.check_sample(overview, first)

    def node(self, node, systems):
        """Gives the records of a subtree, collects its systems, and returns its first systems in the order of samples. [17.6]"""
        if node.kind == "branch":
            branch, node = node, self.top_of(node)
            first = yield from self.node(node, systems)
            branch.part, branch.levels = node.part, node.levels
            return first
        if node.kind == "leaf":
            return (yield from self.leaf(node, systems))
        if Level.canonical:
            check_octants(node)
        first = []
        for child in node.children:
            first += yield from self.node(child, systems)
        if Level.canonical:
            check_cut(node)
            first = first_of(first)
        rows = preview_rows(node.counts[0], self.index["options"]["preview"])
        own = node.preview.rows if node.preview else 0
        need_canonical(own == rows, f"a node has a preview of other than {rows} rows")
        if node.preview:
            self.check_sample(node.preview, first)
            self.check_nested(node)
        return first

    def check_sample(self, preview, systems):
        """[7, 17.6] That a sample has systems of its subtree, each once; in a canonical set the first ones."""
        columns = self.sample(preview)
        options = self.index["options"]["preview"]
        if Level.canonical and options["field"] is not None:
            need(columns["ranks"] == [shown_rank(place, options) for place, *_ in systems[: preview.rows]], "ranks differ")
        if not Level.canonical:
            own = {self.chunk(chunk.hash, chunk.length, chunk.rows)["id"][at]: (chunk, at) for _, chunk, at in systems}
            ids = columns["id"]
            need(own.keys() >= set(ids) and len(set(ids)) == len(ids), f"previews/{preview.hash} has other systems")
            systems = [(None, *own[id]) for id in ids]
        for row, (_, chunk, at) in enumerate(systems[: preview.rows]):
            own = self.chunk(chunk.hash, chunk.length, chunk.rows)
            same = all(repr(columns[name][row]) == repr(own[name][at]) for name in (*ROW, "derived"))
            need(same, f"row {row} of previews/{preview.hash} is not the system that comes there")

    def check_nested(self, node):
        """[11.3] What lies in a child with a preview is in that preview."""
        shown = [(at["id"], at["x"], at["y"], at["z"]) for at in self.sample_rows(node.preview)]
        for child in node.children:
            if child.preview:
                own = {row["id"] for row in self.sample_rows(child.preview)}
                lost = [id for id, *at in shown if holds(child.box, at) and id not in own]
                need(not lost, f"previews/{child.preview.hash} lacks what that of its parent shows: {lost[:3]}")

    def leaf(self, leaf, systems):
        """Gives the records of a leaf, collects its systems, and returns its first systems in the order of samples: place, chunk, row."""
        found = []
        points = []
        for chunk, start, end in leaf.spans:
            columns = self.chunk(chunk.hash, chunk.length, chunk.rows)
            need(chunk.first_id in ("", columns["id"][0]), "the first id of a chunk is another")
            for file_start, file in starts(chunk.details):
                need(file.first_id in ("", columns["id"][file_start]), "the first id of a detail file is another")
            found += columns["id"][start:end]
            points += [tuple(columns[axis][row] for axis in "xyz") for row in range(start, end)]
        order = [id.encode() for id in found]
        need(all(a < b for a, b in zip(order, order[1:])), "a leaf is not in order of ids")
        need(leaf.box == (tuple(map(min, zip(*points))), tuple(map(max, zip(*points)))), "a box is not tight")
        limit = self.index["options"]["chunkLimit"]
        need(len(found) <= limit or leaf.box[0] == leaf.box[1], "a leaf is larger than the limit")
        places = [(chunk, row) for chunk, start, end in leaf.spans for row in range(start, end)]
        records = [self.record(chunk, row) for chunk, row in places]
        need(leaf.counts == tuple(map(sum, zip(*map(counts_of, records)))), "a leaf counts otherwise")
        for (chunk, row), record in zip(places, records):
            columns = self.chunk(chunk.hash, chunk.length, chunk.rows)
            systems.append(row_of(columns, row) | {"record": record})
        yield from records
        options = self.index["options"]["preview"]
        rows = [(place_of(id, record, options), *place) for id, record, place in zip(found, records, places)]
        return first_of(rows) if Level.canonical else rows

    def sphere(self, center, radius=math.inf, least=0.0, limit=math.inf, where=None, fold=False):
        """[11.1, 20.7]"""
        hits = []
        open_nodes = [self.root()] if self.root() else []
        filter = None if where is None else Filter(self, where, self.catalogue.fold if fold else str)
        if filter and open_nodes:
            root = self.index["facets"]["root"]
            filter.add_page(open_nodes[0], root and (root["hash"], root["length"]))
        while open_nodes:
            node = open_nodes.pop()
            near, far = reach(node.box, center)
            if near > radius or far < least or filter and id(node) not in filter.possible:
                continue
            if node.kind == "branch":
                open_nodes.append(self.top_of(node))
                if filter:
                    filter.add_page(open_nodes[-1], filter.references.get(id(node)))
            open_nodes += node.children
            for chunk, start, end in node.spans:
                columns = self.chunk(chunk.hash, chunk.length, chunk.rows)
                matches = filter.matches(chunk) if filter else [True] * chunk.rows
                for row in range(start, end):
                    x, y, z = (columns[axis][row] for axis in "xyz")
                    d = length_of(x - center[0], y - center[1], z - center[2])
                    if matches[row] and least <= d <= radius:
                        hits.append((d, columns["id"][row].encode(), columns, row))
        hits.sort(key=lambda hit: hit[:2])
        hits = hits[: int(min(limit, len(hits)))]
        return [row_of(columns, row) | {"distance": d} for d, _, columns, row in hits]

    def system(self, id, *at):
        """[11.2] The record of an id at a position, or None."""
        node = self.root()
        while node and node.kind != "leaf":
            inside = (child for child in node.children if holds(child.box, at))
            node = self.top_of(node) if node.kind == "branch" else next(inside, None)
        if node is None or not holds(node.box, at):
            return None
        key = id.encode()
        spans = [span for i, span in enumerate(node.spans) if i == 0 or span[0].first_id.encode() <= key]
        chunk, start, end = spans[-1]
        columns = self.chunk(chunk.hash, chunk.length, chunk.rows)
        row = next((row for row in range(start, end) if columns["id"][row] == id), None)
        if row is None or at != tuple(columns[axis][row] for axis in "xyz"):
            return None
        fitting = [
            (first, file)
            for first, file in starts(chunk.details)
            if first < end and first + file.rows > start and (first <= start or file.first_id.encode() <= key)
        ]
        if fitting:
            first, file = fitting[-1]
            need(first <= row < first + file.rows, "the detail file found by id is not that of the row")
        return self.record(chunk, row)


def row_of(columns, row):
    return {name: columns[name][row] for name in ROW}


def answer(chunk_set, query):
    limit = query.get("limit", math.inf)
    if "view" in query:
        return list(view(chunk_set, query["view"]))
    if "overview" in query:
        return chunk_set.filtered_overview(query["where"], query.get("fold", False))
    if "facet" in query:
        return chunk_set.catalogue.facet(query["facet"], query.get("prefix", ""), limit if limit < math.inf else 10**9)
    if "rare" in query:
        return chunk_set.catalogue.rare(query["rare"], query["value"])
    if "x" in query:
        return chunk_set.system(query["id"], query["x"], query["y"], query["z"])
    if "id" in query:
        return chunk_set.catalogue.identified(query["id"])
    if "name" in query:
        return chunk_set.catalogue.named(query["name"], query.get("ignoreCase", False))
    if "prefix" in query:
        return chunk_set.catalogue.names(query["prefix"], query.get("ignoreCase", False))
    if "list" in query:
        pages = (int(query[name]) for name in ("page", "perPage") if name in query)
        if "value" in query:
            return chunk_set.catalogue.list_page(query["list"], query["value"], *pages)
        if "order" in query:
            return chunk_set.catalogue.order_page(query["list"], query["order"], *pages)
        return chunk_set.catalogue.list(query["list"])
    if "page" in query:
        return chunk_set.catalogue.page(int(query["page"]), int(query["perPage"]), query.get("region"))
    if "regions" in query:
        return chunk_set.catalogue.regions()
    if "search" in query:
        return chunk_set.catalogue.search(query["search"], limit)
    ends = query.get("radius", math.inf), query.get("minRadius", 0.0)
    return chunk_set.sphere(query["center"], *ends, limit, query.get("where"), query.get("fold", False))


def view(chunk_set, name):
    """The whole set or a part of it; a dump must have the canonical shape."""
    Level.canonical = name == "dump"
    return {"dump": chunk_set.dump, "records": chunk_set.dump, "overview": chunk_set.overview, "meta": chunk_set.meta}[name]()


def values_of(command, folder, rest, queries):
    """What a command gives, value by value."""
    Level.canonical = False
    chunk_set = ChunkSet(folder)
    if command == "sphere":
        x, y, z, radius, *more = map(float, rest)
        least, limit = more + [0.0, math.inf][len(more) :]
        return chunk_set.sphere((x, y, z), radius, least, limit)
    if command == "answer":
        return (answer(chunk_set, query) for query in queries)
    return view(chunk_set, command)


def lines_of(command, folder, *rest, queries):
    for value in values_of(command, folder, rest, queries):
        yield json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_line(line):
    return json.loads(line, parse_int=float)


def corrupt(error):
    return f"the set is corrupt: {error}"


def serve():
    """Runs the commands of standard input in this process: to start one takes longer than most commands."""
    for request in map(read_line, sys.stdin):
        lines, code, stderr = [], 0, ""
        try:
            lines.extend(lines_of(*request["command"], queries=request["queries"]))
        except FormatError as error:
            code, stderr = 1, f"{corrupt(error)}\n"
        except Exception:
            code, stderr = 1, traceback.format_exc()
        print(f'{{"code":{code},"stderr":{json.dumps(stderr)},"values":[{",".join(lines)}]}}', flush=True)


def main(command, *rest):
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    sys.stdin.reconfigure(encoding="utf-8")
    if command == "serve":
        serve()
        return
    for line in lines_of(command, *rest, queries=map(read_line, sys.stdin)):
        print(line)


if __name__ == "__main__":
    if len(sys.argv) < 3 and sys.argv[1:] != ["serve"]:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except FormatError as error:
        sys.exit(corrupt(error))
