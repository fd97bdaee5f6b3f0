"""A query on an index reads and sorts its whole partition to give the first fifty, 3 ms of the one Python interpreter
for a thousand entries; AWS seeks. Here a partition keeps its order until the next write, and a query with a limit sees
only the entries that its page can hold and one more. MiniStack then does with them what it would have done with all."""

import bisect
from contextvars import ContextVar

from patches.key_conditions import ranges
from targets import Target

DYNAMODB = "ministack.services.dynamodb"
QUERY = Target(f"{DYNAMODB}:_query", takes=("data",), contains=(
    "_index_members(table).get(index_name) if index_name else None", "in members.get(pk_val, ())", "_paginate_evaluated_items("))
MEMBERS = Target(f"{DYNAMODB}:_index_members", takes=("table",))
CHANGED = Target(f"{DYNAMODB}:_index_item", takes=("table", "base_pk", "base_sk", "item", "add"))
TOKENIZE = Target(f"{DYNAMODB}:_tokenize")
KEYS = Target(f"{DYNAMODB}:_resolve_index_keys")
TYPES = Target(f"{DYNAMODB}:_get_attr_type")
TARGETS = (QUERY, MEMBERS, CHANGED, TOKENIZE, KEYS, TYPES)

# The query that is being answered.
asked = ContextVar("asked", default=None)
# How many partitions keep their order.
MOST = 50


class Orders:
    """The entries of partitions, as (sort value, base key), ascending, until something is written anywhere."""

    def __init__(self):
        self.kept = {}

    def forget(self):
        self.kept = {}

    def of(self, table, sort_name, entries):
        kept = self.kept  # what another thread writes meanwhile makes another one of it, and ours is dropped
        found = kept.get(id(entries))
        if found and found[0] is entries:
            return found[1]
        items = table["items"]
        order = sorted((items[pk][sk][sort_name]["S"], pk, sk) for pk, sk in list(entries) if sk in items.get(pk, ()))
        if len(kept) >= MOST:
            kept.clear()
        kept[id(entries)] = (entries, order)
        return order


def page(order, low, high, start, limit, forward):
    """The keys of the first entries between low and high, behind start, and one more than the limit."""
    first = bisect.bisect_left(order, low, key=lambda entry: entry[0]) if low is not None else 0
    end = bisect.bisect_right(order, high, key=lambda entry: entry[0]) if high is not None else len(order)
    if forward:
        if start:
            first = max(first, bisect.bisect_right(order, start, key=lambda entry: entry[:2]))
        chosen = order[first:min(end, first + limit + 1)]
    else:
        if start:
            end = min(end, bisect.bisect_left(order, start, key=lambda entry: entry[:2]))
        chosen = order[max(first, end - limit - 1):end]
    return [(pk, sk) for _, pk, sk in chosen] if first < end else []


class Seen:
    """What a query sees of the indexes: of the one that it reads, a page."""

    def __init__(self, members, table, query, orders):
        self.members, self.table, self.query, self.orders = members, table, query, orders

    def get(self, index):
        found = self.members.get(index)
        return None if found is None else Partitions(found, self)

    def page(self, entries):
        q = self.query
        return page(self.orders.of(self.table, q["sort"], entries), q["low"], q["high"], q["start"], q["limit"], q["forward"])


class Partitions:
    def __init__(self, partitions, seen):
        self.partitions, self.seen = partitions, seen

    def get(self, partition, default=()):
        entries = self.partitions.get(partition)
        return self.seen.page(entries) if entries else default


def wanted(dynamodb, data):
    """What a query wants of its index; None where it is of a kind that is left to MiniStack, wrong ones included."""
    index, condition, limit, values = (data.get(name) for name in ("IndexName", "KeyConditionExpression", "Limit", "ExpressionAttributeValues"))
    table = dynamodb._tables.get(dynamodb._normalize_table_name(data.get("TableName")))
    if not (index and condition and table and values and isinstance(limit, int) and limit > 0) or table["sk_name"]:
        return None
    definition = dynamodb._index_def(table, index)
    hashes, sorts = dynamodb._index_key_lists(definition) if definition else ([], [])
    texts = all(dynamodb._get_attr_type(table, name) == "S" for name in [table["pk_name"], *hashes, *sorts])
    if not texts or len(hashes) != 1 or len(sorts) != 1:
        return None
    found = {name: (low, high) for name, low, high in
             ranges(dynamodb._tokenize(condition), values, data.get("ExpressionAttributeNames") or {}) or ()}
    if hashes[0] not in found or set(found) - {hashes[0], sorts[0]}:
        return None
    low, high = found.get(sorts[0], (None, None))
    start = data.get("ExclusiveStartKey")
    if start:
        start = tuple(start.get(name, {}).get("S") for name in (sorts[0], table["pk_name"]))
    if start and None in start:
        return None
    return {"table": table, "sort": sorts[0], "low": low, "high": high, "start": start, "limit": limit,
            "forward": data.get("ScanIndexForward", True)}


def apply():
    from ministack.services import dynamodb

    orders, query, members, changed = Orders(), QUERY.find(), MEMBERS.find(), CHANGED.find()

    def seeking(data):
        try:
            want = wanted(dynamodb, data)
        except Exception:  # whatever is wrong with it: MiniStack says it in AWS's words
            want = None
        token = asked.set(want)
        try:
            return query(data)
        finally:
            asked.reset(token)

    def seen(table):
        found, want = members(table), asked.get()
        if want is None or want["table"] is not table:
            return found
        return Seen(found, table, want, orders)

    def changing(table, base_pk, base_sk, item, add):
        changed(table, base_pk, base_sk, item, add)
        orders.forget()

    dynamodb._query, dynamodb._index_members, dynamodb._index_item = seeking, seen, changing
