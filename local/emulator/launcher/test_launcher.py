"""The launcher's own parts, without an emulator; what each patch does to a running one is in ../patches_test.go."""

import json
import queue
import socket
import socketserver
import subprocess
import sys
import threading
import types
import unittest
from datetime import datetime, timezone

import launcher
import targets
from patches import PATCHES, drain, emf, idle_servers, idle_workers, index_seek, key_conditions, machine_logs, move_task, revoke, rights, schedules, streams, wake_gap
from targets import Target


class Fit(unittest.TestCase):
    def test_every_patch_says_why_and_names_what_it_replaces(self):
        for patch in PATCHES:
            self.assertTrue(patch.__doc__ and len(patch.__doc__) > 80, patch.__name__)
            self.assertTrue(patch.TARGETS, patch.__name__)
            self.assertTrue(callable(patch.apply), patch.__name__)

    def test_every_target_is_in_the_installed_emulator(self):
        self.assertEqual([], targets.faults(target for patch in PATCHES for target in patch.TARGETS))

    def test_the_installed_emulator_is_the_pinned_one(self):
        self.assertEqual(targets.expected_version(), targets.installed_version())

    def test_a_missing_target_ends_the_start_with_patch_target_versions_and_remedy(self):
        gone = types.SimpleNamespace(__name__="patches.gone", TARGETS=(Target("ministack.services.sqs:_gone.away"),))
        with self.assertRaises(SystemExit) as caught:
            launcher.check([*PATCHES, gone])
        for part in ("patches.gone", "ministack.services.sqs:_gone.away does not exist",
                     targets.expected_version(), "requirements.txt"):
            self.assertIn(part, caught.exception.code)

    def test_a_changed_target_is_as_bad_as_a_missing_one(self):
        name = "ministack.services.stepfunctions:_run_execution"
        self.assertEqual([f'{name} no longer contains "sleep(9)"'], Target(name, contains=("sleep(9)",)).faults())
        self.assertEqual([f"{name} no longer takes nothing"], Target(name, takes=("nothing",)).faults())
        self.assertEqual(["no_such_module:f does not exist"], Target("no_such_module:f").faults())


class Emf(unittest.TestCase):
    def test_a_line_becomes_one_sample_for_each_value_and_dimension_set(self):
        line = json.dumps({"_aws": {"CloudWatchMetrics": [{
            "Namespace": "rez", "Dimensions": [["stage"], []],
            "Metrics": [{"Name": "sent", "Unit": "Count"}]}]}, "stage": "local", "sent": [1, 2]})
        self.assertEqual([("rez", "sent", 1, "Count", {"stage": "local"}), ("rez", "sent", 2, "Count", {"stage": "local"}),
                          ("rez", "sent", 1, "Count", {}), ("rez", "sent", 2, "Count", {})], list(emf.samples(line)))

    def test_a_broken_line_is_dropped_without_harm(self):
        emf.record('{"_aws": \n{"_aws": {"CloudWatchMetrics": [{}]}}')


class Drain(unittest.TestCase):
    def test_what_stands_before_the_mark_is_read(self):
        lines = queue.Queue()
        for line in ("one", "\x00old", "two", "", "\x00new", "of the next call"):
            lines.put(line)
        self.assertEqual("one\ntwo", drain.drained(lines, "\x00new"))
        self.assertEqual("of the next call", lines.get_nowait())

    def test_a_call_that_logs_nothing_has_no_log(self):
        lines = queue.Queue()
        lines.put("")
        lines.put("\x00mark")
        self.assertEqual("", drain.drained(lines, "\x00mark"))

    def test_without_a_mark_what_is_there_is_read(self):
        lines = queue.Queue()
        lines.put("one")
        self.assertEqual("one", drain.drained(lines, "\x00mark", patience=0.01))

    def test_a_late_reader_finds_the_mark_behind_all_that_a_process_wrote(self):
        for says in ("one\\n", "one"):  # with and without a line end
            program = f"import sys; sys.stdout.write('{says}'); sys.stdout.flush(); sys.stdin.read()"
            with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                first = process.stdout.read(1)  # so it has written
                self.assertTrue(drain.written(process, "\x00mark"))
                process.stdin.close()
                rest = (first + process.stdout.read()).decode().splitlines()
            self.assertEqual(("one", "\x00mark"), (rest[0], rest[-1]))

    def test_a_process_that_has_ended_takes_no_mark(self):
        with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as process:
            process.wait()
            self.assertFalse(drain.written(process, "\x00mark"))
        self.assertFalse(drain.written(None, "\x00mark"))


