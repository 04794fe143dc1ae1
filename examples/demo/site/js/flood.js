/*
 * Level-pool routing: a flood enters a pool and leaves it over a weir.
 *
 *   A · dH/dt = I − Q        the pool keeps what does not leave
 *   Q = C · b · H^(3/2)      the weir lets through what the level says
 *
 * Nothing here knows the page, so it can be run and tested anywhere.
 */

const COEFFICIENT = 1.7; // m^(1/2)/s, a broad crest
const BASE = 4; // m³/s, the river on an ordinary day
const PEAK = 60; // m³/s
const RISE = 95; // minutes from the flood's begin to its peak
const BEGIN = 40;

export const SPAN = 720; // minutes
const STEP = 1;

export function inflow(minute) {
  const t = (minute - BEGIN) / RISE;
  return t <= 0 ? BASE : BASE + (PEAK - BASE) * (t * Math.exp(1 - t)) ** 2.4;
}

/** What leaves, and how high the pool stands, for each minute. */
export function route(crest, area) {
  const discharge = (head) => COEFFICIENT * crest * head ** 1.5;
  let head = (BASE / (COEFFICIENT * crest)) ** (2 / 3);
  const rows = [];
  for (let minute = 0; minute <= SPAN; minute += STEP) {
    const arrives = inflow(minute);
    const passes = discharge(head);
    rows.push({ minute, arrives, passes, head });
    head = Math.max(0, head + ((arrives - passes) * STEP * 60) / area);
  }
  return rows;
}

/** The row in which `key` is greatest. */
export function peak(rows, key) {
  return rows.reduce((best, row) => (row[key] > best[key] ? row : best));
}
