import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, copyFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import type { TelemetryMessage } from "../../services/monitor/aggregate/aggregator.ts";
import { monitorFactory } from "../../services/monitor/monitor.ts";
import { openDirectRecorder } from "../../services/monitor/results/direct.ts";
import { finaliseRun, isFinalised } from "../../services/monitor/results/finalise.ts";
import { journalsIn, MAGIC } from "../../services/monitor/results/journal.ts";
import { readManifest } from "../../services/monitor/results/manifest.ts";
import { readTable } from "../../services/monitor/results/read.ts";
import { openJournal, replayJournals } from "../../services/monitor/results/replay.ts";
import { summarise } from "../../services/monitor/summary.ts";
import { at, fakeScenario, fakeTelemetry } from "./fake.ts";
import { runFolder, WHOLE } from "./folder.ts";
import { recordUntilKilled } from "./victim.ts";

/** One start of a monitor that takes these messages and ends well. */
function journalled(folder: string, scenario: Scenario, messages: Iterable<TelemetryMessage>) {
  const { recorder, aggregator, earlier } = openJournal(folder);
  const actor = monitorFactory(scenario, recorder, aggregator)(1);
  for (const message of messages) actor.receive(message, at(message));
  recorder.close();
  return { aggregator, earlier, path: recorder.path };
}

function replayed(folder: string): { messages: TelemetryMessage[]; facts: ReturnType<typeof replayJournals> } {
  const messages: TelemetryMessage[] = [];
  const facts = replayJournals(folder, readManifest(folder).id, (message) => messages.push(message));
  return { messages, facts };
}

describe("the journal", () => {
  const scenario = fakeScenario({ guests: 3, seconds: 40 });
  const messages = [...fakeTelemetry(scenario)];

  it("gives back what was recorded, to the last bit", () => {
    const folder = runFolder(scenario);
    journalled(folder, scenario, messages);
    expect(replayed(folder)).toEqual({ messages, facts: { files: 1, records: messages.length, refused: 0, tornBytes: 0 } });
  });

  it("leaves the same summary, tables and report data as the direct recorder", async () => {
    const direct = runFolder(scenario);
    const recorder = openDirectRecorder(direct, scenario);
    const factory = monitorFactory(scenario, recorder);
    const actor = factory(1);
    for (const message of messages) actor.receive(message, at(message));
    const one = recorder.finish(factory.aggregator, WHOLE);

    const folder = runFolder(scenario);
    journalled(folder, scenario, messages);
    expect(isFinalised(folder)).toBe(false);
    const two = await finaliseRun(folder, WHOLE);
    expect(isFinalised(folder)).toBe(true);
    expect(journalsIn(folder)).toEqual([]);
    expect(two.summary).toEqual(one.summary);
    expect(readFileSync(join(folder, "summary.json"), "utf8")).toBe(readFileSync(join(direct, "summary.json"), "utf8"));
    for (const name of ["samples", "host", "actions", "events", "latency"] as const)
      expect(await readTable(folder, name)).toEqual(await readTable(direct, name));
    const data = (path: string): string =>
      /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(readFileSync(path, "utf8"))?.[1] ?? "";
    expect(data(two.reportPath).length).toBeGreaterThan(1000);
    expect(data(two.reportPath)).toBe(data(one.reportPath));
    expect(two.manifest.journals).toEqual({ files: 1, records: messages.length, refused: 0, tornBytes: 0 });
    await expect(finaliseRun(folder, WHOLE)).rejects.toThrow(/no journal/);
  });

  it("goes on after a restart: aggregates are those of one unbroken monitor, and what came while it was down is a known gap", async () => {
    const folder = runFolder(scenario);
    const [a, b] = [Math.floor(messages.length / 3), Math.floor(messages.length / 2)];
    journalled(folder, scenario, messages.slice(0, a));
    const second = journalled(folder, scenario, messages.slice(b));
    expect(second.earlier.records).toBe(a);
    const direct = monitorFactory(scenario, { record: () => undefined });
    const actor = direct(1);
    for (const message of [...messages.slice(0, a), ...messages.slice(b)]) actor.receive(message, at(message));
    expect(summarise(second.aggregator)).toEqual(summarise(direct.aggregator));
    const { summary, manifest } = await finaliseRun(folder, { ...WHOLE, complete: false, reason: "interrupted" });
    expect(summary).toEqual(summarise(direct.aggregator));
    expect(summary.telemetry.lost).toBe(b - a);
    expect(manifest).toMatchObject({ complete: false, reason: "interrupted", journals: { files: 2 } });
  });

  it("loses to a torn tail the torn record alone, wherever it is torn, and counts the bytes", () => {
    const folder = runFolder(scenario);
    const { path } = journalled(folder, scenario, messages.slice(0, 12));
    const whole = readFileSync(path);
    const ends = [MAGIC.length];
    for (let at = MAGIC.length; at < whole.length; ends.push(at)) at += 8 + whole.readUInt32LE(at);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length }), (length) => {
        writeFileSync(path, whole.subarray(0, length));
        const found = replayed(folder);
        const intact = ends.filter((end) => end <= length);
        expect(found.messages).toEqual(messages.slice(0, Math.max(0, intact.length - 1)));
        expect(found.facts.tornBytes).toBe(length - (intact.at(-1) ?? 0));
      }),
      { numRuns: 60 },
    );
  });

  it("finds a damaged record by its checksum, and takes nothing after it", () => {
    const folder = runFolder(scenario);
    const { path } = journalled(folder, scenario, messages.slice(0, 12));
    const whole = readFileSync(path);
    fc.assert(
      fc.property(fc.integer({ min: MAGIC.length, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] as number) ^ flip;
        writeFileSync(path, damaged);
        const found = replayed(folder);
        expect(found.messages).toEqual(messages.slice(0, found.messages.length));
        expect(found.messages.length).toBeLessThan(12);
        expect(found.facts.tornBytes).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
    truncateSync(path, 0);
    appendFileSync(path, "something else that is longer than the head of a journal");
    expect(() => replayed(folder)).toThrow(/not a journal of this version/);
  });

  it("of another run is refused, record by record", () => {
    const folder = runFolder(scenario);
    const other = runFolder(scenario);
    const { path } = journalled(folder, scenario, messages.slice(0, 12));
    copyFileSync(path, join(other, "journal-0001.bin"));
    expect(replayed(other).facts).toMatchObject({ records: 0, refused: 12 });
  });

  it("reads a journal longer than its chunks", () => {
    const long = fakeScenario({ guests: 20, seconds: 300 });
    const many = [...fakeTelemetry(long)];
    const folder = runFolder(long);
    const { path } = journalled(folder, long, many);
    expect(statSync(path).size).toBeGreaterThan(1024 * 1024);
    expect(replayed(folder).facts).toEqual({ files: 1, records: many.length, refused: 0, tornBytes: 0 });
  });

  it("says so when its folder is gone", () => {
    const folder = runFolder(scenario);
    const opened = openJournal(folder);
    opened.recorder.close();
    expect(() => opened.recorder.close()).toThrow(/can not be written/);
    rmSync(folder, { recursive: true });
    expect(() => openJournal(folder)).toThrow(/not the folder of a run/);
  });
});

