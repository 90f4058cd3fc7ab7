"""Histograms and gauges for the event loop's thread.

`prometheus_client` takes a lock three times for each observation, for threads we do not have; on the path of every
RPC that shows. These count in plain lists, belong to one thread, and look like any other metric when they are
scraped.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final, Generic, TypeVar

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

Series = TypeVar("Series")

LATENCY_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds, in seconds."""


class HistogramSeries:
    """The observations under one set of labels."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(LATENCY_BUCKETS) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Counts one observation."""
        self.counts[bisect_left(LATENCY_BUCKETS, seconds)] += 1
        self.total += seconds


class GaugeSeries:
    """A number that goes up and down under one set of labels."""

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now = 0


class _Labelled(Collector, Generic[Series]):
    series: type[Series]

    def __init__(self, name: str, text: str, labels: Sequence[str], registry: CollectorRegistry = REGISTRY) -> None:
        self._name, self._text, self._labels = name, text, labels
        self._series: dict[tuple[str, ...], Series] = {}
        registry.register(self)

    def of(self, *values: str) -> Series:
        """The series under these values of the labels."""
        found = self._series.get(values)
        return self._series.setdefault(values, self.series()) if found is None else found


class DurationHistogram(_Labelled[HistogramSeries]):
    """A histogram of seconds by labels."""

    series = HistogramSeries

    def collect(self) -> Iterable[Metric]:
        """What a scrape gets."""
        family = HistogramMetricFamily(self._name, self._text, labels=self._labels)
        bounds = [*map(str, LATENCY_BUCKETS), "+Inf"]
        for values, series in self._series.items():
            family.add_metric(values, list(zip(bounds, accumulate(series.counts), strict=True)), series.total)
        yield family


class Gauge(_Labelled[GaugeSeries]):
    """A gauge by labels."""

    series = GaugeSeries

    def collect(self) -> Iterable[Metric]:
        """What a scrape gets."""
        family = GaugeMetricFamily(self._name, self._text, labels=self._labels)
        for values, level in self._series.items():
            family.add_metric(values, level.now)
        yield family
