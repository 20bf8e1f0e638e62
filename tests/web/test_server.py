"""The page's socket and its thread."""

from __future__ import annotations

import socket
import threading
from contextlib import closing

import pytest
from visitors import configured, visiting

from monitor import cli
from monitor.core.errors import DatabaseError, MonitorError
from monitor.store import open_store
from monitor.web import listening


def test_a_port_that_is_taken_is_told_in_one_line_and_nothing_begins(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        configured(tmp_path / "config", f"sqlite:///{tmp_path}/monitor.db", listen=listen)
        assert cli.run(["--config", str(tmp_path / "config"), "run"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert f"web.listen {listen}: another program has this port" in told[0]
    with closing(open_store(f"sqlite:///{tmp_path}/monitor.db", migrate=False)) as store:
        assert store.beats() == {}


def test_a_second_daemon_is_told_of_the_first_not_of_its_port(tmp_path, capsys):
    address = f"sqlite:///{tmp_path}/monitor.db"
    with (
        closing(open_store(address, migrate=True)) as first,
        first.lock(),
        socket.create_server(("127.0.0.1", 0)) as page,
    ):
        configured(tmp_path / "config", address, listen=f"127.0.0.1:{page.getsockname()[1]}")
        assert cli.run(["--config", str(tmp_path / "config"), "run"]) == 4
    assert "another monitor is running on this database" in capsys.readouterr().err


def test_an_address_that_is_not_ours_is_told_too(tmp_path):
    loaded = configured(tmp_path / "config", "sqlite:///x.db", listen="192.0.2.1:80", token="t")
    with pytest.raises(MonitorError, match="this address cannot be had"), listening(loaded.monitor):
        pass


def test_everybody_is_let_in_nowhere(tmp_path, capsys):
    from monitor.core.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match=r"monitor.yaml:4:11: error: C023"):
        configured(tmp_path / "config", "sqlite:///x.db", listen="0.0.0.0:0")
    assert cli.run(["--config", str(tmp_path / "config"), "serve"]) == 3


def test_a_page_that_is_off_is_not_served_alone(tmp_path, capsys):
    configured(tmp_path / "config", f"sqlite:///{tmp_path}/monitor.db", listen="off")
    assert cli.run(["--config", str(tmp_path / "config"), "serve"]) == 2
    assert "web.listen in monitor.yaml is off" in capsys.readouterr().err


def test_without_a_database_there_is_no_page(tmp_path, capsys):
    configured(tmp_path / "config", f"sqlite:///{tmp_path}/none.db")
    assert cli.run(["--config", str(tmp_path / "config"), "serve"]) == 4
    assert not (tmp_path / "none.db").exists()


def test_the_thread_is_gone_when_the_page_is(filled, tmp_path):
    with visiting(configured(tmp_path / "config", filled._address)) as visitor:
        assert visitor.get("/health").status_code == 503
        assert "web" in {thread.name for thread in threading.enumerate()}
    assert not _goes_on()


def test_a_client_that_asks_for_nothing_holds_up_neither_others_nor_the_end(filled, tmp_path):
    with visiting(configured(tmp_path / "config", filled._address)) as visitor:
        idle = [socket.create_connection((visitor.base_url.host, visitor.base_url.port)) for _ in range(20)]
        idle[0].sendall(b"GET / HTTP/1.1\r\nHost: loc")
        assert visitor.get("/").status_code == 200
    for each in idle:
        each.close()
    assert not _goes_on()


def _goes_on():
    """Whether the page's thread is there still when it has had all the time that it may need."""
    for thread in threading.enumerate():
        if thread.name == "web":
            thread.join(30)
    return "web" in {thread.name for thread in threading.enumerate()}


def test_a_client_that_is_too_slow_is_dropped(filled, tmp_path):
    with visiting(configured(tmp_path / "config", filled._address), tick=0.05) as visitor:
        for _ in range(2):  # whoever comes next is heard, and dropped as well
            with socket.create_connection((visitor.base_url.host, visitor.base_url.port), timeout=30) as slow:
                slow.sendall(b"GET / HTTP/1.1\r\nHost: loc")
                assert _ended(slow)


def _ended(wire):
    try:
        return wire.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_fault_is_told_in_plain_words_and_its_traceback_to_the_log_alone(filled, tmp_path, caplog):
    with visiting(configured(tmp_path / "config", filled._address)) as visitor:
        _break(filled)
        answer = visitor.get("/hits")
        assert answer.status_code == 503
        assert "The database does not answer" in answer.text
        assert "Traceback" not in answer.text
        assert "sqlite" not in answer.text.lower()
        assert visitor.get("/health").text == "not ok\n"


def _break(store):
    import sqlalchemy as sa

    with store._writing() as connection:
        connection.execute(sa.text("ALTER TABLE hits RENAME TO lost"))
        connection.execute(sa.text("ALTER TABLE heartbeats RENAME TO lost_too"))


def test_a_database_in_memory_is_refused(tmp_path):
    with (
        pytest.raises(DatabaseError, match="in memory"),
        visiting(configured(tmp_path / "config", "'sqlite:///:memory:'")),
    ):
        pass
