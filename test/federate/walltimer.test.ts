/** The clock that all processes of a run share. */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { builtPath } from "../../lib/built.ts";

const PROCESSES = 5;
const LOOKS = 100;
const APART_MS = 2;

test("every process has the host's time, however busy the machine was when it started", () => {
  const script = `
    const { unixMs } = await import(${JSON.stringify(builtPath("lib/federate/walltimer.js"))});
    const looks = Array.from({ length: ${LOOKS} }, () => Date.now() - unixMs());
    console.log(Math.max(...looks));`;
  for (let i = 0; i < PROCESSES; i++) {
    const ahead = Number(execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" }));
    expect(Math.abs(ahead)).toBeLessThan(APART_MS);
  }
});
