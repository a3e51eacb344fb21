"""Where a function of time is above zero: runs of samples that begin and end at roots, many at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from console.passes.orbit import Floats

ROOT_S = 1e-4
_TINY = 1e-300
Rows = NDArray[np.intp]


def samples(start_s: float, end_s: float, step_s: float) -> Floats:
    """Return instants at most a step apart, both ends among them."""
    return np.linspace(start_s, end_s, 2 + int((end_s - start_s) / step_s))


def stretches(
    group: Rows, t: Floats, up: NDArray[np.bool_], f: Callable[[Rows, Floats], Floats]
) -> tuple[Rows, Floats, Floats]:
    """Return (group, begin, end) of the runs of ``up`` in samples ordered by group and instant.

    A run begins and ends at a root of ``f``, or where its group begins or ends.
    """
    inner = group[:-1] == group[1:]
    change = np.nonzero(inner & (up[:-1] != up[1:]))[0]
    root = roots(lambda which, x: f(group[change[which]], x), t[change], t[change + 1])
    begin, end = np.where(up, t, np.nan), np.where(up, t, np.nan)
    begin[1:][inner & up[:-1]] = np.nan
    end[:-1][inner & up[1:]] = np.nan
    rises = up[change + 1]
    begin[change[rises] + 1] = root[rises]
    end[change[~rises]] = root[~rises]
    begins = ~np.isnan(begin)
    return group[begins], begin[begins], end[~np.isnan(end)]


def roots(f: Callable[[Rows, Floats], Floats], a: Floats, b: Floats) -> Floats:
    """Return a root in each bracket, to 0.1 ms (Ridders, IEEE Trans. Circuits Syst. 26, 979, 1979).

    ``f(which, t)`` is asked for the brackets numbered ``which``. Where rounding left no change of sign, the
    end that is nearer to zero is the root.
    """
    a, b, which = a.copy(), b.copy(), np.arange(len(a))
    fa, fb = f(which, a), f(which, b)
    root = np.where(np.abs(fa) < np.abs(fb), a, b)
    which = which[(fa > 0) != (fb > 0)]
    while len(which):
        lo, hi, flo, fhi, before = a[which], b[which], fa[which], fb[which], root[which]
        middle = (lo + hi) / 2
        fm = f(which, middle)
        x = middle + (middle - lo) * np.sign(flo - fhi) * fm / np.sqrt(np.maximum(fm**2 - flo * fhi, _TINY))
        fx = f(which, x)
        swap = x < middle
        left, fleft = np.where(swap, x, middle), np.where(swap, fx, fm)
        right, fright = np.where(swap, middle, x), np.where(swap, fm, fx)
        in_left, in_right = (flo > 0) != (fleft > 0), (fright > 0) != (fhi > 0)
        a[which] = np.where(in_left, lo, np.where(in_right, right, left))
        fa[which] = np.where(in_left, flo, np.where(in_right, fright, fleft))
        b[which] = np.where(in_left, left, np.where(in_right, hi, right))
        fb[which] = np.where(in_left, fleft, np.where(in_right, fhi, fright))
        root[which] = x
        which = which[(np.abs(x - before) > ROOT_S) & (b[which] - a[which] > ROOT_S)]
    return root
