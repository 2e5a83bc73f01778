"""A reload is judged as a whole, and told one line per fact."""

import logging
from dataclasses import replace

import pytest

from gateway.errors import ConfigError
from gateway.running.reloading import Configuration, judged, refuse, tell
from gateway.settings import MqttSettings, ServiceSettings, Settings
from rules.policy import DEFAULT_POLICY, parse_policy

BEFORE = Configuration(Settings("dc1"), DEFAULT_POLICY)
FEWER_DAYS = replace(BEFORE.settings, service=ServiceSettings(business_days=3))
RULES = {"version": 1, "rule": [{"id": "keep", "phase": "receipt", "then": {"disposition": "inspect"}}]}


def test_judged_when_one_key_needs_a_restart_then_all_is_refused_and_only_that_key_is_named() -> None:
    after = replace(FEWER_DAYS, mqtt=MqttSettings(host="h", port=1))
    with pytest.raises(ConfigError) as refused:
        judged(BEFORE, Configuration(after, DEFAULT_POLICY))
    assert refused.value.faults == (
        "mqtt.host: 127.0.0.1 → h: needs a restart",
        "mqtt.port: 1883 → 1: needs a restart",
    )


def test_tell_when_settings_changed_then_one_line_for_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    after = Configuration(FEWER_DAYS, DEFAULT_POLICY)
    tell(BEFORE, after, judged(BEFORE, after))
    assert caplog.messages == ["reload: service.business_days: 5 → 3"]


def test_tell_when_the_rules_changed_then_it_says_which_are_in_force(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    after = Configuration(BEFORE.settings, parse_policy(RULES, {}))
    tell(BEFORE, after, judged(BEFORE, after))
    (line,) = caplog.messages
    assert line.startswith(f"reload: rules {after.policy.ruleset} are in force: ")


def test_tell_when_nothing_changed_then_it_says_so(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    tell(BEFORE, BEFORE, [])
    assert caplog.messages == ["reload: nothing has changed"]


def test_refuse_when_there_are_faults_then_one_line_for_each(caplog: pytest.LogCaptureFixture) -> None:
    refuse(ConfigError(("a: wrong", "b: missing")))
    assert caplog.messages == [
        "reload: everything stays as it was: a: wrong",
        "reload: everything stays as it was: b: missing",
    ]
