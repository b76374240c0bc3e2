"""
People who go where travel and crowding together cost least: how they settle, place after place.

Each place in its turn spreads its people over its centres so that all they use cost the same, given where the others
go. That alone is slow where two places share two centres: each gives way to the other by a little. So such places also
change people with each other, which leaves all loads as they are and costs less.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geoterritorio.patterns._jit import kernel

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
Starts = npt.NDArray[np.int64]
# Turns of the pairs in use for each turn of all pairs, of which few are ever used.
_TURNS = 30


def _settle_loop(
    start: Starts, centre: Codes, cost: Floats, people: Floats, room: Floats, going: Floats, load: Floats
) -> None:
    price = np.zeros(load.size)
    for i in np.flatnonzero(people):
        first, last = start[i], start[i + 1]
        for k in range(first, last):
            j = centre[k]
            load[j] -= going[k]
            price[j] = cost[k] + load[j] / room[j]
        # The cost at which all find a place: too high while centres that cost more are counted.
        level, lower = np.inf, True
        while lower:
            wanted, wide = people[i], 0.0
            for k in range(first, last):
                j = centre[k]
                if price[j] < level:
                    wanted += room[j] * price[j]
                    wide += room[j]
            found = wanted / wide if wide > 0 else level
            lower = found < level
            level = min(level, found)
        total, best = 0.0, first
        for k in range(first, last):
            j = centre[k]
            going[k] = max(level - price[j], 0.0) * room[j]
            total += going[k]
            if price[j] < price[centre[best]]:
                best = k
        # People too few to be told in the cost.
        if total == 0:
            going[best], total = 1.0, 1.0
        for k in range(first, last):
            going[k] *= people[i] / total
            load[centre[k]] += going[k]


def _settle_blocks(
    start: Starts, centre: Codes, cost: Floats, people: Floats, room: Floats, going: Floats, load: Floats
) -> None:
    # Place after place, as each must know where the ones before it go; of a place all centres at once.
    for i in np.flatnonzero(people):
        own = slice(start[i], start[i + 1])
        to = centre[own]
        load[to] -= going[own]
        price, wide = cost[own] + load[to] / room[to], room[to]
        level, lower = np.inf, True
        while lower:
            used = price < level
            found = level
            if used.any():
                found = (people[i] + (wide[used] * price[used]).sum()) / wide[used].sum()
            lower = found < level
            level = min(level, found)
        taken = np.maximum(level - price, 0.0) * wide
        # People too few to be told in the cost.
        if not taken.any():
            taken[np.argmin(price)] = 1.0
        going[own] = taken * (people[i] / taken.sum())
        load[to] += going[own]


def _exchange_loop(one: Starts, two: Starts, code: Starts, cost: Floats, going: Floats) -> None:
    for q in range(1, code.size):
        if code[q - 1] != code[q]:
            continue
        # Who has more to gain by the first centre goes there, and as many of the other leave it.
        a, b = q - 1, q
        better = (cost[two[a]] - cost[one[a]]) - (cost[two[b]] - cost[one[b]])
        if better < 0:
            a, b = b, a
        moved = min(going[two[a]], going[one[b]])
        if better != 0 and moved > 0:
            going[two[a]] -= moved
            going[one[a]] += moved
            going[one[b]] -= moved
            going[two[b]] += moved


def _shared(start: Starts, centre: Codes, going: Floats, width: int) -> tuple[Starts, Starts, Starts]:
    """Any two pairs in use of one place, those with the same two centres together, and the code of these."""
    used = np.flatnonzero(going > 0)
    number = np.diff(np.searchsorted(used, start))
    rank = np.arange(len(used)) - np.repeat(np.cumsum(number) - number, number)
    # Each with all before it at its place.
    two = np.repeat(np.arange(len(used)), rank)
    one = two - np.repeat(rank, rank) + np.arange(len(two)) - np.repeat(np.cumsum(rank) - rank, rank)
    one, two = used[one], used[two]
    code = centre[one].astype(np.int64) * width + centre[two]
    order = np.argsort(code, kind="stable")
    return one[order], two[order], code[order]


# Both change `going`, the people of each pair, in place; the first also the load of centres. The second visits only
# pairs in use, so that it serves uncompiled too. Centres of a place must ascend.
settle = kernel(_settle_loop, _settle_blocks)
exchange = kernel(_exchange_loop, _exchange_loop)


def turn(lists: tuple[Starts, Codes], cost: Floats, people: Floats, room: Floats, going: Floats) -> None:
    """All pairs once, then those in use many times; changes `going`, the people of each pair, in place."""
    start, centre = lists
    settle(start, centre, cost, people, room, going, loads(centre, going, len(room)))
    used = np.flatnonzero(going > 0)
    starts, to, costs, some = np.searchsorted(used, start), centre[used], cost[used], going[used]
    for _ in range(_TURNS):
        # Summed anew, as differences of what comes and goes would drift.
        settle(starts, to, costs, people, room, some, loads(to, some, len(room)))
        exchange(*_shared(starts, to, some, len(room)), costs, some)
    going[used] = some


def loads(centre: Codes, going: Floats, width: int) -> Floats:
    """People of each centre."""
    return np.asarray(np.bincount(centre, going, minlength=width), dtype=np.float64)


def least_costs(
    start: Starts, centre: Codes, cost: Floats, room: Floats, going: Floats
) -> tuple[Floats, float]:
    """Least cost from each place (NaN where it has no pair), and the most that anyone would gain by going there."""
    least = np.full(len(start) - 1, np.nan)
    there = np.diff(start) > 0
    if not there.any():
        return least, 0.0
    price = cost + (loads(centre, going, len(room)) / room)[centre]
    least[there] = np.minimum.reduceat(price, start[:-1][there])
    gain = (price - np.repeat(least, np.diff(start)))[going > 0]
    return least, float(gain.max(initial=0.0))
