"""Long calls: threads, forks, Ctrl-C, progress, memory."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import pickle
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

import custometry
from custometry import data, simulate, value


def test_results_have_the_same_bits_on_any_threads(histories: value.PurchaseHistories) -> None:
    saved = []
    for threads in (1, 2, 3, 8):
        custometry.set_threads(threads)
        assert custometry.threads() == threads
        saved.append(value.BgNbd.fit(histories).to_json())
    custometry.set_threads(0)
    assert len(set(saved)) == 1


def test_objects_are_shared_by_threads(histories: value.PurchaseHistories) -> None:
    model = value.BgNbd.fit(histories)
    expected = model.p_alive(histories).to_list()
    seen: list[bool] = []

    def work() -> None:
        seen.append(model.p_alive(histories).to_list() == expected)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_works(histories: value.PurchaseHistories) -> None:
    expected = value.BgNbd.fit(histories).to_json()  # the parent has a pool
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # a child that hangs is killed
        same = value.BgNbd.fit(histories).to_json() == expected
        os.write(write, b"y" if same else b"n")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0 and os.read(read, 1) == b"y"
    assert value.BgNbd.fit(histories).to_json() == expected  # and so does the parent


def refit(saved: str) -> str:
    """What a worker does: reads a model, and fits one on a pool of its own."""
    model = value.BgNbd.from_json(saved)
    log = simulate.PurchaseLog.generate(customers=300).transactions
    summary = value.SummaryState.new(log).summary("1998-06-29")
    histories = value.PurchaseHistories.new(summary)
    return json.dumps([model.p_alive(histories).to_list(), value.BgNbd.fit(histories).to_json()])


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_of_a_process_pool_work(method: str, histories: value.PurchaseHistories) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    saved = value.BgNbd.fit(histories).to_json()  # the parent has a pool of threads
    with multiprocessing.get_context(method).Pool(2) as workers:
        done = workers.map_async(refit, [saved] * 4).get(timeout=120)
    assert done == [refit(saved)] * 4


LONG_CALL = """
    import sys, custometry
    print("started", flush=True)
    try:
        while True:
            custometry.call("simulate.PurchaseLog.generate", params={"customers": 3_000_000})
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(0)
"""


def test_ctrl_c_ends_a_long_call() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LONG_CALL)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "started\n"
    time.sleep(0.5)
    sent = time.monotonic()
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=60)
    assert out == "interrupted\n" and child.returncode == 0
    assert time.monotonic() - sent < 20


def test_progress_is_told() -> None:
    seen: list[tuple[str, int, int]] = []
    with custometry.progress(lambda *step: seen.append(step)):
        custometry.call("simulate.PurchaseLog.generate", params={"customers": 1_000_000})
    assert seen
    stage, done, total = seen[-1]
    assert stage and done >= 0 and (total == 0 or done <= total)


def test_an_observer_that_raises_ends_the_call() -> None:
    def refuse(stage: str, done: int, total: int) -> None:
        raise RuntimeError("enough")

    with custometry.progress(refuse), pytest.raises(RuntimeError, match="enough"):
        custometry.call("simulate.PurchaseLog.generate", params={"customers": 3_000_000})


def test_unknown_names_are_refused_with_those_there_are() -> None:
    with pytest.raises(custometry.CustometryError, match="fit, "):
        custometry.call("value.BgNbd.guess")
    with pytest.raises(custometry.CustometryError, match="histories, params"):
        custometry.call("value.BgNbd.fit", summary=1)
    with pytest.raises(custometry.CustometryError, match="unknown field `untit`"):
        custometry.call("value.Rfm.fit", summary=None, params={"untit": 1})


def test_wrong_objects_are_refused(cdnow: data.Transactions) -> None:
    with pytest.raises(custometry.CustometryError, match="value.PurchaseHistories"):
        custometry.call("value.BgNbd.fit", histories=cdnow)
    with pytest.raises(TypeError, match="class methods"):
        value.BgNbd()


def test_saved_objects_come_back(histories: value.PurchaseHistories) -> None:
    model = value.BgNbd.fit(histories)
    text = model.to_json()
    assert value.BgNbd.from_json(text) == model == custometry.load(text)
    assert pickle.loads(pickle.dumps(model)) == model
    with pytest.raises(custometry.CustometryError) as raised:
        value.Rfm.from_json(text)
    assert raised.value.kind == "model_format"
    with pytest.raises(custometry.CustometryError, match="custometry/bg-nbd"):
        custometry.load(text.replace('"version":1', '"version":9'))


def resident() -> int:
    """The memory of this process in kB, as it is now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_calls_do_not_leak(histories: value.PurchaseHistories) -> None:
    model = value.BgNbd.fit(histories)
    customers = list(range(2_000))
    frame = pa.table({"customer": customers, "day": customers, "cents": customers})
    columns = {"customer": customers[:100], "day": customers[:100], "amount": [0.5] * 100}

    def work(times: int) -> None:
        for _ in range(times):
            model.p_alive(histories).to_numpy()
            value.BgNbd.from_json(model.to_json())
            log = data.Transactions.read(frame, currency="EUR", amount_minor="cents")
            pa.table(log.to_table())
            data.Transactions.read(columns, currency="EUR").to_table().head(2).to_dict()
            with pytest.raises(custometry.CustometryError):
                data.Transactions.read(frame, currency="EUR", amount="nothing")
            with custometry.progress(lambda *_: None), pytest.raises(custometry.CustometryError):
                custometry.call("value.BgNbd.guess")

    work(200)
    gc.collect()
    objects, memory = sys.getallocatedblocks(), resident()
    work(1_000)
    gc.collect()
    # A leak of one result of 19 kB, or of one log of 24 kB, a call would be 19 MB and more; of one
    # Python object a call, a thousand.
    assert resident() - memory < 8_000
    assert sys.getallocatedblocks() - objects < 500
