"""The words dashboards are written in: panels, boards, and the queries they ask."""

from dataclasses import dataclass, field

GATEWAY = 'instance=~"$instance"'
READERS = f'{GATEWAY}, reader=~"$reader"'
DOORS = f'{GATEWAY}, read_point=~"$read_point"'
JOB = f'{GATEWAY}, job="returns-gateway"'
PER_MINUTE = "cpm"


@dataclass(frozen=True)
class Panel:
    """One panel: what it shows, why one looks at it, and its queries with their legends."""

    title: str
    description: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    is_figure: bool = False


@dataclass(frozen=True)
class Board:
    """One dashboard; `variables` are labels one may choose by, each with a metric that has them all."""

    name: str
    title: str
    description: str
    rows: dict[str, tuple[Panel, ...]]
    variables: dict[str, str] = field(default_factory=dict)


def figure(title: str, description: str, unit: str, query: str) -> Panel:
    """One number, large."""
    return Panel(title, description, unit, ((query, title),), is_figure=True)


def curves(title: str, description: str, unit: str, *queries: tuple[str, str]) -> Panel:
    """Lines over time, each a query and its legend."""
    return Panel(title, description, unit, queries)


def value(name: str, labels: str = GATEWAY) -> str:
    return f"returns_gateway_{name}{{{labels}}}"


def total(name: str, by: str = "", labels: str = GATEWAY) -> str:
    return f"sum by ({by}) ({value(name, labels)})" if by else f"sum({value(name, labels)})"


def rate(name: str, by: str, labels: str = GATEWAY, *, seconds: int = 1) -> str:
    """Per second, or per so many seconds."""
    summed = f"sum by ({by}) (rate({value(f'{name}_total', labels)}[$__rate_interval]))"
    return summed if seconds == 1 else f"{seconds} * {summed}"


def within_range(name: str, labels: str = GATEWAY) -> str:
    """How often in the time that is shown."""
    return f"sum(increase({value(f'{name}_total', labels)}[$__range]))"


def share(part: str, whole: str) -> str:
    """None of nothing is zero."""
    return f"({part}) / clamp_min({whole}, 1)"


def quantiles(name: str) -> tuple[tuple[str, str], ...]:
    rates = f"sum by (le) (rate({value(f'{name}_bucket')}[$__rate_interval]))"
    return tuple(
        (f"histogram_quantile({part}, {rates})", legend)
        for part, legend in ((0.5, "median"), (0.95, "95 %"), (0.99, "99 %"))
    )


def since(name: str, by: str, labels: str = GATEWAY) -> str:
    """Seconds since the time a metric holds."""
    return f"time() - max by ({by}) ({value(name, labels)})"


def quotient(part: str, whole: str, by: str, labels: str) -> str:
    """Of two counters, as they grow."""
    grown = (
        f"sum by ({by}) (increase({value(f'{name}_total', labels)}[$__rate_interval]))"
        for name in (part, whole)
    )
    return " / ".join(grown)