class IdleWorkers(unittest.TestCase):
    def test_an_idle_environment_is_still_waiting_when_its_event_comes_late(self):
        from ministack.core import lambda_runtime

        original = lambda_runtime.queue
        self.addCleanup(setattr, lambda_runtime, "queue", original)
        idle_workers.apply()
        pending = lambda_runtime.queue.Queue(maxsize=1)
        threading.Timer(3 * idle_workers.ASKED, pending.put, ["event"]).start()
        self.assertEqual("event", pending.get(timeout=idle_workers.ASKED))


class IdleServers(unittest.TestCase):
    def test_a_server_looks_only_when_somebody_comes_and_ends_at_once(self):
        for name in ("serve_forever", "shutdown"):
            self.addCleanup(delattr, socketserver.TCPServer, name)
        idle_servers.apply()
        looks, served = [], threading.Event()

        class Server(socketserver.ThreadingTCPServer):
            def service_actions(self):
                looks.append("looked")

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                served.set()

        with Server(("127.0.0.1", 0), Handler) as server:
            serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.001})
            serving.start()
            threading.Timer(0.1, lambda: socket.create_connection(server.server_address).close()).start()
            self.assertTrue(served.wait(timeout=20))
            server.shutdown()
            serving.join(timeout=20)
        self.assertFalse(serving.is_alive())
        self.assertLessEqual(len(looks), 1)


class Streams(unittest.TestCase):
    def test_a_batch_waits_until_it_is_full_or_its_first_change_is_as_old_as_the_window(self):
        batch = [{"dynamodb": {"ApproximateCreationDateTime": at}} for at in (100, 103)]
        self.assertEqual([], streams.gathered([], 10, 5, 200))
        self.assertEqual([], streams.gathered(batch, 10, 5, 104.9))
        self.assertEqual(batch, streams.gathered(batch, 10, 5, 105))
        self.assertEqual(batch, streams.gathered(batch, 2, 5, 103))

    def test_a_window_is_its_tables_own(self):
        mappings = [("a", "r", {"EventSourceArn": "arn:aws:dynamodb:r:a:table/t/stream/1", "MaximumBatchingWindowInSeconds": 5}),
                    ("a", "r", {"EventSourceArn": "arn:aws:dynamodb:r:a:table/t2/stream/1"}),
                    ("a", "r", {"EventSourceArn": "arn:aws:sqs:r:a:t", "MaximumBatchingWindowInSeconds": 9})]
        self.assertEqual([5], streams.windows(mappings, "t"))
        self.assertEqual([0], streams.windows(mappings, "t2"))


class WakeGap(unittest.TestCase):
    def test_a_wake_for_nothing_delays_the_next_by_a_millisecond_only(self):
        from ministack.services import lambda_svc

        self.addCleanup(setattr, lambda_svc, "_ESM_IDLE_WAKE_GAP_SECONDS", lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS)
        wake_gap.apply()
        self.assertLessEqual(lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS, 0.001)


