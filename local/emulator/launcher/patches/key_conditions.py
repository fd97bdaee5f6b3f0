"""A query parses its key condition anew for every entry that it looks at: 50 ms of the one Python interpreter for a
thousand, in which nothing else happens. Here the condition is parsed once for each query where it is of the common kind
(= and BETWEEN on texts); everything else is left to MiniStack, also to say what is wrong with a condition."""

from targets import Target

EVALUATE = Target("ministack.services.dynamodb:_evaluate_condition", takes=("expr", "item", "attr_values", "attr_names", "slot"))
TOKENIZE = Target("ministack.services.dynamodb:_tokenize", contains=("VALUE_REF", "NAME_REF", "IDENT"))
QUERY = Target("ministack.services.dynamodb:_query", contains=(
    '_evaluate_condition(key_cond, it, eav, ean, slot="KeyConditionExpression")',))
TARGETS = (EVALUATE, TOKENIZE, QUERY)


def ranges(tokens, values, names):
    """The condition as (attribute, lowest, highest), all of which must hold; None where it is of another kind."""
    found, words = [], [token for token in tokens if token[0] != "EOF"]
    while words:
        kinds = [kind for kind, _ in words]
        texts = [text for _, text in words]
        if kinds[:3] in (["IDENT", "EQ", "VALUE_REF"], ["NAME_REF", "EQ", "VALUE_REF"]):
            low = high = values.get(texts[2], {}).get("S")
            used = 3
        elif (kinds[:5] in (["IDENT", "IDENT", "VALUE_REF", "IDENT", "VALUE_REF"], ["NAME_REF", "IDENT", "VALUE_REF", "IDENT", "VALUE_REF"])
              and (texts[1].upper(), texts[3].upper()) == ("BETWEEN", "AND")):
            low, high = values.get(texts[2], {}).get("S"), values.get(texts[4], {}).get("S")
            used = 5
        else:
            return None
        if low is None or high is None:
            return None
        found.append((names.get(texts[0], texts[0]) if kinds[0] == "NAME_REF" else texts[0], low, high))
        if words[used:] and not (kinds[used] == "IDENT" and texts[used].upper() == "AND" and words[used + 1:]):
            return None
        words = words[used + 1:]
    return found or None


def fits(item, wanted):
    for name, low, high in wanted:
        value = item.get(name, {}).get("S")
        if value is None or not low <= value <= high:
            return False
    return True


class Parsed:
    """Evaluates conditions, and remembers the ranges of the last key condition: a query asks with the same objects for
    each of its entries. The first of them is evaluated as ever."""

    def __init__(self, evaluate, tokenize):
        self.evaluate, self.tokenize = evaluate, tokenize
        self.last = (None, None, None, None)  # the three objects are kept, so that no other gets their identity

    def __call__(self, expr, item, attr_values, attr_names, slot="ConditionExpression"):
        if slot != "KeyConditionExpression":
            return self.evaluate(expr, item, attr_values, attr_names, slot=slot)
        text, values, names, wanted = self.last
        if text is expr and values is attr_values and names is attr_names:
            if wanted is not None:
                return fits(item, wanted)
            return self.evaluate(expr, item, attr_values, attr_names, slot=slot)
        answer = self.evaluate(expr, item, attr_values, attr_names, slot=slot)
        self.last = (expr, attr_values, attr_names, ranges(self.tokenize(expr), attr_values or {}, attr_names or {}))
        return answer


def apply():
    from ministack.services import dynamodb

    dynamodb._evaluate_condition = Parsed(EVALUATE.find(), TOKENIZE.find())
