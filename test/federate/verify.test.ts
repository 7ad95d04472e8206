import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { TOY_VERSION, toyCast, toyScenario } from "../../bench/toy.ts";
import type { Actor } from "../../lib/engine/actor.ts";
import { Interrupted } from "../../lib/errors.ts";
import type { Conduct } from "../../lib/federate/conduct.ts";
import type { Cast } from "../../lib/federate/run.ts";
import { type VerifyOptions, type VerifyProgress, verifyScenario } from "../../lib/federate/verify.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { runConductor } from "../../services/conductor/main.ts";
import { allFaults } from "./faults.ts";
import { quiet } from "./harness.ts";

const S = 1e9;
const entry = fileURLToPath(new URL("../../dist/bench/process.js", import.meta.url));
const given = {
  cast: toyCast,
  conduct: runConductor,
  version: TOY_VERSION,
  log: quiet,
  entry,
  guestsPerProcess: 2,
} satisfies Partial<VerifyOptions>;

/** vm-02 oversleeps its step at 5 s by a microsecond: but only in this process. */
function sleepyCast(scenario: Scenario): Cast {
  const cast = toyCast(scenario);
  return (entry) => (incarnation) => {
    const actor = cast(entry)(incarnation);
    if (entry.name !== "vm-02") return actor;
    const wake: Actor["wake"] = (timer, data, context) => {
      if (context.nowNs === 5 * S && data === 0) context.after(1000, timer, 1);
      else Object.getPrototypeOf(actor).wake.call(actor, timer, data, context);
    };
    return Object.assign(actor, { wake });
  };
}

describe("verify, with real processes", () => {
  it("finds one digest in all four forms, under every fault", async () => {
    const forms = new Set<string>();
    const report = await verifyScenario({
      ...given,
      scenario: toyScenario(4, 12 * S, allFaults),
      onProgress: ({ form }) => forms.add(form),
    });
    expect(report).toMatchObject({ equal: true, skipped: [] });
    expect(report.forms.map(({ processes }) => processes)).toEqual([0, 6, 4, 4]);
    expect(new Set(report.forms.map(({ digest }) => digest)).size).toBe(1);
    expect(forms.size).toBeGreaterThanOrEqual(3);
  });

  it("names the first event that differs", async () => {
    const report = await verifyScenario({ ...given, cast: sleepyCast, scenario: toyScenario(3, 8 * S) });
    expect(report.equal).toBe(false);
    expect(report.differs?.form).toMatch(/one process per actor/);
    expect(report.differs?.actors).toContain("vm-02");
    expect(report.differs?.first).toMatchObject({ timeNs: 5 * S + 1000, actor: "vm-02" });
    expect(report.differs?.first?.here).toMatch(/^5000001000 timer:step\(1\)/);
  });

  it("is interrupted where its user stops it, which is no error", async () => {
    const stop = new AbortController();
    const onProgress = ({ form }: VerifyProgress): void => void (form !== "one process" && stop.abort());
    const stopped = verifyScenario({ ...given, scenario: toyScenario(2, 8 * S), signal: stop.signal, onProgress });
    await expect(stopped).rejects.toThrow(Interrupted);
  });

  it("says what kept the server from starting again, and gives the form up", async () => {
    const folder = mkdtempSync(join(tmpdir(), "verify-test-"));
    vi.stubEnv("TMPDIR", folder);
    const conduct: Conduct = ({ milestone, ...options }) => {
      const reached = (): void => {
        rmSync(folder, { recursive: true, force: true });
        milestone?.reached();
      };
      return runConductor({ ...options, ...(milestone === undefined ? {} : { milestone: { ...milestone, reached } }) });
    };
    try {
      const failed = verifyScenario({ ...given, conduct, scenario: toyScenario(2, 8 * S) });
      await expect(failed).rejects.toMatchObject({ code: "AERO_E_NATS", message: expect.stringContaining("ended before it listened") });
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
