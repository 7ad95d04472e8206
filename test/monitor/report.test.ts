import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FIRST_GUEST } from "../../lib/engine/actor.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { EventKind } from "../../lib/wire/messages.ts";
import { Aggregator } from "../../services/monitor/aggregate/aggregator.ts";
import { startHttp } from "../../services/monitor/http.ts";
import { reportData } from "../../services/monitor/report/data.ts";
import { renderReport } from "../../services/monitor/report/report.ts";
import { SeriesStore } from "../../services/monitor/report/series.ts";
import { newManifest } from "../../services/monitor/results/manifest.ts";
import { summarise } from "../../services/monitor/summary.ts";
import { FakeLinks, fakeHost, fakeScenario, fakeTelemetry } from "./fake.ts";
import { emptyFolder, FACTS } from "./folder.ts";

function made(
  scenario: Scenario,
  every = 1,
): { html: string; series: SeriesStore; data: ReturnType<typeof reportData>; aggregator: Aggregator } {
  const aggregator = new Aggregator(scenario);
  const series = new SeriesStore(scenario);
  for (const message of fakeTelemetry(scenario)) {
    if (message.sentAtNs % (every * SECOND_NS) !== 0) continue;
    if (aggregator.admit(message) >= 0) aggregator.take(message);
    if (message.kind === "guestSample") series.addGuest(message);
    if (message.kind === "hostSample") series.addHost(message);
  }
  const summary = summarise(aggregator);
  const manifest = {
    ...newManifest("fake-1", scenario, FACTS, "2024-05-06T07:08:09Z"),
    complete: false,
    reason: "interrupted <by> you",
    endNs: scenario.durationNs,
  };
  return { html: renderReport(manifest, scenario, summary, series), series, data: reportData(scenario, summary, series), aggregator };
}

describe("series", () => {
  it("keep every sample until they are full, then every pair: sums stay whole, levels are the last", () => {
    const scenario = fakeScenario({ guests: 1, seconds: 1_000 });
    const { series } = made(scenario);
    expect([series.points, series.widthNs / SECOND_NS, series.used]).toEqual([480, 4, 250]);
    const messages = [...fakeTelemetry(scenario, new FakeLinks())].flatMap((m) => (m.kind === "guestSample" ? [m.body] : []));
    const four = messages.slice(400, 404);
    expect(series.guest(0, "swapInPages")[100]).toBe(four.reduce((sum, body) => sum + body.swapInPages, 0));
    expect(series.guest(0, "intervalNs")[100]).toBe(4 * SECOND_NS);
    expect(series.guest(0, "balloonPages")[100]).toBe(four.at(-1)?.balloonPages);
    const all = messages.reduce((sum, body) => sum + body.swapOutPages, 0);
    expect(series.guest(0, "swapOutPages").reduce((sum, value) => sum + value, 0)).toBe(all);
    expect(series.host("state").length).toBe(250);
  });

  it("keep a level through a pair whose later half was not sampled", () => {
    const scenario = fakeScenario({ guests: 1, seconds: 1_000 });
    const series = new SeriesStore(scenario);
    const links = new FakeLinks();
    for (const second of [1, 500])
      series.addHost(links.message(2, "hostSample", second * SECOND_NS, { ...fakeHost(scenario, 0, second), freePages: 7 * second }));
    expect([series.widthNs / SECOND_NS, series.host("freePages")[0], series.host("freePages")[1], series.host("freePages")[249]]).toEqual([
      2, 7, 0, 3500,
    ]);
  });
});