class MachineLogs(unittest.TestCase):
    def logged(self, **config):
        destination = {"CloudWatchLogsLogGroup": {"LogGroupArn": "arn:aws:logs:r:1:log-group:/vended:*"}}
        events = [{"id": 1, "type": "ExecutionStarted", "executionStartedEventDetails": {"input": "{}", "roleArn": "r"}},
                  {"id": 2, "type": "TaskFailed", "taskFailedEventDetails": {"error": "E"}}]
        groups, said = {"/vended": {"streams": {}}}, []
        machine_logs.log({"executionArn": "arn", "events": events},
                         {"name": "deliver", "loggingConfiguration": {"Destinations": [destination], **config}},
                         groups, lambda _stream, entries: said.extend(json.loads(entry["message"]) for entry in entries))
        return said

    def test_all_with_data_tells_everything(self):
        said = self.logged(Level="ALL", IncludeExecutionData=True)
        self.assertEqual(["ExecutionStarted", "TaskFailed"], [event["type"] for event in said])
        self.assertEqual({"input": "{}", "roleArn": "r"}, said[0]["details"])

    def test_without_data_no_input_is_told(self):
        self.assertEqual({"roleArn": "r"}, self.logged(Level="ALL")[0]["details"])

    def test_error_keeps_errors_only(self):
        self.assertEqual(["TaskFailed"], [event["type"] for event in self.logged(Level="ERROR")])

    def test_off_tells_nothing(self):
        self.assertEqual([], self.logged(Level="OFF"))


class MoveTask(unittest.TestCase):
    def setUp(self):
        self.main = {"messages": []}
        self.sqs = types.SimpleNamespace(_queue_by_arn=lambda arn: self.main if arn == "main" else None)

    def item(self, source=None, visible_at=0):
        return {"visible_at": visible_at, "sys": {"DeadLetterQueueSourceArn": source} if source else {}, "receive_count": 3}

    def test_moved_messages_go_home_and_start_afresh(self):
        dlq = {"messages": [self.item("main"), self.item("main", visible_at=1e12)]}
        self.assertEqual((1, None), move_task.move(self.sqs, dlq, None))
        self.assertEqual(0, self.main["messages"][0]["receive_count"])
        self.assertEqual(1, len(dlq["messages"]), "what somebody holds stays")

    def test_a_message_sent_to_the_queue_has_no_source_and_fails_the_task(self):
        dlq = {"messages": [self.item("main"), self.item(), self.item("main")]}
        self.assertEqual((1, move_task.NO_SOURCE), move_task.move(self.sqs, dlq, None))
        self.assertEqual(2, len(dlq["messages"]))

    def test_with_a_destination_everything_goes_there(self):
        elsewhere, dlq = {"messages": []}, {"messages": [self.item("main"), self.item()]}
        self.assertEqual((2, None), move_task.move(self.sqs, dlq, elsewhere))
        self.assertEqual(2, len(elsewhere["messages"]))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


