import asyncio

import pytest

from monitor.fetch.rate_limits import HostLimiter


class Time:
    """A clock that advances when all tasks sleep, so that a minute of pauses takes no time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        self._sleepers.append((self.now + seconds, len(self._sleepers), event))
        await event.wait()

    async def run(self, *tasks: asyncio.Task) -> None:
        while not all(task.done() for task in tasks):
            for _ in range(50):
                await asyncio.sleep(0)
            if self._sleepers and not all(task.done() for task in tasks):
                self._sleepers.sort(key=lambda sleeper: sleeper[:2])
                self.now, _, event = self._sleepers.pop(0)
                event.set()
        await asyncio.gather(*tasks)


@pytest.fixture
def time():
    return Time()


def starts(limiter: HostLimiter, time: Time, log: list[tuple[str, float]], lasts: float = 0.0):
    async def request(host: str) -> None:
        async with limiter.acquire(host):
            log.append((host, time.now))
            if lasts:
                await time.sleep(lasts)

    return lambda host: asyncio.ensure_future(request(host))


async def test_two_requests_to_one_host_start_a_gap_apart(time):
    log = []
    request = starts(HostLimiter(min_gap=1.0, clock=time, sleep=time.sleep), time, log)
    await time.run(*[request("a") for _ in range(5)])
    assert [at for _, at in log] == [1000.0, 1001.0, 1002.0, 1003.0, 1004.0]


async def test_hosts_do_not_wait_for_each_other(time):
    log = []
    request = starts(HostLimiter(min_gap=1.0, clock=time, sleep=time.sleep), time, log)
    await time.run(*[request(host) for host in "abcde"])
    assert {at for _, at in log} == {1000.0}


async def test_no_more_requests_than_allowed_run_at_once_to_one_host(time):
    limiter = HostLimiter(min_gap=0.0, per_host=2, clock=time, sleep=time.sleep)
    log = []
    request = starts(limiter, time, log, lasts=10.0)
    await time.run(*[request("a") for _ in range(6)])
    assert [at for _, at in log] == [1000.0, 1000.0, 1010.0, 1010.0, 1020.0, 1020.0]


async def test_no_more_requests_than_allowed_run_at_once_in_all(time):
    limiter = HostLimiter(min_gap=0.0, concurrency=3, clock=time, sleep=time.sleep)
    log = []
    request = starts(limiter, time, log, lasts=5.0)
    await time.run(*[request(f"host{number}") for number in range(7)])
    assert [at for _, at in log] == [1000.0] * 3 + [1005.0] * 3 + [1010.0]


async def test_a_host_with_a_long_queue_leaves_slots_to_others(time):
    """Forty requests to one host wait a second each; the last one, to another host, starts at once."""
    limiter = HostLimiter(min_gap=1.0, concurrency=2, clock=time, sleep=time.sleep)
    log = []
    request = starts(limiter, time, log, lasts=0.5)
    await time.run(*[request("slow") for _ in range(40)], request("fast"))
    assert dict(reversed(log))["fast"] == 1000.0


async def test_the_gap_counts_from_the_real_start_even_if_slots_were_scarce(time):
    limiter = HostLimiter(min_gap=1.0, concurrency=1, per_host=5, clock=time, sleep=time.sleep)
    log = []
    long, short = starts(limiter, time, log, lasts=30.0), starts(limiter, time, log)
    await time.run(long("other"), *[short("a") for _ in range(3)])
    assert [at for host, at in log if host == "a"] == [1030.0, 1031.0, 1032.0]


async def test_a_host_may_have_a_longer_gap(time):
    limiter = HostLimiter(min_gap=1.0, clock=time, sleep=time.sleep)
    limiter.slow_down("a", 7.0)
    log = []
    request = starts(limiter, time, log)
    await time.run(request("a"), request("a"), request("b"), request("b"))
    assert [at for host, at in log if host == "a"] == [1000.0, 1007.0]
    assert [at for host, at in log if host == "b"] == [1000.0, 1001.0]


async def test_a_cancelled_request_releases_its_slot(time):
    limiter = HostLimiter(min_gap=0.0, concurrency=1, per_host=1, clock=time, sleep=time.sleep)
    log = []
    first, second = (starts(limiter, time, log, lasts=1000.0)("a") for _ in range(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second.cancel()
    first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    await time.run(starts(limiter, time, log)("a"))
    assert len(log) == 2


async def test_five_hundred_feeds_due_at_once_keep_every_limit(time):
    limiter = HostLimiter(min_gap=1.0, concurrency=64, per_host=2, clock=time, sleep=time.sleep)
    log = []
    running = {}
    most = [0]

    async def request(host: str) -> None:
        async with limiter.acquire(host):
            log.append((host, time.now))
            running[host] = running.get(host, 0) + 1
            most[0] = max(most[0], sum(running.values()))
            assert running[host] <= 2
            await time.sleep(0.3)
            running[host] -= 1

    await time.run(*[asyncio.ensure_future(request(f"host{number % 100}")) for number in range(500)])
    assert most[0] <= 64
    by_host = {}
    for host, at in log:
        assert at - by_host.get(host, 0.0) >= 1.0 - 1e-9
        by_host[host] = at


async def test_the_least_recently_used_hosts_are_dropped(time):
    limiter = HostLimiter(min_gap=0.0, max_hosts=10, clock=time, sleep=time.sleep)
    log = []
    request = starts(limiter, time, log)
    await time.run(*[request(f"host{number}") for number in range(50)])
    assert len(limiter._hosts) == 10


class FakeSharedLimiter:
    """A limiter shared by processes: returns the waits that a test gives, one by one, and records its calls."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.acquired: list[tuple[str, float]] = []
        self.released: list[str] = []

    async def try_acquire(self, host: str, gap: float) -> float:
        self.acquired.append((host, gap))
        return self.waits.pop(0) if self.waits else 0.0

    def release(self, host: str) -> None:
        self.released.append(host)


