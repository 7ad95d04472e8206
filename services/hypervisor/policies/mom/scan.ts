/** KSM as MOM's rule sets it (ksm.ts): pages_to_scan in each sleep_millisecs, or not at all. */
import type { Hasher } from "../../../../lib/engine/hasher.ts";
import { kibOf } from "../adapt.ts";
import type { HostView } from "../policy.ts";
import { evaluateKsm, type KsmFlavour } from "./ksm.ts";
import type { HostReading } from "./rules.ts";

/** Of the kernel (mm/ksm.c). */
const KERNEL_PAGES_TO_SCAN = 100;
const MERGE_ACROSS_NODES = 1;
const MS_PER_S = 1000;

export class KsmScan {
  readonly #flavour: KsmFlavour;
  #pagesToScan = KERNEL_PAGES_TO_SCAN;
  /** Undefined before the first evaluation. */
  pagesPerS: number | undefined;

  constructor(kind: KsmFlavour["kind"]) {
    this.#flavour = kind === "mom" ? { kind } : { kind, ksmEnabled: true, mergeAcrossNodes: MERGE_ACROSS_NODES };
  }

  /** `readings`: of the host, oldest first. */
  evaluate(view: HostView, readings: readonly HostReading[]): void {
    // What QEMU's processes hold: their own pages, and those that are merged.
    const shareablePages = view.vms.reduce((sum, vm) => sum + vm.residentPages, view.sharingPages);
    const host = readings.map((reading) => ({
      ...reading,
      shareableKb: kibOf(shareablePages),
      pagesToScan: this.#pagesToScan,
      pagesShared: view.sharedPages,
      mergeAcrossNodes: MERGE_ACROSS_NODES,
    }));
    const { run, sleepMs, pagesToScan } = evaluateKsm(this.#flavour, host).controls;
    this.#pagesToScan = pagesToScan ?? this.#pagesToScan;
    if (run === undefined) return;
    this.pagesPerS = run === 1 && sleepMs !== undefined ? (this.#pagesToScan * MS_PER_S) / sleepMs : 0;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#pagesToScan);
    hasher.number(this.pagesPerS ?? -1);
  }
}
