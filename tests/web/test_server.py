"""The socket and the thread of the web page."""

from __future__ import annotations

import socket
import threading
from contextlib import closing

import pytest
from migrated_file import write_migrated
from web_clients import load_config, running_server

from monitor import cli
from monitor.core.errors import ConfigurationError, DatabaseError, MonitorError
from monitor.store import Store, open_store
from monitor.web import open_socket


def test_a_port_in_use_is_one_line_on_stderr_and_nothing_starts(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        load_config(tmp_path / "config", f"sqlite:///{tmp_path}/monitor.db", listen=listen)
        assert cli.run(["--config", str(tmp_path / "config"), "run"]) == 1
    result = capsys.readouterr().err.splitlines()
    assert len(result) == 1
    assert f"web.listen {listen}: another program uses this port" in result[0]
    with closing(open_store(f"sqlite:///{tmp_path}/monitor.db", migrate=False)) as store:
        assert store.heartbeats() == {}


def test_a_second_daemon_is_refused_for_the_database_lock_not_for_the_port(tmp_path, capsys):
    address = write_migrated(tmp_path / "monitor.db")
    with (
        closing(Store(address)) as first,
        first.lock(),
        socket.create_server(("127.0.0.1", 0)) as page,
    ):
        load_config(tmp_path / "config", address, listen=f"127.0.0.1:{page.getsockname()[1]}")
        assert cli.run(["--config", str(tmp_path / "config"), "run"]) == 1
    assert "another monitor is running on this database" in capsys.readouterr().err


def test_an_address_of_another_machine_is_refused(tmp_path):
    loaded = load_config(tmp_path / "config", "sqlite:///x.db", listen="192.0.2.1:80", token="t")
    with pytest.raises(MonitorError, match="this address cannot be used"), open_socket(loaded.monitor):
        pass


def test_a_public_address_needs_a_token(tmp_path, capsys):
    with pytest.raises(ConfigurationError, match=r"monitor.yaml:4:11: error: C023"):
        load_config(tmp_path / "config", "sqlite:///x.db", listen="0.0.0.0:0")
    assert cli.run(["--config", str(tmp_path / "config"), "serve"]) == 3


def test_serve_refuses_when_the_web_interface_is_off(tmp_path, capsys):
    load_config(tmp_path / "config", f"sqlite:///{tmp_path}/monitor.db", listen="off")
    assert cli.run(["--config", str(tmp_path / "config"), "serve"]) == 2
    assert "web.listen in monitor.yaml is off" in capsys.readouterr().err


def test_serve_needs_an_existing_database(tmp_path, capsys):
    load_config(tmp_path / "config", f"sqlite:///{tmp_path}/none.db")
    assert cli.run(["--config", str(tmp_path / "config"), "serve"]) == 4
    assert not (tmp_path / "none.db").exists()


def test_the_server_thread_ends_with_the_server(store_with_hits, tmp_path):
    with running_server(load_config(tmp_path / "config", store_with_hits._address)) as client:
        assert client.get("/health").status_code == 503
        assert "web" in {thread.name for thread in threading.enumerate()}
    assert not _goes_on()


def test_idle_clients_delay_neither_others_nor_the_shutdown(store_with_hits, tmp_path):
    with running_server(load_config(tmp_path / "config", store_with_hits._address)) as client:
        idle = [socket.create_connection((client.base_url.host, client.base_url.port)) for _ in range(20)]
        idle[0].sendall(b"GET / HTTP/1.1\r\nHost: loc")
        assert client.get("/").status_code == 200
    for each in idle:
        each.close()
    assert not _goes_on()


def _goes_on():
    """Return True if the page's thread still runs after the time that it may need to end."""
    for thread in threading.enumerate():
        if thread.name == "web":
            thread.join(30)
    return "web" in {thread.name for thread in threading.enumerate()}


def test_a_slow_client_is_disconnected(store_with_hits, tmp_path):
    with running_server(load_config(tmp_path / "config", store_with_hits._address), tick=0.05) as client:
        for _ in range(2):  # whoever comes next is heard, and dropped as well
            with socket.create_connection((client.base_url.host, client.base_url.port), timeout=30) as slow:
                slow.sendall(b"GET / HTTP/1.1\r\nHost: loc")
                assert _ended(slow)


def _ended(wire):
    try:
        return wire.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_database_error_is_a_503_page_without_a_traceback(store_with_hits, tmp_path, caplog):
    with running_server(load_config(tmp_path / "config", store_with_hits._address)) as client:
        _break(store_with_hits)
        response = client.get("/hits")
        assert response.status_code == 503
        assert "The database did not answer." in response.text
        assert "Traceback" not in response.text
        assert "sqlite" not in response.text.lower()
        assert client.get("/health").text == "not ok\n"


def _break(store):
    import sqlalchemy as sa

    with store._writing() as connection:
        connection.execute(sa.text("ALTER TABLE hits RENAME TO lost"))
        connection.execute(sa.text("ALTER TABLE heartbeats RENAME TO lost_too"))


def test_a_database_in_memory_is_refused(tmp_path):
    with (
        pytest.raises(DatabaseError, match="in memory"),
        running_server(load_config(tmp_path / "config", "'sqlite:///:memory:'")),
    ):
        pass
