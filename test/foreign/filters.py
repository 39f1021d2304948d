"""Facet files, facet pages and filters: section 20 of FORMAT.md."""

from columns import count_of, integer, items, need, numbers, octets, values, wholes
from facets import instant, value_key
from tree import read_hashes


def bits(packed, count, sets=1):
    """Sets of bits, each as an integer whose bit i is that of item i."""
    size = (count + 7) // 8
    joined = octets(packed, sets * size)
    found = [int.from_bytes(joined[at * size : (at + 1) * size], "little") for at in range(sets)]
    need(all(one >> count == 0 for one in found), "a set of bits has more items")
    return found


def columns_of(fields):
    names, packed = fields.get("fields"), fields.get("columns")
    need(isinstance(names, list) and isinstance(packed, list) and len(names) == len(packed) > 0, "no facet columns")
    need(all(a.encode() < b.encode() for a, b in zip(names, names[1:])), "facets do not ascend")
    return zip(names, packed)


def listed(packed, count):
    found = values(packed, count)
    keys = [value_key(value).encode() for value in found]
    need(all(a < b for a, b in zip(keys, keys[1:])), "the values of a facet do not ascend")
    return found


def read_file(fields, rows):
    """[20.3] For each facet the values of each row."""
    need(count_of(fields, "rows") == rows, "a facet file has other rows than its chunk")
    found = {}
    for name, packed in columns_of(fields):
        form, count, *rest = packed
        own = listed(rest[0], integer(count))
        if form == 0:
            having = bits(rest[1], rows, len(own))
            found[name] = [[value for value, of in zip(own, having) if of >> row & 1] for row in range(rows)]
        else:
            need(form == 1, "a facet column has another form")
            counts = wholes(rest[1], rows)
            indices = iter(wholes(rest[2], sum(counts)))
            found[name] = [[own[next(indices)] for _ in range(count)] for count in counts]
    return found


def read_page(fields):
    """[20.4] Columns by facet, and references to the facets of chunks, previews and branches."""
    nodes = count_of(fields, "nodes")
    columns = {}
    for name, (any_of, count, own, having, number_ranges, dates) in columns_of(fields):
        own = listed(own, integer(count))
        columns[name] = {
            "any": bits(any_of, nodes)[0],
            "values": list(zip(own, bits(having, nodes, len(own)))),
            "numbers": ranges(number_ranges, nodes),
            "dates": ranges(dates, nodes),
        }
    return nodes, columns, {kind: references(fields.get(kind)) for kind in ("chunks", "previews", "branches")}


def ranges(packed, nodes):
    has, low, high = items(packed, 3)
    own = [node for node in range(nodes) if bits(has, nodes)[0] >> node & 1]
    return dict(zip(own, zip(numbers(low, len(own)), numbers(high, len(own)))))


def references(packed):
    count, lengths, hashes = items(packed, 3)
    lengths = wholes(lengths, integer(count))
    own = iter(read_hashes(hashes, sum(length > 0 for length in lengths)))
    return [(next(own), length) if length else None for length in lengths]


class Condition:
    """[20.6] A condition on a facet."""

    def __init__(self, field, given, fold):
        self.field = field
        self.none_of = isinstance(given, dict) and "not" in given
        self.bounds = {} if self.none_of or not isinstance(given, dict) else given
        wanted = given["not"] if self.none_of else given
        self.key = lambda value: value_key(fold(value) if isinstance(value, str) else value)
        if not self.bounds:
            self.wanted = {self.key(value) for value in (wanted if isinstance(wanted, list) else [wanted])}
        self.of_dates = any(isinstance(bound, str) for bound in self.bounds.values())
        self.limits = {name: instant(bound) if self.of_dates else bound for name, bound in self.bounds.items()}

    def within(self, low, high):
        """Whether a number from `low` to `high` may lie within the bounds."""
        tests = {"gt": lambda b: high > b, "gte": lambda b: high >= b, "lt": lambda b: low < b, "lte": lambda b: low <= b}
        return all(tests[name](bound) for name, bound in self.limits.items())

    def accepts(self, value):
        if not self.bounds:
            return self.key(value) in self.wanted
        if self.of_dates:
            value = instant(value) if isinstance(value, str) else None
        return isinstance(value, (int, float)) and not isinstance(value, bool) and self.within(value, value)

    def holds(self, own):
        """Of a system with these values."""
        return any(map(self.accepts, own)) != self.none_of

    def may_hold(self, columns, node):
        """Of a system below a node."""
        column = columns.get(self.field)
        if self.none_of:
            return True
        if column is None:
            return False
        if not column["any"] >> node & 1:
            return any(having >> node & 1 and self.accepts(value) for value, having in column["values"])
        if not self.bounds:
            return True
        found = column["dates" if self.of_dates else "numbers"].get(node)
        return found is not None and self.within(*found)


class Filter:
    """The conditions of a query, and the facets beside the pages and chunks read."""

    def __init__(self, files, where, fold):
        self.files = files
        groups = where if isinstance(where, list) else [where]
        self.conditions = [Condition(field, given, fold) for group in groups for field, given in group.items()]
        declared = {facet["field"] for facet in files.index["options"]["facets"]}
        need(all(condition.field in declared for condition in self.conditions), "a filter of no facet")
        # Nodes that may have matches, and references to facets by node or chunk, which `kept` keeps alive.
        self.possible, self.references, self.kept = set(), {}, []

    def add_page(self, top, reference):
        """Adds the nodes of a tree page; `reference` is that of its facet page."""
        order, chunks = [], {}

        def visit(node):
            order.append(node)
            for chunk, _, _ in node.spans:
                chunks[id(chunk)] = chunk
            for child in node.children:
                visit(child)

        visit(top)
        self.kept.append(order)
        columns = {}
        if reference:
            nodes, columns, own = read_page(self.files.content("facets", *reference))
            branches = [node for node in order if node.kind == "branch"]
            previews = [node for node in order if node.preview]
            need(nodes == len(order), "a facet page has other nodes than its tree page")
            for kind, of in (("chunks", list(chunks.values())), ("previews", previews), ("branches", branches)):
                need(len(own[kind]) == len(of), f"a facet page has other {kind} than its tree page")
            self.references |= {id(of): at for of, at in zip(branches, own["branches"])}
            self.references |= {id(of): at for of, at in zip(chunks.values(), own["chunks"])}
        for i, node in enumerate(order):
            if all(condition.may_hold(columns, i) for condition in self.conditions):
                self.possible.add(id(node))

    def matches(self, chunk):
        """Whether each row of a chunk matches."""
        reference = self.references.get(id(chunk))
        found = read_file(self.files.content("facets", *reference), chunk.rows) if reference else {}
        nothing = [[]] * chunk.rows
        return [
            all(condition.holds(found.get(condition.field, nothing)[row]) for condition in self.conditions)
            for row in range(chunk.rows)
        ]