class Schedules(unittest.TestCase):
    def due(self, expression, since, now, zone="UTC", created="2027-01-01T00:00:00"):
        from ministack.services import eventbridge

        found = schedules.due({"ScheduleExpression": expression, "ScheduleExpressionTimezone": zone,
                               "CreationDate": utc(created).timestamp()}, utc(since), utc(now), eventbridge)
        return found and found.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")

    def test_a_one_off_is_meant_in_its_own_zone(self):
        at = "at(2027-02-01T09:00:00)"
        self.assertIsNone(self.due(at, "2027-02-01T00:00:00", "2027-02-01T07:59:59", "Europe/Berlin"))
        self.assertEqual("2027-02-01T08:00:00", self.due(at, "2027-02-01T00:00:00", "2027-02-01T08:00:04", "Europe/Berlin"))

    def test_a_rate_counts_from_the_start_however_late_it_was_looked_at(self):
        rate = "rate(5 minutes)"
        self.assertIsNone(self.due(rate, "2027-01-01T00:00:00", "2027-01-01T00:04:59"))
        self.assertEqual("2027-01-01T00:05:00", self.due(rate, "2027-01-01T00:00:00", "2027-01-01T00:05:07"))
        self.assertIsNone(self.due(rate, "2027-01-01T00:05:00", "2027-01-01T00:09:59"))

    def test_cron_fires_at_the_minute_and_not_twice(self):
        cron = "cron(30 2 * * ? *)"
        self.assertEqual("2027-02-01T01:30:00", self.due(cron, "2027-01-31T12:00:00", "2027-02-01T01:30:02", "Europe/Berlin"))
        self.assertIsNone(self.due(cron, "2027-02-01T01:30:00", "2027-02-01T01:30:03", "Europe/Berlin"))

    def test_an_hour_that_the_clocks_leave_out_is_left_out(self):
        cron = "cron(30 2 * * ? *)"
        self.assertIsNone(self.due(cron, "2027-03-27T12:00:00", "2027-03-28T12:00:00", "Europe/Berlin"))
        self.assertEqual("2027-03-29T00:30:00", self.due(cron, "2027-03-27T12:00:00", "2027-03-29T12:00:00", "Europe/Berlin"))

    def test_an_hour_that_comes_twice_fires_once(self):
        cron = "cron(30 2 * * ? *)"
        self.assertEqual("2027-10-31T00:30:00", self.due(cron, "2027-10-30T12:00:00", "2027-10-31T12:00:00", "Europe/Berlin"))
        self.assertIsNone(self.due(cron, "2027-10-31T00:30:00", "2027-10-31T12:00:00", "Europe/Berlin"))

    def test_what_AWS_fills_in_is_filled_in_and_nothing_else(self):
        text = schedules.filled('{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>","<b>":1}',
                                {"Arn": "arn:x"}, utc("2027-01-01T00:00:00"))
        self.assertEqual({"at": "2027-01-01T00:00:00Z", "by": "arn:x", "<b>": 1}, json.loads(text))


class Rights(unittest.TestCase):
    def test_a_schedule_is_its_groups(self):
        arn = "arn:aws:scheduler:r:1:schedule/default/s"
        self.assertEqual("arn:aws:scheduler:r:1:schedule/g/s", rights.read(arn, "scheduler", b'{"GroupName":"g"}', {}))
        self.assertEqual("arn:aws:scheduler:r:1:schedule/g/s", rights.read(arn, "scheduler", b"", {"groupName": ["g"]}))
        self.assertEqual(arn, rights.read(arn, "scheduler", b"", {}))

    def test_a_function_called_through_its_alias_is_the_alias(self):
        self.assertEqual("arn:aws:lambda:r:1:function:f:live",
                         rights.read("arn:aws:lambda:r:1:function:f", "lambda", b"{}", {"Qualifier": "live"}))
        self.assertEqual("arn:aws:lambda:r:1:function:f", rights.read("arn:aws:lambda:r:1:function:f", "lambda", b"{}", {}))

    def test_a_redrive_is_checked_on_the_queue_that_it_moves_from(self):
        self.assertEqual("arn:dlq", rights.read("*", "sqs", b'{"SourceArn":"arn:dlq"}', {}))
        self.assertEqual("*", rights.read("*", "sqs", b"not JSON", {}))

    def test_a_batch_needs_the_right_of_the_single_call(self):
        self.assertEqual("sqs:ChangeMessageVisibility", rights.needed("sqs:ChangeMessageVisibilityBatch"))
        self.assertEqual("dynamodb:BatchGetItem", rights.needed("dynamodb:BatchGetItem"))
        self.assertIsNone(rights.needed(None))


class Revoke(unittest.TestCase):
    def setUp(self):
        self.revoked = []
        self.cognito = types.SimpleNamespace(
            _authenticate_client=lambda headers, form: (form.get("client_id", ""), ""),
            _find_pool_by_client_id=lambda client: ("pool", {}, {"ClientId": client} if client == "known" else None),
            _oauth2_error=lambda error, description, status=400: (status, {}, error),
            _revoke_token=lambda data: self.revoked.append(data["Token"]))

    def test_a_token_is_revoked_without_an_answer(self):
        self.assertEqual((200, {}, b""), revoke.revoke(self.cognito, {}, b"token=t&client_id=known"))
        self.assertEqual(["t"], self.revoked)

    def test_who_asks_must_be_a_client_and_name_a_token(self):
        self.assertEqual("invalid_client", revoke.revoke(self.cognito, {}, b"token=t&client_id=other")[2])
        self.assertEqual("invalid_request", revoke.revoke(self.cognito, {}, b"client_id=known")[2])
        self.assertEqual([], self.revoked)


