"""What a DynamoDB call costs is only told to callers that ask with ReturnConsumedCapacity. Our counting proxy wants to
know it of every call, and must not change a signed request: so the emulator tells it always."""

from targets import Target

NAMES = ("_put_item", "_get_item", "_delete_item", "_update_item", "_query", "_scan", "_batch_write_item",
         "_batch_get_item", "_transact_write_items", "_transact_get_items")
OPERATIONS = tuple(Target(f"ministack.services.dynamodb:{name}", takes=("data",)) for name in NAMES)
TARGETS = OPERATIONS


def telling(operation):
    def call(data):
        data.setdefault("ReturnConsumedCapacity", "INDEXES")
        return operation(data)

    return call


def apply():
    from ministack.services import dynamodb

    for name, target in zip(NAMES, OPERATIONS):
        setattr(dynamodb, name, telling(target.find()))
