"""The launcher's own parts, without an emulator; what each patch does to a running one is in ../patches_test.go."""

import json
import queue
import threading
import types
import unittest

import launcher
import targets
from patches import PATCHES, drain, emf, idle_workers, machine_logs, move_task, wake_gap
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
    def test_everything_that_was_logged_is_read(self):
        lines = queue.Queue()
        for line in ("one", "two", "three"):
            lines.put(line)
        self.assertEqual("one\ntwo\nthree", drain.drained(lines))

    def test_a_call_that_logs_nothing_has_no_log(self):
        self.assertEqual("", drain.drained(queue.Queue()))


class IdleWorkers(unittest.TestCase):
    def test_an_idle_environment_is_still_waiting_when_its_event_comes_late(self):
        from ministack.core import lambda_runtime

        original = lambda_runtime.queue
        self.addCleanup(setattr, lambda_runtime, "queue", original)
        idle_workers.apply()
        pending = lambda_runtime.queue.Queue(maxsize=1)
        threading.Timer(3 * idle_workers.ASKED, pending.put, ["event"]).start()
        self.assertEqual("event", pending.get(timeout=idle_workers.ASKED))


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


if __name__ == "__main__":
    unittest.main()