class KeyConditions(unittest.TestCase):
    VALUES = {":k": {"S": "local"}, ":a": {"S": "2026-11-25T08"}, ":b": {"S": "2026-11-25T09"}, ":n": {"N": "7"}, ":z": {"S": "z"}}
    NAMES = {"#s": "stage"}
    ITEMS = [{"stage": {"S": stage}, "made": {"S": made}, "n": {"N": "7"}} for stage in ("local", "prod")
             for made in ("2026-11-25T07:59", "2026-11-25T08", "2026-11-25T08:30", "2026-11-25T09", "2026-11-25T09:00")] + [{"stage": {"S": "local"}}]

    def setUp(self):
        from ministack.services import dynamodb

        self.evaluate, self.tokenize = dynamodb._evaluate_condition, dynamodb._tokenize
        self.asked = 0

    def slow(self, *arguments, **named):
        self.asked += 1
        return self.evaluate(*arguments, **named)

    def test_a_condition_that_was_parsed_once_says_the_same_of_every_entry(self):
        for condition in ("stage = :k", "#s = :k AND made BETWEEN :a AND :b", "made between :a and :b and stage = :k",
                          "stage = :k AND begins_with(made, :a)", "stage = :k AND made > :a", "stage = :k AND n = :n", "(stage = :k)"):
            parsed = key_conditions.Parsed(self.slow, self.tokenize)
            for item in self.ITEMS * 2:
                want = self.evaluate(condition, item, self.VALUES, self.NAMES, slot="KeyConditionExpression")
                self.assertEqual(want, parsed(condition, item, self.VALUES, self.NAMES, slot="KeyConditionExpression"), (condition, item))

    def test_the_common_kind_is_parsed_once_for_each_query(self):
        parsed = key_conditions.Parsed(self.slow, self.tokenize)
        for values in (dict(self.VALUES), dict(self.VALUES)):
            for item in self.ITEMS:
                parsed("#s = :k AND made BETWEEN :a AND :b", item, values, self.NAMES, slot="KeyConditionExpression")
        self.assertEqual(2, self.asked)

    def test_another_querys_values_are_never_used(self):
        parsed = key_conditions.Parsed(self.slow, self.tokenize)
        for key, want in (("local", True), ("prod", False), ("local", True)):
            for item in self.ITEMS[:2]:
                self.assertEqual(want, parsed("stage = :k", item, {":k": {"S": key}}, {}, slot="KeyConditionExpression"))

    def test_a_wrong_condition_and_other_conditions_are_left_to_ministack(self):
        parsed = key_conditions.Parsed(self.slow, self.tokenize)
        with self.assertRaises(ValueError):
            parsed("stage = :k AND", self.ITEMS[0], self.VALUES, {}, slot="KeyConditionExpression")
        for _ in range(2):
            self.assertTrue(parsed("stage = :k", self.ITEMS[0], self.VALUES, {}, slot="FilterExpression"))
        self.assertEqual(3, self.asked)


