import { describe, expect, test } from "vitest";
import { reportLines } from "../../cli/commands/verify.ts";
import { findNatsServer } from "../../lib/bus/server.ts";
import type { VerifiedForm } from "../../lib/federate/verify.ts";
import { aerostat } from "./helpers.ts";

const form = (name: string, digest: string, processes: number): VerifiedForm => ({
  name,
  digest,
  digests: new Map([[2, digest]]),
  wallS: 1.25,
  eventsRun: 10,
  processes,
  windows: processes,
});

describe("verify", () => {
  test("shows the forms side by side, and says what was left out", () => {
    const forms = [form("one process", "aa", 0), form("many", "bb", 5)];
    expect(reportLines({ forms, skipped: ["restart: the server is not ours"], equal: false })).toEqual([
      "form         digest  processes  windows  events  seconds",
      "one process      aa          -        -      10      1.3",
      "many             bb          5        5      10      1.3",
      "skipped: restart: the server is not ours",
      "",
      "NOT EQUAL",
    ]);
  });

  test.skipIf(findNatsServer() === undefined)("gives one digest in every form, as JSON", async () => {
    const { code, stdout } = await aerostat("verify", "scenarios/small.yaml", "--json", "--set", "duration=4s");
    const report = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(report).toMatchObject({ equal: true, skipped: [] });
    expect(report.forms).toHaveLength(4);
    expect(new Set(report.forms.map((each: { digest: string }) => each.digest))).toEqual(new Set([report.digest]));
  });
});
