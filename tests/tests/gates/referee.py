"""Judges pairs of samples a second time, from ranks and sorted differences, with NumPy and SciPy.

Reads cases as JSON lines and writes one JSON line each. Numbers come back as the bits of doubles, so that nothing is lost on the way.
"""

import json
import struct
import sys

import numpy as np
from scipy import stats


def bits(value):
    return struct.unpack("<Q", struct.pack("<d", float(value) + 0.0))[0]


def prepare(values, case):
    values = np.array([np.nan if v is None else v for v in values], dtype=float)
    if case["missing"] == "zero":
        values = np.nan_to_num(values, nan=0.0)
    else:
        values = values[~np.isnan(values)]
    if case["outliers"] is not None and values.size:
        p1, q1, q3, p99 = np.percentile(values, [1, 25, 75, 99])
        reach = case["outliers"] * (q3 - q1)
        values = values[(values >= min(p1, q1 - reach)) & (values <= max(p99, q3 + reach))]
    return values


def w(x, y, d):
    n, m = len(x), len(y)
    joined = np.concatenate([x - d, y])
    ranks = stats.rankdata(joined)
    dz = ranks[:n].sum() - n * (n + 1) / 2 - n * m / 2
    _, t = np.unique(joined, return_counts=True)
    t = t.astype(float)
    s2 = n * m / 12 * ((n + m + 1) - (t**3 - t).sum() / ((n + m) * (n + m - 1)))
    return 0.0 if s2 <= 0 else (dz - np.sign(dz) / 2) / np.sqrt(s2)


def crossing(x, y, steps, level):
    """The first difference after which W is no longer above the level; none where it never is."""

    def after(i):
        d = steps[i] + 1 if i + 1 == len(steps) else steps[i] / 2 + steps[i + 1] / 2
        return w(x, y, d) > level

    span = max(1.0, steps[-1] - steps[0])
    if not w(x, y, steps[0] - span) > level:
        return None
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        if after(middle):
            low = middle + 1
        else:
            high = middle
    return steps[low]


def judge(case):
    x, y = prepare(case["candidate"], case), prepare(case["baseline"], case)
    found = {"p": None}
    if len(x) and len(y) and len(np.unique(np.concatenate([x, y]))) > 1:
        found["p"] = bits(stats.mannwhitneyu(x, y, alternative="two-sided", method="asymptotic").pvalue)
        found["ours"] = bits(min(1.0, 2 * stats.norm.sf(abs(case["statistic"]))))
    if not len(x) or not len(y):
        return {**found, "label": "pass" if case["missing"] == "zero" else "no_data"}
    if len(x) == len(y) and np.array_equal(np.sort(x), np.sort(y)):
        return {**found, "label": "pass"}
    if len(np.unique(np.concatenate([x, y]))) == 1:
        return {**found, "label": "pass"}
    z = stats.norm.ppf(1 - (1 - case["confidence"]) / 2)
    differences = np.subtract.outer(x, y).ravel()
    steps = np.unique(differences)
    low = crossing(x, y, steps, z)
    if low is None:
        return {**found, "label": "no_data"}
    # The upper end is the lower end of the mirrored question.
    high = -crossing(y, x, np.unique(-differences), z)
    estimate = np.median(differences)
    band = case["tolerance"] * abs(estimate)
    effect = case["effect"]
    up = down = True
    if effect is not None:
        if effect["measure"] == "mean_ratio":
            a, b = x.mean(), y.mean()
            with np.errstate(divide="ignore"):
                size = 1.0 if a == b else np.divide(a, b)
        else:
            r = stats.rankdata(np.concatenate([x, y]))[: len(x)].sum()
            size = (2 * r - len(x) * (len(x) + 1)) / (2 * len(x) * len(y))
        up, down = size >= effect["increase"], size <= effect["decrease"]
    label = "pass"
    if case["direction"] in ("increase", "either") and low > band and up:
        label = "high"
    elif case["direction"] in ("decrease", "either") and high < -band and down:
        label = "low"
    return {**found, "label": label, "low": bits(low), "high": bits(high), "estimate": bits(estimate)}


for line in sys.stdin:
    print(json.dumps(judge(json.loads(line))))
