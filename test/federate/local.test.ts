import { describe, expect, it } from "vitest";
import { toyCast, toyScenario } from "../../bench/toy.ts";
import { type Actor, type ActorId, CONDUCTOR, FIRST_GUEST, HYPERVISOR, MONITOR } from "../../lib/engine/actor.ts";
import { runLocalVirtual, runLocalWall } from "../../lib/federate/local.ts";
import { endOf } from "../../lib/federate/run.ts";
import { faultOrders, newsMessage } from "../../lib/federate/schedule.ts";
import { rosterOf } from "../../lib/scenario/roster.ts";
import type { EventRecord } from "../../lib/wire/messages.ts";
import { allFaults } from "./faults.ts";

const S = 1e9;

describe("a whole run in one process", () => {
  it("in virtual time gives the same digest each time, whoever watches", async () => {
    const scenario = toyScenario(3, 60 * S, allFaults);
    const run = () => runLocalVirtual({ scenario, cast: toyCast(scenario) });
    const first = await run();
    expect(first).toMatchObject({ complete: true, nowNs: endOf(scenario) });
    expect(first.digest).toMatch(/^[0-9a-f]{16}$/);
    expect((await run()).digest).toBe(first.digest);
    let turns = 0;
    const events: ActorId[] = [];
    const watched = await runLocalVirtual({
      scenario,
      cast: toyCast(scenario),
      onProgress: () => void turns++,
      trace: (actor) => events.push(actor),
    });
    expect(watched.digest).toBe(first.digest);
    expect(new Set(events)).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  it("another seed gives another digest", async () => {
    const scenario = toyScenario(2, 2 * S);
    const other = { ...scenario, seed: 43 };
    const a = await runLocalVirtual({ scenario, cast: toyCast(scenario) });
    const b = await runLocalVirtual({ scenario: other, cast: toyCast(other) });
    expect(b.digest).not.toBe(a.digest);
  });

  it("hears what was sent at the very end", async () => {
    const scenario = toyScenario(1, 0.5 * S);
    let last = 0;
    await runLocalVirtual({ scenario, cast: toyCast(scenario), trace: (_actor, event) => (last = event.timeNs) });
    expect(last).toBeGreaterThan(scenario.durationNs);
    expect(last).toBeLessThanOrEqual(endOf(scenario));
  });

  it("ends early when it is told to, and says so", async () => {
    const scenario = toyScenario(2, 1e6 * S);
    const stop = new AbortController();
    const result = await runLocalVirtual({ scenario, cast: toyCast(scenario), signal: stop.signal, onProgress: () => stop.abort() });
    expect(result.complete).toBe(false);
    expect(result.nowNs).toBeLessThan(scenario.durationNs);
  });

  it("on the wall clock takes the time that the speed says", async () => {
    const scenario = toyScenario(2, 4 * S);
    const beganMs = performance.now();
    const result = await runLocalWall({ scenario, cast: toyCast(scenario), speed: 20 });
    const tookMs = performance.now() - beganMs;
    expect(result).toMatchObject({ complete: true, digest: "" });
    expect(result.eventsRun).toBeGreaterThan(2 * 40 * 2);
    expect(tookMs).toBeGreaterThan(199);
    expect(tookMs).toBeLessThan(900);
  });

  it("on the wall clock hears what was sent at the very end", async () => {
    const scenario = toyScenario(2, 2 * S);
    const heard: number[] = [];
    const silent = { wake: () => undefined, receive: () => undefined, start: () => undefined, digest: () => undefined };
    const last: Actor["start"] = (context) => context.after(scenario.durationNs, "last");
    const tell: Actor["wake"] = (_timer, _data, context) =>
      context.send(MONITOR, "eventRecord", { kind: 1, subject: 0, amount: 0, detail: "" });
    const listen: Actor["receive"] = (message) => void heard.push(message.source);
    await runLocalWall({
      scenario,
      speed: 10,
      cast:
        ({ role }) =>
        () =>
          role === "monitor" ? { ...silent, receive: listen } : { ...silent, start: last, wake: tell },
    });
    expect(heard.sort()).toEqual([2, 3, 4]);
  });

  it("on the wall clock ends early when it is told to, and fails with the actor's name", async () => {
    const scenario = toyScenario(2, 1000 * S);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    expect(await runLocalWall({ scenario, cast: toyCast(scenario), signal: stop.signal })).toMatchObject({ complete: false });
    const cast = toyCast(scenario);
    const bad = runLocalWall({
      scenario,
      cast: (entry) =>
        entry.id !== FIRST_GUEST
          ? cast(entry)
          : (incarnation) =>
              Object.assign(cast(entry)(incarnation), {
                audit: () => {
                  throw new Error("out of pages");
                },
              }),
    });
    await expect(bad).rejects.toThrow(/out of pages/);
  });
});

describe("the schedule of faults", () => {
  it("is in order of time, with a number of its own for each begin and end", () => {
    const scenario = toyScenario(3, 60 * S, allFaults);
    const orders = faultOrders(scenario, rosterOf(scenario));
    expect(orders.map((order) => order.atNs)).toEqual(orders.map((order) => order.atNs).sort((a, b) => a - b));
    expect(new Set(orders.map((order) => order.sequence)).size).toBe(12);
    expect(orders.find((order) => order.destination === HYPERVISOR && !order.order.active)?.atNs).toBe(7.5 * S);
  });

  it("tells the monitor of each, before the order, in words", () => {
    const scenario = toyScenario(3, 60 * S, allFaults);
    const roster = rosterOf(scenario);
    const begins = faultOrders(scenario, roster).filter(({ order }) => order.active);
    const news = begins.map((order) => newsMessage(order, roster));
    for (const [index, { atNs, sequence }] of begins.entries()) {
      expect(news[index]).toMatchObject({ source: CONDUCTOR, destination: MONITOR, sequence: sequence - 1, deliverAtNs: atNs });
    }
    expect(news.map(({ body }) => (body as EventRecord).detail)).toContain("link-delay to host-1 for 1 s");
    expect(new Set([...news, ...begins].map(({ sequence }) => sequence)).size).toBe(12);
  });

  it("names a target that does not exist", () => {
    const scenario = toyScenario(1, S, [{ atNs: 0, fault: "crash", target: "vm-9", durationNs: 0, amount: 1, delayNs: 0 }]);
    expect(() => faultOrders(scenario, rosterOf(scenario))).toThrow(/no actor "vm-9"/);
  });
});