describe("the report's data", () => {
  it("sums the VMs' memory by kind to what was promised, at every point", () => {
    const { data } = made(fakeScenario({ guests: 4 }));
    for (let i = 0; i < data.points; i++) {
      const { kernel, anonymous, clean, dirty, free, balloon } = data.all;
      const sum = [kernel, anonymous, clean, dirty, free, balloon].reduce((total, values) => total + (values[i] ?? 0), 0);
      expect(Math.abs(sum / (4 * 4096) - 1)).toBeLessThan(0.001);
    }
    expect(data.all.worstSlowdown.some((value) => (value ?? 0) > 2)).toBe(true);
    expect(data.marks.map((mark) => mark.text)).toEqual(["oom-kill vm-02 driver-stuck <vm-02>"]);
  });

  it("divides what the guests swap by their own time, whatever the host's sampling missed", () => {
    const scenario = fakeScenario({ guests: 3 });
    const aggregator = new Aggregator(scenario);
    const series = new SeriesStore(scenario);
    for (const message of fakeTelemetry(scenario)) {
      if (aggregator.admit(message) >= 0) aggregator.take(message);
      if (message.kind === "guestSample") series.addGuest(message);
      // A hypervisor that has just come back has sampled a tenth of the interval.
      if (message.kind === "hostSample") series.addHost({ ...message, body: { ...message.body, intervalNs: 0.1 * SECOND_NS } });
    }
    const { all, vms, points } = reportData(scenario, summarise(aggregator), series);
    expect(all.swapIn.some((rate) => (rate ?? 0) > 1)).toBe(true);
    for (let i = 0; i < points; i++)
      for (const flow of ["swapIn", "swapOut"] as const)
        expect(all[flow][i]).toBeCloseTo(
          vms.reduce((sum, vm) => sum + (vm[flow][i] ?? 0), 0),
          1,
        );
  });

  it("goes to the end of the run, and draws nothing of what was not heard", () => {
    const scenario = fakeScenario({ guests: 2, seconds: 60 });
    const series = new SeriesStore(scenario);
    for (const message of fakeTelemetry(scenario)) {
      if (message.kind === "guestSample" && (message.source === FIRST_GUEST || message.sentAtNs <= 30e9)) series.addGuest(message);
      if (message.kind === "hostSample" && message.sentAtNs !== 8e9 && message.sentAtNs <= 20e9) series.addHost(message);
    }
    series.cover(60e9);
    const data = reportData(scenario, summarise(new Aggregator(scenario)), series);
    expect(data.points).toBe(60);
    expect(data.host.freeMib.indexOf(null)).toBe(22);
    expect(data.host.utilisation.flatMap((value, i) => (value === null ? [i] : [])).slice(0, 3)).toEqual([7, 20, 21]);
    expect([data.vms[1]?.actual[33], data.vms[1]?.slowdown[31], data.vms[0]?.actual[59]]).toEqual([null, null, expect.any(Number)]);
    expect(data.all.balloon[59]).toBe(data.vms[0]?.balloon[59]);
  });

  it("charts 48 of 1,000 VMs, and the page stays below 4 MB", () => {
    const { html, data } = made(fakeScenario({ guests: 1_000, seconds: 60 }), 6);
    expect(data.vms.length).toBe(48);
    expect(html.length).toBeLessThan(2_000_000);
    const full = made(fakeScenario({ guests: 48, seconds: 480 }));
    expect(full.data.points).toBe(480);
    expect(full.html.length).toBeLessThan(4_000_000);
  });

  it("lets no name or text of the scenario become markup", () => {
    const { html } = made({
      ...fakeScenario({ guests: 2 }),
      name: "</script><script>alert(1)</script>",
      description: "<img src=x onerror=alert(1)>",
    });
    expect(html).not.toContain("<script>alert(1)");
    expect(html).not.toContain("<img src=x");
    expect(html).toContain("driver-stuck \\u003cvm-02>");
  });

  it("says that injected faults are not in the command that repeats the run", () => {
    const scenario = fakeScenario({ guests: 2, seconds: 8 });
    const links = new FakeLinks();
    const aggregator = new Aggregator(scenario);
    aggregator.take(links.message(1, "eventRecord", 2e9, { kind: EventKind.EVENT_KIND_FAULT, subject: 3, amount: 5e9, detail: "hang" }));
    const html = renderReport(newManifest("fake-1", scenario, FACTS, ""), scenario, summarise(aggregator), new SeriesStore(scenario));
    expect(html).toContain("without the fault that was injected");
    expect(html).toMatch(/<td[^>]*>5 s<\/td>/);
    expect(made(scenario).html).not.toContain("injected");
  });

  it("refers to nothing outside itself", () => {
    const { html } = made(fakeScenario({ guests: 2 }));
    expect(html).not.toMatch(/(src|href)="?https?:/);
    expect(html).not.toMatch(/url\(|@import/);
  });
});

const CHROMIUM = process.env.AEROSTAT_CHROMIUM ?? "/usr/bin/chromium";
const skipped = existsSync(CHROMIUM) ? "" : ` (skipped: there is no ${CHROMIUM}; AEROSTAT_CHROMIUM names another)`;

describe.skipIf(skipped !== "")(`in a browser${skipped}`, () => {
  let browser: Browser;

  beforeAll(async () => {
    const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
  });

  afterAll(async () => {
    await browser?.close();
  });

  async function opened(colorScheme: "light" | "dark" = "light"): Promise<{ page: Page; errors: string[]; requests: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme });
    const errors: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("request", (request) => requests.push(request.url()));
    return { page, errors, requests };
  }

  it.each(["light", "dark"] as const)("the report draws its charts in %s without an error or a request", async (scheme) => {
    const path = join(emptyFolder(), "report.html");
    writeFileSync(path, made(fakeScenario({ guests: 16 })).html);
    const { page, errors, requests } = await opened(scheme);
    await page.goto(`file://${path}`);
    expect(await page.getAttribute("html", "data-drawn")).toBe("13");
    expect(await page.locator("canvas").count()).toBe(13);
    const inked = await page.locator("#host-memory canvas").evaluate((canvas) => {
      const { width, height } = canvas as unknown as { width: number; height: number };
      const context = (
        canvas as unknown as {
          getContext(kind: string): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8Array } };
        }
      ).getContext("2d");
      const { data } = context.getImageData(0, 0, width, height);
      return data.filter((_, i) => i % 4 === 3).reduce((sum, alpha) => sum + (alpha > 0 ? 1 : 0), 0) / (width * height);
    });
    expect(inked).toBeGreaterThan(0.5);
    await page.selectOption("#vm", "5");
    expect(await page.locator("canvas").count()).toBe(13);
    expect(await page.locator("text=Incomplete: interrupted <by> you").count()).toBe(1);
    expect(errors).toEqual([]);
    expect(requests.length).toBe(1);
    const shots = process.env.AEROSTAT_SHOTS;
    if (shots !== undefined) await page.screenshot({ path: join(shots, `report-${scheme}.png`), fullPage: true });
    await page.close();
  });

  it("names of phases that begin at the same time stand one below the other, above the plot", async () => {
    const scenario = fakeScenario({ guests: 2, seconds: 40 });
    const [first, ...rest] = scenario.guests as [Scenario["guests"][number], ...Scenario["guests"]];
    const phases = [{ name: "another", atNs: 0 }, ...first.workload.phases];
    const path = join(emptyFolder(), "report.html");
    writeFileSync(path, made({ ...scenario, guests: [{ ...first, workload: { ...first.workload, phases } }, ...rest] }).html);
    const { page } = await opened();
    await page.addInitScript(`
      window.written = [];
      const fillText = CanvasRenderingContext2D.prototype.fillText;
      CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        if (this.canvas.closest("#host-queue")) window.written.push([text, x, y]);
        return fillText.apply(this, arguments);
      };`);
    await page.goto(`file://${path}`);
    const written = (await page.evaluate("window.written")) as [string, number, number][];
    const at = (name: string): [string, number, number] => written.find(([text]) => text === name) as [string, number, number];
    expect(at("another")[1]).toBe(at("calm")[1]);
    expect(Math.abs(at("another")[2] - at("calm")[2])).toBeGreaterThanOrEqual(11);
    const top = await page.evaluate("charts.live.get('host-queue').bbox.top");
    for (const name of ["another", "calm", "storm"]) expect(at(name)[2] + 11).toBeLessThanOrEqual(top as number);
    await page.close();
  });

  it("a report without data says so without an error", async () => {
    const scenario = fakeScenario({ guests: 2 });
    const path = join(emptyFolder(), "report.html");
    writeFileSync(
      path,
      renderReport(newManifest("fake-1", scenario, FACTS, ""), scenario, summarise(new Aggregator(scenario)), new SeriesStore(scenario)),
    );
    const { page, errors } = await opened();
    await page.goto(`file://${path}`);
    expect(await page.getAttribute("html", "data-drawn")).toBe("0");
    expect(errors).toEqual([]);
    await page.close();
  });

  it("the live page shows every VM, under its own security policy", async () => {
    const { aggregator } = made(fakeScenario({ guests: 16 }));
    const server = await startHttp();
    server.show({ aggregator, run: { id: "fake-1", clock: "wall", bus: "nats", version: "0.1.0" } });
    const { page, errors } = await opened();
    await page.goto(server.url);
    await page.waitForSelector("#vms tr");
    expect(await page.locator("#vms tr").count()).toBe(16);
    expect(await page.locator("#host").textContent()).toContain("state high");
    const width = await page
      .locator("#vms tr:first-child .bar span:last-child")
      .evaluate((span) => (span as unknown as { style: { width: string } }).style.width);
    expect(Number.parseFloat(width)).toBeGreaterThan(1);
    expect(errors).toEqual([]);
    const shots = process.env.AEROSTAT_SHOTS;
    if (shots !== undefined) await page.screenshot({ path: join(shots, "live.png") });
    await page.close();
    await server.close();
  });
});

describe("the report's assets", () => {
  it("are those of the installed uPlot", () => {
    const { html } = made(fakeScenario({ guests: 1, seconds: 8 }));
    const script = readFileSync(new URL("../../node_modules/uplot/dist/uPlot.iife.min.js", import.meta.url), "utf8");
    expect(html).toContain(script.slice(0, 2_000));
  });
});
