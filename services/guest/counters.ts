/** Running totals of one guest over all its boots, and the fractions that wait to become whole pages. */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { Memory } from "./memory.ts";
import type { Workload } from "./workload.ts";

export interface Totals {
  operations: number;
  unpressedOperations: number;
  accesses: number;
  /** Of those: to files. */
  fileAccesses: number;
  minorFaults: number;
  majorFaults: number;
  swapInPages: number;
  swapOutPages: number;
  fileReadPages: number;
  fileWritePages: number;
  hostSwapInPages: number;
  /** Of those: read only to be overwritten. */
  staleReadPages: number;
  /** Touches that the host's compressed pool served. */
  decompressedPages: number;
  refaultPages: number;
  oomKills: number;
  psiSomeNs: number;
  psiFullNs: number;
  stalledNs: number;
  linkStallNs: number;
  blockedNs: number;
}

export const TOTAL_NAMES: readonly (keyof Totals)[] = [
  "operations",
  "unpressedOperations",
  "accesses",
  "fileAccesses",
  "minorFaults",
  "majorFaults",
  "swapInPages",
  "swapOutPages",
  "fileReadPages",
  "fileWritePages",
  "hostSwapInPages",
  "staleReadPages",
  "decompressedPages",
  "refaultPages",
  "oomKills",
  "psiSomeNs",
  "psiFullNs",
  "stalledNs",
  "linkStallNs",
  "blockedNs",
];

export function noTotals(): Totals {
  return {
    operations: 0,
    unpressedOperations: 0,
    accesses: 0,
    fileAccesses: 0,
    minorFaults: 0,
    majorFaults: 0,
    swapInPages: 0,
    swapOutPages: 0,
    fileReadPages: 0,
    fileWritePages: 0,
    hostSwapInPages: 0,
    staleReadPages: 0,
    decompressedPages: 0,
    refaultPages: 0,
    oomKills: 0,
    psiSomeNs: 0,
    psiFullNs: 0,
    stalledNs: 0,
    linkStallNs: 0,
    blockedNs: 0,
  };
}

/** Notes operations and what they touched. */
export function countOperations(totals: Totals, operations: number, { touches, fileShare }: Pick<Workload, "touches" | "fileShare">): void {
  totals.operations += operations;
  totals.accesses += operations * touches;
  totals.fileAccesses += operations * touches * fileShare;
}

/** Takes over what allocations have read of the host's swap, and what its compressed pool has served. */
export function countHostReads(totals: Totals, memory: Pick<Memory, "staleReadPages" | "decompressedPages">): void {
  totals.staleReadPages += memory.staleReadPages;
  totals.hostSwapInPages += memory.staleReadPages;
  totals.decompressedPages += memory.decompressedPages;
  memory.staleReadPages = 0;
  memory.decompressedPages = 0;
}

export function hashTotals(totals: Totals, hasher: Hasher): void {
  for (const name of TOTAL_NAMES) hasher.number(totals[name]);
}

/** A fluid flow taken in whole pages: the fraction left over counts next time. */
export class Carry {
  rest = 0;

  take(flow: number): number {
    this.rest += flow;
    const whole = Math.floor(this.rest);
    this.rest -= whole;
    return whole;
  }
}
