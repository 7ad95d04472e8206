/** The real Dockerfile and docker-compose.yml, run by a real engine: up, scaled, hurt in every way, and down. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from "vitest";
import { root } from "../../scripts/common.mjs";
import { readTable } from "../../services/monitor/results/read.ts";
import { docker } from "./engine.ts";
import { interruptions } from "./interruptions.ts";
import { BUILD_LIMIT_MS, manifestOf, PROJECT, Project } from "./project.ts";
import { requirements } from "./requirements.ts";
import { boots, heard, leases, type State } from "./state.ts";

const DASHBOARD = join(root, "deploy/observability/grafana/dashboards/aerostat.json");
const ready = await requirements();
if (typeof ready === "string") test("containers", ({ skip }) => skip(ready));
else describe("docker compose", () => steps(new Project(PROJECT, ready.client)));

function expressions(): string[] {
  const { panels } = JSON.parse(readFileSync(DASHBOARD, "utf8")) as { panels: { targets: { expr: string }[] }[] };
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
}

/** How many series Prometheus has for an expression now; a filter at its end may leave none of them. */
async function seriesOf(expression: string): Promise<number> {
  const unfiltered = expression.replace(/ > 0$/, "");
  const url = `http://127.0.0.1:9090/api/v1/query?query=${encodeURIComponent(unfiltered)}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    .then((response) => response.json())
    .catch(() => undefined);
  return (answer as { data?: { result?: unknown[] } } | undefined)?.data?.result?.length ?? 0;
}

function steps(project: Project): void {
  const folder = mkdtempSync(join(tmpdir(), "aerostat-compose-"));
  let broken = false;
  const inImage = (script: string): Promise<string> => docker(["run", "--rm", "--entrypoint", "/bin/sh", "aerostat", "-c", script]);

  beforeAll(async () => {
    await project.down();
    await project.compose(["build"], { limitMs: BUILD_LIMIT_MS });
    await project.up(1);
  }, BUILD_LIMIT_MS);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await project.down();
  }, BUILD_LIMIT_MS);
  beforeEach(({ skip }) => {
    if (broken) skip("an earlier step failed");
    onTestFailed(() => {
      broken = true;
    });
  });

  test("the image: a user without rights, no tool that builds or fetches, small", async () => {
    const [image] = JSON.parse(await docker(["image", "inspect", "aerostat"])) as { Size: number; Config: Record<string, unknown> }[];
    expect(image?.Config).toMatchObject({ User: "node", StopSignal: "SIGTERM", Healthcheck: { Test: expect.arrayContaining(["node"]) } });
    expect(image?.Size).toBeLessThan(300e6);
    expect((await inImage("id -u")).trim()).toBe("1000");
    expect(await inImage("for tool in npm npx corepack cc make git curl wget; do command -v $tool; done; true")).toBe("");
    expect(await inImage("cd node_modules && ls -d typescript vitest protobufjs-cli @biomejs 2>/dev/null; true")).toBe("");
  });

  test("up: the classic scenario with its 16 VMs", async () => {
    const { live } = await project.until("16 leases", leases(16), 120_000);
    expect(live).toMatchObject({ scenario: "classic", host: { machinePages: 8_388_608, epoch: 1 } });
    const names = live.vms.filter((vm) => vm.seen).map((vm) => vm.name);
    expect(names).toEqual(["day", "night", "cache", "small"].flatMap((group) => [1, 2, 3, 4].map((i) => `${group}-0${i}`)));
    expect((await project.get("/")).headers.get("content-type")).toMatch(/^text\/html/);
    for (const service of ["conductor", "hypervisor", "monitor", "guest"]) {
      const { id } = await project.first(service);
      expect((await docker(["exec", id, "node", "deploy/container/health.mjs"])).trim()).toBe("healthy");
    }
  });

  test("scaled to 50 while it runs: each container is a VM", async () => {
    await project.up(1, 50);
    const booted = ({ live }: State): number => live.vms.filter((vm) => vm.seen && vm.boots > 0).length;
    // A VM has its lease when it says hello, and has booted some seconds later.
    await project.until("50 VMs that have booted", (state) => leases(50)(state) && booted(state) === 50, 180_000);
  });

  test("a guest that is paused for longer than its lease is fenced, and boots anew", async () => {
    const { id } = await project.first("guest");
    const before = boots(await project.state());
    await project.pause(id);
    await project.until("49 leases", leases(49));
    await docker(["unpause", id]);
    await project.until("50 leases, and another boot", (state) => leases(50)(state) && boots(state) > before);
  });

  test("a guest that is cut off from the network loses its lease, and comes back", async () => {
    const { id } = await project.first("guest");
    await docker(["network", "disconnect", `${project.name}_bus`, id]);
    await project.until("49 leases", leases(49));
    await docker(["network", "connect", `${project.name}_bus`, id]);
    await project.until("50 leases", leases(50));
  });

  test("scaled back to 16: guests leave by SIGTERM with exit code 0, and the run goes on", async () => {
    const last = (await project.containers("guest")).at(-1);
    await docker(["stop", "--time", "20", last?.id as string]);
    expect((await project.containers("guest")).at(-1)).toMatchObject({ running: false, exitCode: 0 });
    await project.up(1, 16);
    await project.until("16 leases", leases(16), 90_000);
    expect((await project.containers("guest")).length).toBe(16);
  });

  test("kill -9 of a guest: its pages come back; started again, it is a VM again", async () => {
    const { id } = await project.kill("guest");
    await project.until("15 leases", leases(15));
    expect(await project.first("guest")).toMatchObject({ running: false, exitCode: 137 });
    await docker(["start", id]);
    await project.until("16 leases", leases(16));
  });

  test("kill -9 of the hypervisor: the next one takes over the VMs as they are", async () => {
    const { id } = await project.kill("hypervisor");
    const before = boots(await project.state());
    await docker(["start", id]);
    const after = await project.until("the next epoch", (state) => leases(16)(state) && state.live.host.epoch === 2);
    expect(boots(after)).toBe(before);
  });

  test("kill -9 of the monitor: it takes up its own record", async () => {
    const before = await project.state();
    const { id } = await project.kill("monitor");
    await docker(["start", id]);
    const after = await project.until("it goes on", (state) => leases(16)(state) && state.live.nowNs > before.live.nowNs);
    expect(after.telemetry.messages.guestSample).toBeGreaterThanOrEqual(before.telemetry.messages.guestSample);
    expect(after.live.host.epoch).toBe(2);
  });

  test("kill -9 of NATS: everybody connects again", async () => {
    const { id } = await project.kill("nats");
    await docker(["start", id]);
    const { live } = await project.state();
    await project.until("the run goes on", (state) => leases(16)(state) && state.live.nowNs > live.nowNs + 5e9);
  });

  interruptions(project, 16);

  test("Prometheus has every series that the dashboard asks for", async () => {
    await project.compose(["--profile", "observability", "up", "--detach", "--no-deps", "prometheus"], { env: { AEROSTAT_SPEED: "1" } });
    await expect.poll(() => Promise.all(expressions().map(seriesOf)), { timeout: 90_000, interval: 2000 }).not.toContain(0);
  });

  test("a crash that is injected is a crash of the container, which the engine starts again", async () => {
    const before = await project.until("all are heard", heard(16));
    // Which VMs of the 64 the containers play depends on who came back first.
    const { name: victim } = before.live.vms.find(({ seen, silentNs }) => seen && silentNs === 0) as { name: string };
    await project.compose(["run", "--rm", "operator", "inject", "crash", victim, "--for", "3s"]);
    const vm = (state: State): number => state.live.vms.find(({ name }) => name === victim)?.boots ?? 0;
    await project.until(`${victim} boots`, (state) => leases(16)(state) && vm(state) > vm(before));
    expect((await project.containers("guest")).reduce((sum, { restarts }) => sum + restarts, 0)).toBe(1);
  });

  test("kill -9 of the conductor ends the run; the next conductor finds everybody waiting, and its run is whole", async () => {
    await project.kill("conductor");
    await expect.poll(async () => (await project.first("monitor")).restarts, { timeout: 90_000, interval: 1000 }).toBeGreaterThan(0);
    await project.up(12);
    const ended = async (): Promise<boolean> => !(await project.first("conductor")).running;
    await project.until("16 leases", leases(16), 90_000);
    await expect.poll(ended, { timeout: 120_000, interval: 1000 }).toBe(true);
    await expect.poll(async () => (await project.containers("guest")).some(({ running }) => running), { timeout: 30_000 }).toBe(false);
    for (const service of ["conductor", "hypervisor", "monitor", "guest"]) {
      const codes = (await project.containers(service)).map(({ exitCode }) => exitCode);
      expect([service, new Set(codes)]).toEqual([service, new Set([0])]);
    }
  });

  test("what was recorded: of the killed run what there was, of the whole run every table; a report of both", async () => {
    const [killed, whole] = await project.runs(folder);
    const silent = expect.stringMatching(/^the conductor has not answered/);
    expect(manifestOf(killed as string)).toMatchObject({ complete: false, reason: silent, scenario: "classic" });
    const hurt = (await readTable(killed as string, "events", ["kind"])).map(({ kind }) => kind);
    expect(hurt).toContain("fault");
    for (const run of [killed, whole]) expect(existsSync(join(run as string, "report.html"))).toBe(true);
    expect(manifestOf(whole as string)).toMatchObject({ complete: true, reason: "", clock: "wall", bus: "nats", scenario: "classic" });
    const samples = await readTable(whole as string, "samples", ["vm"]);
    expect(new Set(samples.map(({ vm }) => vm)).size).toBe(16);
    expect((await readTable(whole as string, "events", ["kind"])).filter(({ kind }) => kind === "boot").length).toBeGreaterThanOrEqual(16);
  });

  test("stopped by SIGTERM: the conductor says that it was interrupted, and the monitor writes what there is", async () => {
    await project.up(4);
    await project.until("16 leases", leases(16), 120_000);
    await project.stop();
    expect(await project.first("conductor")).toMatchObject({ running: false, exitCode: 130 });
    for (const service of ["hypervisor", "monitor", "guest"]) {
      expect(new Set((await project.containers(service)).map(({ exitCode }) => exitCode))).toEqual(new Set([0]));
    }
    rmSync(join(folder, "runs"), { recursive: true, force: true });
    const last = (await project.runs(folder)).at(-1) as string;
    expect(manifestOf(last)).toMatchObject({ complete: false, reason: "it was interrupted" });
    expect(existsSync(join(last, "report.html"))).toBe(true);
  });
}
