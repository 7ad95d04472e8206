/**
 * Replacement: which of a region's pages are gone. What a law knows of one region is its ageing; how hard pages are pressed out
 * of the list that the region belongs to is the list's business (docs/model.md section 3).
 */
import type { Hasher } from "../../../lib/engine/hasher.ts";

export interface Ageing {
  /** Set by the list. LRU: its cut, in accesses; lives: how often a page is picked, per access. */
  pressure: number;
  /** Results of expect(): misses, and their derivative by the accesses. */
  readonly misses: number;
  readonly slope: number;
  /** Chance that the page which a scan comes to next is missing. */
  readonly headMissing: number;

  /** The rates are about to change. */
  mark(): void;
  /** After mark(): this share of the pages is dealt to the classes anew. */
  shift(share: number): void;
  /** `pages` new ones, touched just now, have joined `before` old ones. */
  grow(before: number, pages: number): void;
  /** This share of the pages is left. */
  shrink(kept: number): void;
  /** All pages are gone. */
  clear(): void;

  /** `accesses` of the workload and `touches` of other regions' new pages go by; `full`: evictions among them come with survive(). */
  pass(accesses: number, touches: number, full: boolean): void;
  /** From now on survive() is asked for after `accesses` more; 0: for now. */
  look(accesses: number): void;
  /** Foresees `accesses` in full memory, where each miss is balanced by an eviction. */
  expect(accesses: number): void;
  /** Of those misses, the ones of a class. */
  missesOf(i: number, accesses: number): number;
  /** Foresees `accesses` of a scan without an eviction. */
  fill(accesses: number): void;
  /** Writes the missing shares at a level of the list into `next`; returns the derivative of the resident pages by the level. */
  survive(level: number): number;
  /** What survive() foresaw comes to pass. */
  commit(): void;

  /** A scan has passed all pages while the workload made `accesses`: when they were used before is forgotten. */
  forget(accesses: number): void;
  /** Writes into `next` the shares of each class not touched in the last `accesses`. */
  unused(accesses: number): void;

  digest(hasher: Hasher): void;
}
