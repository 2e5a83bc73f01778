"""`check`: what is right is summed up, what is wrong is told, what is unwise is warned of."""

from pathlib import Path

from tests.gateway.cli.conftest import Cli


def test_check_when_nothing_is_wrong_then_the_configuration_is_summed_up(config: Path, cli: Cli) -> None:
    ran = cli("check", "--config", config)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{config}: without fault: 1 reader, 2 antennas, 1 read point, the default rules\n"


def test_check_when_files_and_rules_are_wrong_then_all_is_told_at_once(config: Path, cli: Cli) -> None:
    rules = config.with_name("rules.toml")
    rules.write_text('version = 1\n[[rule]]\nid = "r"\nphase = "never"\nthen = { refund = "hold" }\n')
    with config.open("a") as more:
        more.write('[rules]\nfile = "rules.toml"\n[web]\ntoken_file = "token"\n')
    ran = cli("check", "--config", config)
    assert (ran.code, ran.out) == (78, "")
    assert ran.err.splitlines() == [
        f"{config}: web.token_file: {config.parent}/token: there is no such file",
        f"{rules}: rule 1 (r).phase: must be one of receipt, inspection",
    ]


def test_check_when_the_rules_are_good_then_they_are_named(config: Path, cli: Cli) -> None:
    config.with_name("rules.toml").write_text("version = 1\n")
    with config.open("a") as more:
        more.write('[rules]\nfile = "rules.toml"\n')
    ran = cli("check", "--config", config)
    assert ran.code == 0
    assert ran.out.endswith(f"{config.parent}/rules.toml\n")


def test_check_when_something_is_unwise_then_it_is_warned_of_and_still_right(config: Path, cli: Cli) -> None:
    with config.open("a") as more:
        more.write('[web]\nlisten = "0.0.0.0:9464"\n')
    ran = cli("check", "--config", config)
    assert ran.code == 0
    assert ran.err == (
        "warning: web.listen: 0.0.0.0:9464 can be reached from outside: everybody can read it, "
        "and without token_file nobody can record anything\n"
    )