async def test_a_request_waits_for_the_limits_of_all_processes(time):
    shared, log = FakeSharedLimiter(0.5, 2.0), []
    request = starts(HostLimiter(min_gap=1.0, clock=time, sleep=time.sleep, shared=shared), time, log)
    await time.run(request("a"))
    assert log == [("a", 1002.5)]
    assert shared.acquired == [("a", 1.0)] * 3
    assert shared.released == ["a"]


async def test_the_gap_that_a_site_requests_holds_for_all_processes(time):
    shared = FakeSharedLimiter()
    limiter = HostLimiter(min_gap=1.0, clock=time, sleep=time.sleep, shared=shared)
    limiter.slow_down("a", 7.0)
    await time.run(starts(limiter, time, [])("a"))
    assert shared.acquired == [("a", 7.0)]


async def test_a_request_that_waits_for_other_processes_holds_no_slot(time):
    log = []
    limiter = HostLimiter(concurrency=1, clock=time, sleep=time.sleep, shared=FakeSharedLimiter(30.0))
    request = starts(limiter, time, log)
    await time.run(request("a"), request("b"))
    assert log == [("b", 1000.0), ("a", 1030.0)]


async def test_a_shared_limiter_that_fails_leaves_the_slot_free(time):
    class Gone(FakeSharedLimiter):
        async def try_acquire(self, host: str, gap: float) -> float:
            if host == "a":
                raise OSError(host)
            return 0.0

    log = []
    request = starts(HostLimiter(concurrency=1, clock=time, sleep=time.sleep, shared=Gone()), time, log)
    with pytest.raises(OSError, match="a"):
        await time.run(request("a"))
    await time.run(request("b"))
    assert [host for host, _ in log] == ["b"]


async def hold(limiter: HostLimiter, host: str, started: list[str], end: asyncio.Event, *, page: bool) -> None:
    async with limiter.acquire(host, page=page):
        started.append(host)
        await end.wait()


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


async def test_pages_leave_a_quarter_of_the_slots_to_feeds(time):
    limiter, started, end = HostLimiter(concurrency=8, min_gap=0, clock=time, sleep=time.sleep), [], asyncio.Event()
    pages = [asyncio.ensure_future(hold(limiter, f"p{number}", started, end, page=True)) for number in range(10)]
    await settle()
    assert len(started) == 6
    feeds = [asyncio.ensure_future(hold(limiter, f"f{number}", started, end, page=False)) for number in range(3)]
    await settle()
    assert started[6:] == ["f0", "f1"]
    end.set()
    await asyncio.gather(*pages, *feeds)
    assert len(started) == 13


@pytest.mark.parametrize("ended", [True, False], ids=["after its request", "while its request lasts"])
async def test_a_host_is_slow_after_five_seconds_and_slow_hosts_share_a_quarter_of_the_slots(time, ended):
    limiter, started, end = HostLimiter(concurrency=8, min_gap=0, clock=time, sleep=time.sleep), [], asyncio.Event()
    hosts = [f"s{number}" for number in range(6)]
    first = [asyncio.ensure_future(hold(limiter, host, started, end, page=False)) for host in hosts]
    await settle()
    assert not any(map(limiter.is_slow, hosts))
    time.now += 5.1
    assert all(map(limiter.is_slow, hosts))
    if ended:
        end.set()
        await asyncio.gather(*first)
        assert all(map(limiter.is_slow, hosts))
        end.clear()
    again = [asyncio.ensure_future(hold(limiter, host, started, end, page=False)) for host in hosts]
    await settle()
    assert len(started) == 8  # two more, though six slots are free after the first ones have ended
    end.set()
    await asyncio.gather(*first, *again)
    assert not any(map(limiter.is_slow, hosts))


async def test_a_request_that_is_cancelled_while_it_waits_holds_no_slot(time):
    limiter, started, end = HostLimiter(concurrency=4, min_gap=0, clock=time, sleep=time.sleep), [], asyncio.Event()
    holding = [asyncio.ensure_future(hold(limiter, f"h{number}", started, end, page=False)) for number in range(4)]
    await settle()
    waiting = [asyncio.ensure_future(hold(limiter, f"w{number}", started, end, page=True)) for number in range(3)]
    await settle()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    end.set()
    await asyncio.gather(*holding)
    pages = [asyncio.ensure_future(hold(limiter, f"p{number}", started, end, page=True)) for number in range(3)]
    await asyncio.gather(*pages)
    assert len(started) == 7


async def test_slow_hosts_that_wait_for_their_share_hold_no_page_slot(time):
    limiter, started, end = HostLimiter(concurrency=8, min_gap=0, clock=time, sleep=time.sleep), [], asyncio.Event()
    for number in range(20):
        async with limiter.acquire(f"slow{number}"):
            time.now += 6.0
    slow = [asyncio.ensure_future(hold(limiter, f"slow{number}", started, end, page=True)) for number in range(20)]
    await settle()
    assert len(started) == 2
    fast = [asyncio.ensure_future(hold(limiter, f"fast{number}", started, end, page=True)) for number in range(4)]
    await settle()
    assert started[2:] == ["fast0", "fast1", "fast2", "fast3"]
    end.set()
    await asyncio.gather(*slow, *fast)
