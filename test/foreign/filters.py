"""Filters by facets: section 20.7 of FORMAT.md."""

from columns import need
from facet_files import REFERENCES
from facets import instant, value_key


class Condition:
    """[20.7] A condition on a facet."""

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
        if self.none_of:
            return True
        if self.field not in columns:
            return False
        any_value, own, of_numbers, of_dates = columns[self.field][node]
        if not any_value:
            return any(map(self.accepts, own))
        if not self.bounds:
            return True
        found = of_dates if self.of_dates else of_numbers
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
            nodes, columns, *own = self.files.facet_page(*reference)
            branches = [node for node in order if node.kind == "branch"]
            previews = [node for node in order if node.preview]
            need(nodes == len(order), "a facet page has other nodes than its tree page")
            own_items = (chunks.values(), previews, previews, branches)
            for kind, items, at in zip(REFERENCES, own_items, own):
                need(len(at) == len(items), f"a facet page has other {kind} than its tree page")
                if kind in ("chunks", "branches"):
                    self.references |= {id(item): reference for item, reference in zip(items, at)}
        for i, node in enumerate(order):
            if all(condition.may_hold(columns, i) for condition in self.conditions):
                self.possible.add(id(node))

    def matches(self, chunk):
        """Whether each row of a chunk matches."""
        reference = self.references.get(id(chunk))
        rows, found = self.files.facet_file(*reference) if reference else (chunk.rows, {})
        need(rows == chunk.rows, "a facet file has other rows than its chunk")
        return [self.holds(found, row) for row in range(chunk.rows)]

    def holds(self, found, row):
        """Of a row with the values of `found`."""
        own = lambda field: found[field][row] if field in found else []
        return all(condition.holds(own(condition.field)) for condition in self.conditions)
