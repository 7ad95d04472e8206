/**
 * The KSM rule of MOM (oVirt/mom doc/ksm.rules) and of vdsm (mom.d/03-ksm.policy): when the host's page sharing runs and
 * how fast it scans. Values are kB.
 */
import { average, known, latest, MissingValue } from "./rules.ts";

const FREE_SHARE = 0.2;
const SLEEP_MS_BASE = 10;
/** 16 GB: the sleep above is for a host of this size. */
const SLEEP_TOTAL_KB = 16 * 1024 * 1024;
const PAGES_BOOST = 300;
const PAGES_DECAY = -50;
const PAGES_MIN = 64;
const PAGES_MAX = 1250;

export interface KsmReading {
  readonly freeKb: number | null;
  readonly totalKb: number | null;
  readonly shareableKb: number | null;
  readonly pagesToScan: number | null;
  readonly pagesShared: number | null;
  readonly mergeAcrossNodes: number | null;
}

export type KsmFlavour =
  | { readonly kind: "mom" }
  | { readonly kind: "vdsm"; readonly ksmEnabled: boolean; readonly mergeAcrossNodes: number };

/** Absent: left as it is. `run` 0 off, 1 on, 2 unmerge everything. */
export interface KsmControls {
  readonly mergeAcrossNodes?: number;
  readonly run?: number;
  readonly sleepMs?: number;
  readonly pagesToScan?: number;
}

export interface KsmEvaluation {
  readonly ok: boolean;
  readonly controls: KsmControls;
}

export function evaluateKsm(flavour: KsmFlavour, host: readonly KsmReading[]): KsmEvaluation {
  try {
    return { ok: true, controls: flavour.kind === "mom" ? scanning(host, 0) : vdsmControls(flavour, host) };
  } catch (error) {
    if (error instanceof MissingValue) return { ok: false, controls: {} };
    throw error;
  }
}

/** merge_across_nodes can only be written while no page is shared: a change of it means to unmerge all first. */
function vdsmControls(flavour: KsmFlavour & { kind: "vdsm" }, host: readonly KsmReading[]): KsmControls {
  const reading = latest(host);
  const isShared = known(reading.pagesShared) > 0;
  if (isShared && (known(reading.mergeAcrossNodes) !== flavour.mergeAcrossNodes || !flavour.ksmEnabled)) return { run: 2 };
  const controls = flavour.ksmEnabled ? scanning(host, SLEEP_MS_BASE) : { run: 0 };
  return isShared ? controls : { mergeAcrossNodes: flavour.mergeAcrossNodes, ...controls };
}

function scanning(host: readonly KsmReading[], sleepMsMin: number): KsmControls {
  const reading = latest(host);
  const total = known(reading.totalKb);
  const threshold = FREE_SHARE * total;
  const free = average(host, (sample) => sample.freeKb);
  if (threshold + known(reading.shareableKb) < total && free > threshold) return { run: 0 };
  const pages = known(reading.pagesToScan) + (free < threshold ? PAGES_BOOST : PAGES_DECAY);
  return {
    run: 1,
    sleepMs: Math.max(sleepMsMin, (SLEEP_MS_BASE * SLEEP_TOTAL_KB) / total),
    pagesToScan: Math.min(Math.max(pages, PAGES_MIN), PAGES_MAX),
  };
}
