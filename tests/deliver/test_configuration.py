"""What delivery takes from the settings."""

from __future__ import annotations

from config_samples import minimal

from monitor import settings
from monitor.deliver import DeliverySettings

MONITOR = """\
coverage: {alert_below: 0.7}
audit: {min_precision: 0.4}
operator: {channels: [outbox]}
web: {base_url: "https://monitor.example.org", token: "0123456789abcdef01234567"}
"""


def test_delivery_follows_the_sections_of_monitor_yaml_on_coverage_precision_operator_and_web_page(tmp_path):
    folder = minimal(tmp_path)
    bare = DeliverySettings.of(settings.load(folder, {}), {})
    assert (bare.operator_channels, bare.links) == ((), None)
    with (folder / "monitor.yaml").open("a") as file:
        file.write(MONITOR)
    config = DeliverySettings.of(settings.load(folder, {}), {})
    assert (config.alert_below, config.min_precision, config.operator_channels) == (0.7, 0.4, ("outbox",))
    assert config.links.base_url == "https://monitor.example.org"
