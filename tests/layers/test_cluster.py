"""Parts on a cluster of processes: workers that are killed, parts that cannot be, a scheduler that is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration.tools import location_quotient, tabulate
from geoterritorio.errors import DependencyError, LayerError
from geoterritorio.layers import cluster, schema, working
from geoterritorio.layers.partitions import open_parts
from geoterritorio.layers.working import Task, Working, in_order
from geoterritorio.patterns.tools import density_surface
from geoterritorio.proximity.tools import sums_within

distributed = pytest.importorskip("distributed", reason="the extra “scale” is not installed")
dask = pytest.importorskip("dask", reason="the extra “scale” is not installed")
PARTS = 8
# How long is waited for what must happen is no assertion: machines are shared.


class Slow:
    """Batches that take long enough to be killed in, and one that kills whoever works at it."""

    def __init__(self, log, deadly=None):
        self.log, self.deadly = str(log), deadly

    def __call__(self, part):
        if part == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        with open(self.log, "a", encoding="utf-8") as file:  # noqa: PTH123 - appending, in one write
            file.write(f"{part} {os.getpid()}\n")
        time.sleep(0.25)
        yield part


def numbered(part):
    return {"part": np.array([part])}


def quiet(work):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return work()


def processes(number, threads=1):
    """Processes that work, each watched by a nanny that starts it anew."""
    return distributed.LocalCluster(
        n_workers=number,
        threads_per_worker=threads,
        processes=True,
        dashboard_address=None,
        silence_logs=50,
        worker_class=distributed.Nanny,
    )


@pytest.fixture(scope="module")
def workers():
    """Two of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = processes(2)
        yield made
        made.close()


def run(address, batches, *, kept=None):
    task = Task(numbered, batches, working.software())
    names = [f"part-{k}" for k in range(PARTS)]
    sums = in_order(task, names, [f"{k:040d}" for k in range(PARTS)], Working(kept, address))
    return [int(s["part"][0]) for _, s in sums]


pytestmark = pytest.mark.filterwarnings("ignore")


