import { readFileSync } from "node:fs";
import { request, Server } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { FIRST_GUEST, HYPERVISOR } from "../../lib/engine/actor.ts";
import { Random } from "../../lib/engine/random.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { Aggregator } from "../../services/monitor/aggregate/aggregator.ts";
import { type HttpServer, startHttp } from "../../services/monitor/http.ts";
import { liveView } from "../../services/monitor/live.ts";
import { METRICS } from "../../services/monitor/metrics.ts";
import { FakeLinks, fakeHost, fakeSample, fakeScenario, fakeTelemetry } from "./fake.ts";

const RUN = { id: "fake-1", clock: "wall", bus: "nats", version: "0.1.0" };
const servers: HttpServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serving(scenario = fakeScenario()): Promise<{ server: HttpServer; aggregator: Aggregator }> {
  const aggregator = new Aggregator(scenario);
  for (const message of fakeTelemetry(scenario)) if (aggregator.admit(message) >= 0) aggregator.take(message);
  const server = await startHttp();
  server.show({ aggregator, run: RUN });
  servers.push(server);
  return { server, aggregator };
}

/** Metrics as name{labels} -> value. */
function parsed(text: string): ReadonlyMap<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))] as const));
}

describe("the monitor's HTTP server", () => {
  it("tells of every error of its socket, and goes on", async () => {
    const listen = vi.spyOn(Server.prototype, "listen");
    const told: unknown[] = [];
    const server = await startHttp({ onError: (error) => told.push(error) });
    server.show({ aggregator: new Aggregator(fakeScenario()), run: RUN });
    servers.push(server);
    const inner = listen.mock.contexts[0] as Server;
    listen.mockRestore();
    const errors = [1, 2, 3].map((n) => new Error(`accept EMFILE ${n}`));
    for (const error of errors) inner.emit("error", error);
    expect(told).toEqual(errors);
    expect((await fetch(`${server.url}healthz`)).status).toBe(200);
  });

  it("serves the run's state as JSON", async () => {
    const { server, aggregator } = await serving();
    const answer = await fetch(`${server.url}api/state`);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    const state = (await answer.json()) as Record<string, unknown>;
    expect(state).toMatchObject({ run: RUN, condition: "running", live: liveView(aggregator), events: { boot: 4, "oom-kill": 1 } });
    expect(state.telemetry).toMatchObject({ lost: 0, refused: 0, gapsSeen: 0, messages: { guestSample: 480, hostSample: 120 } });
  });

  it("says that it lives", async () => {
    const { server } = await serving();
    const answer = await fetch(`${server.url}healthz?x=1`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: "ok", condition: "running" });
  });

  it("serves metrics whose figures are the aggregates', with every documented name", async () => {
    const { server, aggregator } = await serving();
    const answer = await fetch(`${server.url}metrics`);
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const values = parsed(await answer.text());
    const vm = aggregator.guests[1];
    expect(values.get('aerostat_vm_memory_bytes{vm="vm-02",kind="balloon"}')).toBe((vm?.latest?.balloonPages ?? 0) * 4096);
    expect(values.get('aerostat_vm_swap_in_bytes_total{vm="vm-02"}')).toBe((vm?.total.swapInPages ?? 0) * 4096);
    expect(values.get('aerostat_host_state{state="high"}')).toBe(1);
    expect(values.get('aerostat_events_total{kind="oom-kill"}')).toBe(1);
    expect(values.get("aerostat_run_time_seconds")).toBeCloseTo(120.0001, 6);
    for (const metric of METRICS) expect([...values.keys()].some((key) => key.split("{")[0] === metric.name)).toBe(true);
    // Asked again, counters do not add up twice.
    expect(parsed(await (await fetch(`${server.url}metrics`)).text())).toEqual(values);
  });

  it("has no series of who is silent but for how long it is, and goes on where it is heard again", async () => {
    const { server, aggregator } = await serving(fakeScenario({ guests: 2, seconds: 4 }));
    const links = new FakeLinks();
    const random = new Random(1, "fake", "silence");
    const tell = (atS: number, actor: number): void => {
      const atNs = atS * SECOND_NS;
      const message =
        actor === HYPERVISOR
          ? links.message(actor, "hostSample", atNs, fakeHost(aggregator.scenario, 0.5, atS), 2)
          : links.message(actor, "guestSample", atNs, fakeSample(0.5, 0, random), 2);
      expect(aggregator.admit(message)).toBe(0);
      aggregator.take(message);
    };
    const silences = ["host_silent_seconds", 'vm_silent_seconds{vm="vm-01"}', 'vm_silent_seconds{vm="vm-02"}'];
    const seen = async () => {
      const values = parsed(await (await fetch(`${server.url}metrics`)).text());
      const of = (pattern: RegExp): number => [...values.keys()].filter((key) => pattern.test(key)).length;
      const silentS = silences.map((name) => Math.round(values.get(`aerostat_${name}`) as number));
      return { silentS, series: [of(/^aerostat_host_/), of(/vm="vm-01"/), of(/vm="vm-02"/)], values };
    };
    const { silentS, series, values: before } = await seen();
    expect(silentS).toEqual([0, 0, 0]);
    expect(Math.min(...series)).toBeGreaterThan(15);
    // vm-01 alone goes on.
    for (let atS = 5; atS <= 9; atS++) tell(atS, FIRST_GUEST);
    expect(await seen()).toMatchObject({ silentS: [5, 0, 5], series: [1, series[1], 1] });
    tell(10, HYPERVISOR);
    tell(10, FIRST_GUEST + 1);
    const { values: after, ...back } = await seen();
    expect(back).toEqual({ silentS, series });
    const counter = 'aerostat_vm_operations_total{vm="vm-02"}';
    expect(after.get(counter)).toBeGreaterThan(before.get(counter) as number);
  });

  it("bounds its label values: VMs beyond the first 256 have no series", async () => {
    const { server } = await serving(fakeScenario({ guests: 300, seconds: 2 }));
    const values = parsed(await (await fetch(`${server.url}metrics`)).text());
    expect([...values.keys()].filter((key) => key.startsWith("aerostat_vm_actual_bytes")).length).toBe(256);
    expect(values.get("aerostat_vms_without_series")).toBe(44);
  });

  it("answers before anything was heard", async () => {
    const server = await startHttp();
    servers.push(server);
    for (const path of ["", "api/state", "metrics", "healthz"]) expect((await fetch(`${server.url}${path}`)).status).toBe(503);
    server.show({ aggregator: new Aggregator(fakeScenario()), run: RUN, condition: () => "starting" });
    for (const path of ["", "api/state", "metrics", "healthz"]) expect((await fetch(`${server.url}${path}`)).status).toBe(200);
    expect(parsed(await (await fetch(`${server.url}metrics`)).text()).get("aerostat_vms")).toBe(4);
  });

  it("is read-only and knows no other address", async () => {
    const { server } = await serving();
    for (const method of ["POST", "PUT", "DELETE"]) {
      const answer = await fetch(server.url, { method });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    }
    expect((await fetch(`${server.url}../etc/passwd`)).status).toBe(404);
    const head = await fetch(`${server.url}api/state`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("sends security headers, and a policy that allows its page's own script alone", async () => {
    const { server } = await serving();
    const answer = await fetch(server.url);
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-/);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("x-frame-options")).toBe("DENY");
    expect((await fetch(`${server.url}api/state`)).headers.get("content-security-policy")).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    );
  });

  it("refuses headers above 8 KiB and survives what is no HTTP", async () => {
    const { server } = await serving();
    const status = await new Promise<number>((resolve, reject) => {
      const asked = request(server.url, { headers: { "x-long": "a".repeat(10_000) } }, (response) => resolve(response.statusCode ?? 0));
      asked.on("error", reject);
      asked.end();
    });
    expect(status).toBe(431);
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, server.host, () => socket.end("\x00\xff rubbish\r\n\r\n"));
      socket.on("error", () => undefined);
      socket.on("close", () => resolve());
      socket.resume();
    });
    expect((await fetch(`${server.url}healthz`)).status).toBe(200);
  });

  it("listens on loopback, and says so when the port is taken", async () => {
    const { server } = await serving();
    expect(server.host).toBe("127.0.0.1");
    await expect(startHttp({ port: server.port })).rejects.toThrow(
      /can not listen on 127\.0\.0\.1, port \d+: another program listens there/,
    );
  });

  it("closes at once, kept-alive connections too", async () => {
    const { server } = await serving();
    await (await fetch(`${server.url}healthz`)).text();
    const from = Date.now();
    await server.close();
    expect(Date.now() - from).toBeLessThan(1_000);
    await expect(fetch(`${server.url}healthz`)).rejects.toThrow();
  });
});

describe("docs/metrics.md", () => {
  it("lists every metric with its type, labels and meaning", () => {
    const text = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
    const listed = [...text.matchAll(/^\| `(aerostat_\w+)` \| (\w+) \| (.*?) \| (.*) \|$/gm)].map(([, name, type, labels, help]) => [
      name,
      type,
      labels,
      help,
    ]);
    expect(listed).toEqual(
      METRICS.map(({ name, labels, help }) => [
        name,
        name.endsWith("_total") ? "counter" : "gauge",
        labels.map((label) => `\`${label}\``).join(", "),
        help,
      ]),
    );
  });
});
