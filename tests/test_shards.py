"""Shards: one result for any way of running them, stores that survive kills, and damage that is named."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from shard_work import CUBES, TASKS, cube, very_slow_cube

from workbench.errors import BadInput
from workbench.shards import Progress, Store, cluster, computed

PROGRAM = Path(__file__).parent / "shard_work.py"


def started(folder, name="cubes", workers=1):
    return subprocess.Popen([sys.executable, PROGRAM, str(folder), name, str(workers)], env=os.environ)


def forbidden(n):
    raise AssertionError(f"shard {n} was computed again")


def filled(folder):
    computed("cubes", TASKS, cube, store=folder)
    return folder / "cubes.jsonl"


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("kept", [False, True], ids=["in memory", "stored"])
def test_any_number_of_workers_gives_one_result(workers, kept, tmp_path):
    found = computed("cubes", TASKS, cube, store=tmp_path if kept else None, workers=workers)
    assert found == CUBES and list(found) == list(TASKS)


def test_an_executor_serves_as_client():
    with ThreadPoolExecutor(2) as pool:
        assert computed("cubes", TASKS, cube, client=pool) == CUBES
        assert pool.submit(cube, 2).result() == 8  # it was not shut down


def test_no_tasks_give_no_values(tmp_path):
    assert computed("nothing", {}, forbidden) == computed("nothing", {}, forbidden, store=tmp_path) == {}


def test_finished_shards_are_not_computed_again(tmp_path):
    filled(tmp_path)
    assert computed("cubes", TASKS, forbidden, store=tmp_path) == CUBES
    assert computed("cubes", {"cube 3": [3]}, forbidden, store=tmp_path) == {"cube 3": 27}


def test_new_tasks_are_added_to_old_ones(tmp_path):
    computed("cubes", {key: TASKS[key] for key in list(TASKS)[:7]}, cube, store=tmp_path)
    seen = []
    assert computed("cubes", TASKS, cube, store=tmp_path, progress=seen.append) == CUBES
    assert [(p.done, p.total, p.kept) for p in seen] == [(n, 40, 7) for n in range(8, 41)]
    assert seen[-1].left == 0 and str(seen[-1]) == "cubes: 40 of 40 shards, about 0 s left"


@pytest.mark.parametrize(
    "done, seconds, text",
    [
        (1, 0.0, "a: 1 of 4,001 shards"),
        (134, 1.0, "a: 134 of 4,001 shards"),  # 133 of the 4,000 that were missing: less than a thirtieth
        (135, 134.0, "about 64 min left"),
        (401, 1200.0, "about 3.0 h left"),
        (4000, 3.0, "about 0 s left"),
    ],
)
def test_progress_says_what_is_left(done, seconds, text):
    assert str(Progress("a", done, 4001, 1, seconds)).endswith(text)


@pytest.mark.parametrize("seed", range(3))
def test_killed_and_resumed(seed, tmp_path):
    process = started(tmp_path)
    moment = random.Random(seed).randrange(1, 35)
    while process.poll() is None and len(Store(tmp_path, "cubes").read(TASKS)) < moment:
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    seen = []
    assert computed("cubes", TASKS, cube, store=tmp_path, progress=seen.append) == CUBES
    assert moment <= seen[0].kept < 40


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_killed_and_resumed_at_nine_inputs(seed, tmp_path):
    from workbench.capacity.chambers import shard_value, shards, threshold_counts

    assert shard_value(9, "1023:0/32") > 0  # compiled, so that the kill falls into the count
    process = started(tmp_path, "9", workers=2)
    time.sleep(random.Random(seed).uniform(1.5, 6))
    process.kill()
    process.wait()
    seen = []
    found = threshold_counts(9, store=tmp_path, workers=2, progress=seen.append)
    assert found.threshold == 144130531453121108 and found.self_dual_classes == 52980624
    assert len(seen) == 0 or seen[-1].done == len(shards(9))


def test_two_processes_share_a_store(tmp_path):
    for process in [started(tmp_path), started(tmp_path, workers=3)]:
        assert process.wait() == 0
    assert computed("cubes", TASKS, forbidden, store=tmp_path) == CUBES


def test_every_torn_last_line_is_dropped(tmp_path):
    whole = filled(tmp_path).read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for size in range(last, len(whole)):
        (tmp_path / "cubes.jsonl").write_bytes(whole[:size])
        seen = []
        assert computed("cubes", TASKS, cube, store=tmp_path, progress=seen.append) == CUBES
        assert len(seen) == 1 and (tmp_path / "cubes.jsonl").read_bytes() == whole


def test_every_torn_head_is_written_again(tmp_path):
    file = filled(tmp_path)
    head = file.read_bytes().split(b"\n")[0]
    for size in range(len(head) + 1):
        file.write_bytes(head[:size])
        assert computed("cubes", {"cube 2": [2]}, cube, store=tmp_path) == {"cube 2": 8}


def line_changed(number, change):
    def changed(text):
        lines = text.split("\n")
        lines[number] = change(lines[number])
        return "\n".join(lines)

    return changed


DAMAGED = {
    "a digit": (line_changed(5, lambda line: line.replace('"value":', '"value":1', 1)), "line 6: damaged"),
    "half a line": (line_changed(5, lambda line: line[: len(line) // 2]), "line 6: damaged"),
    "no hash": (line_changed(5, lambda line: '{"key":"cube 1","arguments":[1],"value":1}'), "line 6: damaged"),
    "a number": (line_changed(5, lambda line: "3"), "line 6: damaged"),
    "a list": (line_changed(5, lambda line: "[]"), "line 6: damaged"),
    "a hash for a key": (line_changed(5, lambda line: '{"sha256":{}}'), "line 6: damaged"),
    "deep brackets": (line_changed(5, lambda line: "[" * 100_000), "line 6: damaged"),
    "an empty line": (line_changed(5, lambda line: ""), "line 6: damaged"),
    "bytes": (line_changed(40, lambda line: "\x00\x85\u2028" + line), "line 41: damaged"),
    "the head": (line_changed(0, lambda line: line.replace("cubes", "squares")), "line 1: this is no store of 'cubes'"),
    "another file": (lambda text: "key,value\n1,1\n", "line 1: this is no store of 'cubes'"),
}


@pytest.mark.parametrize("change, reason", DAMAGED.values(), ids=DAMAGED)
def test_damage_is_refused_by_name(change, reason, tmp_path):
    file = filled(tmp_path)
    file.write_text(change(file.read_text()), encoding="utf-8")
    with pytest.raises(BadInput, match=f"cubes.jsonl, {reason}"):
        computed("cubes", TASKS, cube, store=tmp_path)


def test_a_line_of_another_store_is_refused(tmp_path):
    other = filled(tmp_path / "other").read_text().split("\n")[1]
    computed("powers", {"cube 1": [1]}, cube, store=tmp_path)
    with (tmp_path / "powers.jsonl").open("a") as stream:
        stream.write(other + "\n")
    with pytest.raises(BadInput, match=r"powers\.jsonl, line 3: damaged"):
        computed("powers", TASKS, cube, store=tmp_path)


def test_other_arguments_under_a_key_are_refused(tmp_path):
    filled(tmp_path)
    with pytest.raises(BadInput, match=r"shard 'cube 3' was computed from \[3\], not from \[4\]"):
        computed("cubes", TASKS | {"cube 3": [4]}, cube, store=tmp_path)


def test_two_values_of_one_shard_are_refused(tmp_path):
    filled(tmp_path)
    Store(tmp_path, "cubes").append("cube 3", [3], 27)
    assert computed("cubes", TASKS, forbidden, store=tmp_path) == CUBES
    Store(tmp_path, "cubes").append("cube 3", [3], 28)
    with pytest.raises(BadInput, match="line 43: shard 'cube 3' has two values"):
        computed("cubes", TASKS, cube, store=tmp_path)


def test_what_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "cubes.jsonl").mkdir()
    for store in (tmp_path / "file", tmp_path / "file" / "folder", tmp_path):
        with pytest.raises(BadInput, match="give a folder that can be written"):
            computed("cubes", TASKS, forbidden, store=store)


def test_names_that_fall_together_as_files_are_told_apart(tmp_path):
    computed("a b", {"cube 1": [1]}, cube, store=tmp_path)
    with pytest.raises(BadInput, match=r"a-b.jsonl, line 1: this is no store of 'a/b'"):
        computed("a/b", {"cube 1": [1]}, cube, store=tmp_path)


@pytest.mark.parametrize("workers", [1, 3])
def test_an_interrupted_computation_keeps_what_is_finished(workers, tmp_path):
    def interrupted(progress):
        if progress.done == 11:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        computed("cubes", TASKS, cube, store=tmp_path, workers=workers, progress=interrupted)
    seen = []
    assert computed("cubes", TASKS, cube, store=tmp_path, progress=seen.append) == CUBES
    assert seen[0].kept == 11


@pytest.mark.parametrize("workers", [1, 3])
def test_a_failing_shard_fails_the_computation_and_keeps_the_others(workers, tmp_path):
    with pytest.raises(ZeroDivisionError):
        computed("inverses", TASKS, lambda n: 60 // n, store=tmp_path, workers=workers)
    kept = Store(tmp_path, "inverses").read(TASKS)
    assert all(value == 60 // TASKS[key][0] for key, value in kept.items())


@pytest.mark.parametrize(
    "value", [{1}, (1, 2), [(1, 2)], {1: 2}, float("nan"), b"a", object()], ids=lambda value: f"{type(value).__name__}"
)
def test_what_is_not_json_is_refused(value):
    with pytest.raises(BadInput, match="is not JSON"):
        computed("odd", {"one": []}, lambda: value)


@pytest.mark.parametrize("value", [None, True, 1 << 200, 0.1, "a", [], {"a": [1, None]}], ids=str)
def test_what_json_says_is_kept(value, tmp_path):
    for function in (lambda: value, forbidden):
        assert computed("even", {"one": []}, function, store=tmp_path) == {"one": value}


@pytest.mark.parametrize("workers", [0, -1, True, 1.5, "2", 1025, None])
def test_workers_are_counted(workers):
    with pytest.raises(BadInput, match="is not a number from 1 to 1024"):
        computed("cubes", TASKS, forbidden, workers=workers)


def test_without_dask_the_way_out_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadInput, match=r"attention-workbench\[cluster\]"):
        cluster()


def test_control_a_store_is_plain_json_lines(tmp_path):
    lines = [json.loads(line) for line in filled(tmp_path).read_text().splitlines()]
    assert lines[0] == {"schema": "workbench-shards/1", "name": "cubes"}
    assert {line["key"]: line["value"] for line in lines[1:]} == CUBES


@pytest.mark.slow
@pytest.mark.parametrize("workers, killed", [(1, False), (3, False), (3, True)], ids=["one", "three", "one of three killed"])
def test_on_a_dask_cluster(workers, killed, tmp_path):
    with cluster(workers=workers) as client:
        seen = []

        def kill_once(progress):
            seen.append(progress)
            if killed and progress.done == 5:
                os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)

        assert computed("cubes", TASKS, very_slow_cube, store=tmp_path, client=client, progress=kill_once) == CUBES
        assert len(seen) == 40
    assert computed("cubes", TASKS, forbidden, store=tmp_path) == CUBES
