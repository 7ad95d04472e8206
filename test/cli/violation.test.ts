import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import type { Actor } from "../../lib/engine/actor.ts";
import { InvariantViolation } from "../../lib/errors.ts";
import { aerostat } from "./helpers.ts";

/** A guest whose memory stops adding up at its first timer. */
vi.mock("../../services/guest/guest.ts", () => {
  const broken = (): Actor => {
    let woken = false;
    return {
      start: (context) => context.after(1_500_000_000, "lose"),
      receive: () => undefined,
      wake: () => {
        woken = true;
      },
      digest: () => undefined,
      audit: () => {
        if (woken) throw new InvariantViolation("guest-memory", "kernel 1 + free 2 is not 4");
      },
    };
  };
  return { guestFactory: () => broken };
});

const out = mkdtempSync(join(tmpdir(), "aerostat-violation-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

test("a broken invariant ends the run with code 1: invariant, actor, time, and the command that repeats it", async () => {
  const words = ["run", "scenarios/small.yaml", "--out", out, "--json", "--set", "host.policy=none", "--set", "description=it's broken"];
  const { code, stdout, stderr } = await aerostat(...words);
  expect(code).toBe(1);
  expect(stderr).toContain('AERO_E_INVARIANT: invariant "guest-memory" broken: kernel 1 + free 2 is not 4');
  expect(stderr).toContain('actor "busy-01", at 1.500000 s, timer "lose"');
  expect(stderr).toContain(
    "to repeat it: npx aerostat run scenarios/small.yaml --seed 7 --set host.policy=none --set 'description=it'\\''s broken'\n",
  );
  const json = JSON.parse(stdout);
  expect(json).toMatchObject({ complete: false, digest: "", error: { code: "AERO_E_INVARIANT", invariant: "guest-memory" } });
});
