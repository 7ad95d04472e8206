/** The lag of the services that are no actors with timers: measured, and told to the monitor's actor as telemetry. */
import { expect, test } from "vitest";
import { compose } from "../../cli/compose.ts";
import { CONDUCTOR, MONITOR } from "../../lib/engine/actor.ts";
import { runLocalWall } from "../../lib/federate/local.ts";
import { TickLag } from "../../lib/federate/ticklag.ts";
import { loadScenario } from "../../lib/scenario/load.ts";
import type { ServiceSample } from "../../lib/wire/messages.ts";
import { summarise } from "../../services/monitor/summary.ts";

test("the worst delay of a tick since it was asked last", () => {
  const lag = new TickLag(100);
  for (const nowMs of [1000, 1101, 1231, 1332]) lag.tick(nowMs);
  expect(lag.takeNs()).toBe(30e6);
  expect(lag.takeNs()).toBe(0);
  lag.tick(1433);
  expect(lag.takeNs()).toBe(1e6);
});

test("a process that stands still for 200 ms has that lag on record, in model time", async () => {
  const { scenario } = await loadScenario("scenarios/small.yaml");
  const samples: ServiceSample[] = [];
  const short = { ...scenario, durationNs: 10e9 };
  const { cast, monitor } = compose(short, { record: (message) => void (message.kind === "serviceSample" && samples.push(message.body)) });
  let stood = false;
  const onProgress = ({ nowNs }: { nowNs: number }): void => {
    if (stood || nowNs < 3e9) return;
    stood = true;
    const untilMs = performance.now() + 200;
    while (performance.now() < untilMs);
  };
  await runLocalWall({ scenario: short, cast, speed: 2, onProgress });
  for (const service of [MONITOR, CONDUCTOR]) {
    const own = samples.filter((sample) => sample.service === service);
    expect(own.length).toBeGreaterThanOrEqual(1);
    // The one that stood still is late itself, or the ticker beside it, by what is left of its period.
    expect(Math.max(...own.map(({ lagNs }) => lagNs))).toBeGreaterThan(service === MONITOR ? 2 * 90e6 : 0);
  }
  const { lag, telemetry } = summarise(monitor.aggregator);
  for (const service of ["guest", "hypervisor", "monitor", "conductor"] as const) expect(lag[service]?.count).toBeGreaterThan(0);
  expect(telemetry).toMatchObject({ lost: 0, refused: 0 });
});
