"""A returns bench on a machine: broker, an emulated reader with five items, a gateway, and a subscriber that hears it."""

import json
from pathlib import Path
from typing import Any

from tests.system.machine import Machine

GATEWAY_TOML = """
[gateway]
site = "dc1"
[rules]
file = "rules.toml"
[[reader]]
id = "bench-reader"
host = "127.0.0.1"
preset = "bench"
[[reader.antenna]]
port = 1
read_point = "bench"
[[reader.antenna]]
port = 2
read_point = "bench"
[[read_point]]
id = "bench"
kind = "presence"
biz_step = "receiving"
"""
ITEMS = 5
RMAS = "\n".join(
    [
        "rma,line,gtin,serial,epc,quantity,sku,reason,category,order,customer,value,currency,opened_at,expires_at",
        *(
            f"RMA-1,1,00614141123452,{1000001 + item},,,,UNWANTED,apparel,SO-1,C-7,9.90,EUR,,"
            for item in range(ITEMS)
        ),
    ]
)
CONFIG = "/etc/returns-gateway/gateway.toml"
RULES = "/etc/returns-gateway/rules.toml"
HEARD = "/var/tmp/heard"
GATEWAY = "returns-gateway.service"
RECEIPT_SECONDS = 120.0


def install(machine: Machine, package: Path) -> str:
    """As an operator does, from a file; what apt said."""
    machine.put(f"/root/{package.name}", package.read_bytes())
    return machine.shell(f"DEBIAN_FRONTEND=noninteractive apt-get install -y /root/{package.name}")


def start_site(machine: Machine) -> None:
    """Broker, subscriber, emulator, RMAs and gateway; returns when every item was received."""
    machine.shell(
        "systemctl start mosquitto && systemd-run --quiet --unit=wms --property=Restart=always "
        f"--property=StandardOutput=append:{HEARD} mosquitto_sub -V 5 -q 1 -t 'returns/v1/dc1/+/receipt'"
    )
    machine.put(CONFIG, GATEWAY_TOML)
    machine.put("/root/rmas.csv", RMAS)
    machine.shell("returns-gateway rma import /root/rmas.csv")
    machine.shell(f"systemctl enable --quiet --now llrp-emulator {GATEWAY}")
    machine.wait(
        lambda: len(receipts(machine)) >= ITEMS, RECEIPT_SECONDS, "a receipt of every item was heard"
    )


def receipts(machine: Machine) -> list[dict[str, Any]]:
    """What the subscriber heard, in order."""
    heard = machine.root / HEARD.lstrip("/")
    return [json.loads(line) for line in heard.read_text().splitlines()] if heard.exists() else []


def main_pid(machine: Machine) -> int:
    return int(machine.show(GATEWAY, "MainPID"))