test("results are made in slices: meanwhile a heart can beat", async () => {
  const scenario = fakeScenario({ guests: 3, seconds: 2_000 });
  const folder = runFolder(scenario);
  journalled(folder, scenario, fakeTelemetry(scenario));
  let turns = 0;
  const turn = setInterval(() => turns++, 0);
  const { manifest } = await finaliseRun(folder, WHOLE);
  clearInterval(turn);
  expect(manifest.journals?.records).toBeGreaterThan(5_000);
  expect(turns).toBeGreaterThan(2);
});

describe("kill -9", () => {
  it("loses nothing that was recorded: replay gives every message that the process said it had written", async () => {
    const scenario = fakeScenario({ guests: 3, seconds: 3_000 });
    const folder = runFolder(scenario);
    const program = compiled();
    const child = spawn(process.execPath, [program, folder], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (data: Buffer) => {
      said += data.toString();
    });
    while (said.split("\n").length < 40) await sleep(10);
    child.kill("SIGKILL");
    await once(child, "close");
    const written = Number(said.trimEnd().split("\n").at(-1));
    const { messages } = replayed(folder);
    expect(written).toBeGreaterThan(100);
    expect(messages.length).toBeGreaterThanOrEqual(written);
    expect(messages).toEqual([...fakeTelemetry(scenario)].slice(0, messages.length));
    const { manifest } = await finaliseRun(folder, { ...WHOLE, complete: false, reason: "the monitor was killed" });
    expect(manifest.files.find((file) => file.file === "samples.parquet")?.rows).toBe(
      messages.filter((m) => m.kind === "guestSample").length,
    );
  });
});

/** The victim and what it imports as one file that plain Node can run. */
function compiled(): string {
  const folder = runFolder(fakeScenario());
  const [entry, out] = [join(folder, "entry.mjs"), join(folder, "victim.mjs")];
  const here = new URL(".", import.meta.url).pathname;
  const { name } = recordUntilKilled;
  writeFileSync(entry, `import { ${name} } from ${JSON.stringify(join(here, "victim.ts"))};\nawait ${name}(process.argv[2]);\n`);
  const rolldown = join(here, "../../node_modules/.bin/rolldown");
  execFileSync(rolldown, [entry, "--platform", "node", "--format", "esm", "--external", "hdr-histogram-js", "--file", out], {
    stdio: "pipe",
  });
  return out;
}
