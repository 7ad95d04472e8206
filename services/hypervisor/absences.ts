/** Who has not come yet while a long service is in progress. */
import { LEVELS } from "./levels.ts";
import type { ServiceTimes } from "./servicetimes.ts";

/**
 * By level of what is left of a service of mean `longNs`: the chance that a customer who stays away for `awayNs` on average has done so
 * since it began, in the mean over services that are longer than the level.
 */
export function absences({ value, chance, variation2 }: ServiceTimes, longNs: number, awayNs: number, levelNs: number): Float64Array {
  const absent = new Float64Array(LEVELS);
  const decay = Math.exp(-levelNs / awayNs);
  let m = value.length - 1;
  let away = 0;
  let longer = 0;
  for (let i = Math.max(LEVELS - 1, Math.ceil(((value[m] as number) * longNs) / levelNs)); i >= 0; i--) {
    away *= decay;
    for (; m >= 0 && (value[m] as number) * longNs >= i * levelNs; m--) {
      away += (chance[m] as number) * Math.exp((i * levelNs - (value[m] as number) * longNs) / awayNs);
      longer += chance[m] as number;
    }
    if (i < LEVELS) absent[i] = longer > 0 ? away / longer : 1 / (1 + (variation2 * longNs) / awayNs);
  }
  return absent;
}
