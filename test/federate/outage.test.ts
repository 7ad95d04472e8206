import { expect, test } from "vitest";
import { loadChecked } from "../../cli/loading.ts";
import { leaseNotes } from "../../lib/federate/outage.ts";
import { guestConfig, scenarioOf } from "../hypervisor/world.ts";

const notes = (leaseS: number, speed: number): string[] => {
  const scenario = scenarioOf([guestConfig("a")]);
  return leaseNotes({ host: { ...scenario.host, leaseNs: leaseS * 1e9 }, speed });
};

test("a lease that an ordinary restart outlives at this speed is told, with one that would do", () => {
  expect(notes(10, 4)).toEqual([]);
  expect(notes(10, 5)).toEqual([]);
  expect(notes(10, 8)).toEqual([expect.stringMatching(/at speed 8 only 1\.3 s of the host's clock: .* a lease of 16s outlives it/)]);
});

test("before a run on the wall clock over a bus, not in virtual time nor in one process", async () => {
  const told = async (clock: string, bus: string): Promise<string> => {
    const texts: string[] = [];
    const out = { isTTY: false, write: (text: string) => void texts.push(text) };
    await loadChecked("scenarios/small.yaml", { set: [], speed: 50, clock, bus }, { stdout: out, stderr: out, env: {} });
    return texts.join("");
  };
  expect(await told("wall", "nats")).toMatch(/^note: host\.lease is 5 s of model time, at speed 50 only 0\.1 s/);
  expect([await told("virtual", "nats"), await told("wall", "memory")]).toEqual(["", ""]);
});
