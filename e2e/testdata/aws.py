"""The forms of the AWS command line that docs/operations.md uses, on the botocore that the emulator brings along.

AWS's own command line pins a botocore of its own, so that the two cannot be installed together. What this does not
know, it refuses: a command of the page is either run as it stands there or fails the test.
"""

import datetime
import json
import sys

import jmespath
from botocore import xform_name
from botocore.session import Session


def dashed(name):
    return xform_name(name, "-")


def read(shape, text):
    """One value as botocore wants it: JSON, a file with JSON, the shorthand a=b,c=d, or as it is."""
    if text.startswith("file://"):
        with open(text[len("file://"):]) as file:
            text = file.read()
    if shape.type_name in ("structure", "map", "list"):
        if text[:1] in "{[":
            return json.loads(text)
        return dict(part.split("=", 1) for part in text.split(","))
    if shape.type_name in ("integer", "long"):
        return int(text)
    return text


def arguments(shape, words):
    """The request and the options that words mean."""
    members = {dashed(name): (name, member) for name, member in shape.members.items()}
    request, options = {}, {}
    while words:
        flag, words = words[0].removeprefix("--"), words[1:]
        values = []
        while words and not words[0].startswith("--"):
            values, words = values + [words[0]], words[1:]
        if flag in ("query", "output"):
            options[flag] = values[0]
            continue
        negated = flag.startswith("no-") and flag.removeprefix("no-") in members
        name, member = members[flag.removeprefix("no-") if negated else flag]
        if member.type_name == "boolean":
            request[name] = not negated
        elif member.type_name == "list" and not values[0].startswith(("[", "file://")):
            request[name] = [read(member.member, value) for value in values]
        else:
            request[name] = read(member, values[0])
    return request, options


def shown(answer, output):
    if output == "text":
        rows = answer if isinstance(answer, list) else [answer]
        return "\n".join("\t".join(map(str, row)) if isinstance(row, list) else str(row) for row in rows)
    return json.dumps(answer, indent=4, default=lambda value: value.isoformat() if isinstance(value, datetime.datetime) else str(value))


def main(service, operation, *words):
    client = Session().create_client(service)
    names = {dashed(name): name for name in client.meta.service_model.operation_names}
    model = client.meta.service_model.operation_model(names[operation])
    request, options = arguments(model.input_shape, list(words))
    answer = getattr(client, xform_name(names[operation]))(**request)
    answer.pop("ResponseMetadata", None)
    if "query" in options:
        answer = jmespath.search(options["query"], answer)
    if answer not in ({}, None):
        print(shown(answer, options.get("output")))


if __name__ == "__main__":
    main(*sys.argv[1:])
