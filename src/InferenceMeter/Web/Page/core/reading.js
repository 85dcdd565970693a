// What several panels read off a reading.

/**
 * The cost with idle time included and the throughput of the longest window up to a minute that has both: steady from
 * the first seconds, calm afterwards. Null while there is none.
 */
export function headline(reading) {
  for (const window of ["1m", "10s"]) {
    const cost = reading.costs.find(one => one.basis === "wall" && one.window === window);
    const throughput = reading.windows.find(one => one.window === window)?.imagesPerSecond;
    if (cost && throughput) return { window, cost, throughput };
  }
  return null;
}
