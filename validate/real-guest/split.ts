/** Which half of the experiments parameters may be read off, and which half is reported. */

/** By sorted name, the first, third, ... are fitted, the second, fourth, ... reported. */
export function fittedNames(names: readonly string[]): ReadonlySet<string> {
  return new Set([...names].sort().filter((_, i) => i % 2 === 0));
}