class IndexSeek(unittest.TestCase):
    """Every query is asked of MiniStack as it is and as it is patched, and must be answered the same."""

    def setUp(self):
        from ministack.services import dynamodb

        self.dynamodb = dynamodb
        self.table("seek", "S", 40)
        self.table("numbers", "N", 12)
        self.plain = dynamodb._query
        for name in ("_query", "_index_members", "_index_item"):
            self.addCleanup(setattr, dynamodb, name, getattr(dynamodb, name))
        for name in ("seek", "numbers"):
            self.addCleanup(dynamodb._delete_table, {"TableName": name})
        index_seek.apply()

    def table(self, name, kind, count):
        self.dynamodb._create_table({
            "TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in (("id", "S"), ("holder", "S"), ("made", kind))],
            "GlobalSecondaryIndexes": [{"IndexName": "by-holder", "Projection": {"ProjectionType": "KEYS_ONLY"}, "KeySchema": [
                {"AttributeName": "holder", "KeyType": "HASH"}, {"AttributeName": "made", "KeyType": "RANGE"}]}]})
        for i in range(count):  # each moment twice, so that the base key decides
            self.put(name, kind, f"id{i * 7 % count:02d}", i // 2)

    def put(self, name, kind, key, made):
        self.dynamodb._put_item({"TableName": name, "Item": {"id": {"S": key}, "holder": {"S": "me"}, "made": {kind: f"{made:02d}"}}})

    def ask(self, query):
        (status, _, body), (want, _, as_ever) = self.dynamodb._query(dict(query)), self.as_ever(query)
        self.assertEqual((want, json.loads(as_ever)), (status, json.loads(body)), query)
        return json.loads(body)

    def as_ever(self, query):
        token = index_seek.asked.set(None)
        try:
            return self.plain(dict(query))
        finally:
            index_seek.asked.reset(token)

    def query(self, condition="holder = :me", table="seek", **more):
        kind = "N" if table == "numbers" else "S"
        values = {":me": {"S": "me"}, ":a": {kind: "03"}, ":b": {kind: "09"}}
        return {"TableName": table, "IndexName": "by-holder", "KeyConditionExpression": condition, **more,
                "ExpressionAttributeValues": {name: value for name, value in values.items() if name in condition}}

    def test_pages_hold_the_same_entries_in_the_same_order_to_the_end(self):
        for condition in ("holder = :me", "holder = :me AND made BETWEEN :a AND :b", "made = :a AND holder = :me"):
            for limit in (1, 3, 7, 40, 41):
                for forward in (True, False):
                    query, pages, seen = self.query(condition, Limit=limit, ScanIndexForward=forward), 0, 0
                    while True:
                        answer = self.ask(query)
                        pages, seen = pages + 1, seen + answer["Count"]
                        if "LastEvaluatedKey" not in answer:
                            break
                        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
                    self.assertGreater(seen, 0)
                    self.assertLessEqual(pages, seen // limit + 1)

    def test_a_write_is_seen_by_the_next_query(self):
        query = self.query(Limit=2, ScanIndexForward=False)
        self.ask(query)
        self.put("seek", "S", "new", 99)
        self.assertEqual("new", self.ask(query)["Items"][0]["id"]["S"])
        self.put("seek", "S", "new", 0)  # moved to another place
        self.assertNotEqual("new", self.ask(query)["Items"][0]["id"]["S"])
        newest = self.ask(query)["Items"][0]["id"]
        self.dynamodb._delete_item({"TableName": "seek", "Key": {"id": newest}})
        self.assertNotEqual(newest, self.ask(query)["Items"][0]["id"])

    def test_what_is_not_of_the_kind_is_answered_as_ever(self):
        for query in (self.query(), self.query("holder = :me AND made > :a", Limit=3), self.query(table="numbers", Limit=3),
                      self.query("holder = :me AND", Limit=3), self.query("made = :a", Limit=3), self.query(Limit=0),
                      self.query(Limit=3, ExclusiveStartKey={"id": {"S": "id01"}}), self.query(Limit=3) | {"IndexName": "none"},
                      self.query(Limit=3) | {"TableName": "none"}, self.query(Limit=5, Select="COUNT")):
            self.ask(query)

    def test_a_query_looks_at_a_page_only(self):
        looked = []
        self.addCleanup(setattr, self.dynamodb, "_evaluate_condition", self.dynamodb._evaluate_condition)
        evaluate = self.dynamodb._evaluate_condition
        self.dynamodb._evaluate_condition = lambda *a, **k: looked.append(1) or evaluate(*a, **k)
        self.dynamodb._query(self.query(Limit=3))
        self.assertEqual(4, len(looked))


if __name__ == "__main__":
    unittest.main()