def started(log, number):
    """Processes of the parts that have begun, once there are as many."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        lines = log.read_text(encoding="utf-8").split("\n")[:-1] if log.exists() else []
        if len(lines) >= number:
            return [int(line.split()[1]) for line in lines]
        time.sleep(0.02)
    pytest.fail("no part began")


def test_a_cluster_counts_as_one_process(workers, territories, firms, tmp_path):
    for k in range(4):
        firms.iloc[75 * k : 75 * (k + 1)].to_parquet(tmp_path / f"{k}.parquet")
    here = tabulate(territories, open_parts(tmp_path, schema.FIRMS))
    there = quiet(
        lambda: tabulate(
            territories, open_parts(tmp_path, schema.FIRMS, working=Working(None, workers.scheduler_address))
        )
    )
    pd.testing.assert_frame_equal(there, here, check_exact=True)
    (tmp_path / "2.parquet").write_bytes(b"PAR1" + bytes(500) + (tmp_path / "2.parquet").read_bytes()[504:])
    parts = open_parts(tmp_path, schema.FIRMS, working=Working(tmp_path / "kept", workers.scheduler_address))
    with pytest.raises(LayerError, match=r"2\.parquet cannot be read"):
        quiet(lambda: tabulate(territories, parts))
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_every_tool_that_takes_parts_takes_a_cluster(workers, territories, firms, tmp_path):
    for k in range(4):
        firms.iloc[75 * k : 75 * (k + 1)].to_parquet(tmp_path / f"{k}.parquet")

    def parts(address=None):
        return open_parts(tmp_path, schema.FIRMS, name="firms", working=Working(None, address))

    areas = territories.rename(columns={"territory": "area"})
    work = {
        "quotients": lambda p: location_quotient(territories, p, level=0.9).quotients,
        "sums": lambda p: sums_within(areas, p).sums,
        "surface": lambda p: density_surface(p, territories, cell=100.0, bandwidth="scott").surface.values,
        "relative": lambda p: (
            density_surface(
                p, territories, sector="15", cell=100.0, bandwidth="300", relative=True
            ).surface.values
        ),
    }
    for name, done in work.items():
        here, there = (quiet(partial(done, parts(a))) for a in (None, workers.scheduler_address))
        if isinstance(here, np.ndarray):
            np.testing.assert_array_equal(there, here, err_msg=name)
        else:
            pd.testing.assert_frame_equal(there, here, check_exact=True)
    assert {"low", "high"} <= set(quiet(lambda: work["quotients"](parts())).columns)
    firms.iloc[:1].to_parquet(tmp_path / "4.parquet")
    with pytest.raises(
        LayerError, match=r"firms \[“0.parquet”, “4.parquet”\]: 2 rows share their identifier"
    ):
        quiet(lambda: tabulate(territories, parts(workers.scheduler_address)))


def test_a_worker_killed_in_mid_run_changes_nothing(workers, tmp_path):
    log, found = tmp_path / "log", []
    thread = threading.Thread(
        target=lambda: found.append(quiet(lambda: run(workers.scheduler_address, Slow(log))))
    )
    thread.start()
    os.kill(started(log, 3)[-1], signal.SIGKILL)
    thread.join(120)
    assert found == [list(range(PARTS))]
    assert len(set(started(log, PARTS))) >= 2


def test_a_part_that_kills_its_workers_is_named(workers, tmp_path):
    kept = tmp_path / "kept"
    with pytest.raises(LayerError, match="part-3 ended one worker after the other"):
        quiet(lambda: run(workers.scheduler_address, Slow(tmp_path / "log", deadly=3), kept=kept))
    assert len(list(kept.iterdir())) == 3
    log = tmp_path / "again"
    assert quiet(lambda: run(None, Slow(log), kept=kept)) == list(range(PARTS))
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["3", "4", "5", "6", "7"]


def test_a_part_beside_one_that_kills_is_not_blamed(tmp_path):
    """Two threads of one worker: the parts before the deadly one are always with it."""
    once = {"distributed.scheduler.allowed-failures": 1}  # so that few workers need to be started anew
    with warnings.catch_warnings(), dask.config.set(once):
        warnings.simplefilter("ignore")
        made = processes(1, threads=2)
        try:
            with pytest.raises(LayerError, match="part-1 ended one worker after the other"):
                run(made.scheduler_address, Slow(tmp_path / "log", deadly=1), kept=tmp_path / "kept")
        finally:
            made.close()
    assert len(list((tmp_path / "kept").iterdir())) == 1


def scheduler_of_its_own(tmp_path):
    """Scheduler and a worker as processes, as on another machine."""
    file = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    scheduler = subprocess.Popen(
        [*dask, "--port", "0", "--no-dashboard", "--scheduler-file", str(file)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    work = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file)]
    worker = subprocess.Popen(
        [*work, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return file, scheduler, worker


def address_in(file):
    end = time.monotonic() + 90
    while time.monotonic() < end:
        if file.exists() and "address" in file.read_text(encoding="utf-8"):
            client = distributed.Client(scheduler_file=str(file), set_as_default=False)
            client.wait_for_workers(1, timeout=90)
            client.close()
            return pd.read_json(file, typ="series")["address"]
        time.sleep(0.1)
    pytest.fail("no scheduler")


def test_a_lost_scheduler_is_refused_and_what_is_kept_stays(tmp_path):
    file, scheduler, worker = scheduler_of_its_own(tmp_path)
    try:
        address = quiet(lambda: address_in(file))
        log, kept, found = tmp_path / "log", tmp_path / "kept", []

        def work():
            try:
                run(address, Slow(log), kept=kept)
            except LayerError as error:
                found.append(str(error))

        thread = threading.Thread(target=lambda: quiet(work))
        thread.start()
        started(log, 4)
        scheduler.kill()
        thread.join(120)
        assert not thread.is_alive()
        assert "was lost; nothing was written" in found[0]
        there = len(list(kept.iterdir()))
        assert 0 < there < PARTS
        assert run(None, Slow(tmp_path / "again"), kept=kept) == list(range(PARTS))
        assert len((tmp_path / "again").read_text().splitlines()) == PARTS - there
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()


def test_a_cluster_that_is_not_there_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(cluster, "_REACH", 1)
    with pytest.raises(LayerError, match="no Dask scheduler at tcp://127"):
        quiet(lambda: run("tcp://127.0.0.1:9", Slow(tmp_path / "log")))
    with pytest.raises(LayerError, match="no Dask scheduler at nonsense"):
        quiet(lambda: run("nonsense://", Slow(tmp_path / "log")))


def test_a_cluster_without_workers_is_refused_and_those_that_start_are_awaited(monkeypatch, tmp_path):
    with distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as empty:
        empty.scale(1)
        assert quiet(lambda: run(empty.scheduler_address, Slow(tmp_path / "log"))) == list(range(PARTS))
    monkeypatch.setattr(cluster, "_ALONE", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as empty,
        pytest.raises(LayerError, match="has no workers"),
    ):
        run(empty.scheduler_address, Slow(tmp_path / "log"))


def test_workers_with_another_version_are_refused(workers, tmp_path):
    task = Task(numbered, Slow(tmp_path / "log"), "another")
    with pytest.raises(LayerError, match="another version"):
        quiet(lambda: list(in_order(task, ["a"], ["0" * 40], Working(None, workers.scheduler_address))))


def test_without_dask_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DependencyError, match=r"geoterritorio\[scale\]"):
        run("tcp://127.0.0.1:9", Slow(tmp_path / "log"))
