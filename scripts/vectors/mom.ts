/** mom.json: the balloon rules of MOM and vdsm, and both KSM rules. */
import { evaluateKsm, type KsmFlavour, type KsmReading } from "../../services/hypervisor/policies/mom/ksm.ts";
import { evaluate, type Flavour, type GuestHistory, type HostReading } from "../../services/hypervisor/policies/mom/rules.ts";
import type { Case, Checker, Json } from "./case.ts";

const FLAVOURS: Record<string, Flavour> = {
  "mom-balloon.rules": { kind: "mom" },
  "vdsm-02-balloon.policy(balloonEnabled=0)": { kind: "vdsm", balloonEnabled: false },
  "vdsm-02-balloon.policy(balloonEnabled=1)": { kind: "vdsm", balloonEnabled: true },
};

const KSM_FLAVOURS: Record<string, KsmFlavour> = {
  "mom-ksm.rules": { kind: "mom" },
  "vdsm-03-ksm.policy": { kind: "vdsm", ksmEnabled: true, mergeAcrossNodes: 1 },
  "vdsm-03-ksm.policy(ksmEnabled=0)": { kind: "vdsm", ksmEnabled: false, mergeAcrossNodes: 1 },
};

export const mom: Checker = {
  sections: ["balloonCases", "ksmCases"],
  *cases(file: Json): Iterable<Case> {
    for (const test of file.balloonCases ?? []) {
      for (const [variant, expected] of Object.entries(test.expected)) {
        const input = { host: test.host, guests: test.guests };
        yield { name: `${test.name}, ${variant}`, input, expected, ours: balloon(variant, test) };
      }
    }
    for (const test of file.ksmCases ?? []) {
      for (const [variant, expected] of Object.entries(test.expected)) {
        yield { name: `${test.name}, ${variant}`, input: test.host, expected, ours: ksm(variant, test) };
      }
    }
  },
};

function balloon(variant: string, test: Json): unknown {
  const flavour = FLAVOURS[variant];
  if (flavour === undefined) return undefined;
  const host: HostReading[] = test.host.map((sample: Json) => ({ freeKb: orNull(sample.mem_free), totalKb: orNull(sample.mem_available) }));
  const guests: GuestHistory[] = test.guests.map((guest: Json) => ({ id: guest.name, samples: guest.samples.map(readingOf) }));
  const { ok, targets } = evaluate(flavour, host, guests);
  const rows = guests.map(({ id }) => {
    const raw = targets.get(id);
    return [id, raw === undefined ? null : { raw, applied_kB: Math.trunc(raw) }];
  });
  return { evaluateOk: ok, targets: Object.fromEntries(rows) };
}

function readingOf(sample: Json): GuestHistory["samples"][number] {
  return {
    currentKb: orNull(sample.balloon_cur),
    unusedKb: orNull(sample.mem_unused),
    minimumKb: orNull(sample.balloon_min),
    maximumKb: orNull(sample.balloon_max),
  };
}

function ksm(variant: string, test: Json): unknown {
  const flavour = KSM_FLAVOURS[variant];
  if (flavour === undefined) return undefined;
  const host: KsmReading[] = test.host.map((sample: Json) => ({
    freeKb: orNull(sample.mem_free),
    totalKb: orNull(sample.mem_available),
    shareableKb: orNull(sample.ksm_shareable),
    pagesToScan: orNull(sample.ksm_pages_to_scan),
    pagesShared: orNull(sample.ksm_pages_shared),
    mergeAcrossNodes: orNull(sample.ksm_merge_across_nodes),
  }));
  const { ok, controls } = evaluateKsm(flavour, host);
  const names = {
    mergeAcrossNodes: "ksm_merge_across_nodes",
    run: "ksm_run",
    sleepMs: "ksm_sleep_millisecs",
    pagesToScan: "ksm_pages_to_scan",
  };
  const rows = Object.entries(controls).map(([key, value]) => [names[key as keyof typeof names], value]);
  return { evaluateOk: ok, controls: Object.fromEntries(rows) };
}

function orNull(value: number | null | undefined): number | null {
  return value ?? null;
}
