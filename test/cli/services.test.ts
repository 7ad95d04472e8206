/** The services alone, as docker compose starts them, and what becomes of them when their conductor is killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Broker, startNatsServer } from "../../lib/bus/server.ts";
import { root } from "../../scripts/common.mjs";
import { setup } from "../../scripts/setup.mjs";

const out = mkdtempSync(join(tmpdir(), "aerostat-services-"));
const children: ChildProcess[] = [];
let broker: Broker;
beforeAll(async () => {
  await setup();
  broker = await startNatsServer();
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await broker.stop();
  rmSync(out, { recursive: true, force: true });
});

function service(run: string, ...words: string[]) {
  const all = [
    join(root, "dist/cli/main.js"),
    words[0] as string,
    "--nats",
    broker.url,
    "--keys",
    broker.keys as string,
    "--run",
    run,
    ...words.slice(1),
  ];
  const child = spawn(process.execPath, all, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const said = { child, text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text) => {
      said.text += text;
    });
  }
  return said;
}

async function status(run: string): Promise<string> {
  const asked = service(run, "status");
  await once(asked.child, "exit");
  return asked.text;
}

test("kill -9 of the conductor: every process ends with a clear message, and what was recorded is kept as incomplete", async () => {
  const run = "headless";
  const conductor = service(run, "conductor", "scenarios/small.yaml", "--out", out, "--speed", "0.1");
  const roles = ["hypervisor", "monitor", "guest", "guest", "guest"];
  const others = roles.map((role) => service(run, role, ...(role === "monitor" ? ["--http", "127.0.0.1:0"] : [])));
  const running = async (): Promise<string> => {
    for (let tries = 0; tries < 60; tries++) {
      const text = await status(run);
      if (/^running, wall clock, at 0:\d\d of 0:20 /m.test(text)) return text;
      await delay(500);
    }
    throw new Error(`it does not run:\n${others.map(({ text }) => text).join("\n")}`);
  };
  // Each VM is the last word of its process's line.
  expect(await running()).toMatch(/^guest +guest-\S+ .* busy-01$/m);
  await delay(2_000);
  conductor.child.kill("SIGKILL");
  for (const { child, text } of others) {
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    expect(child.exitCode, text).toBe(1);
  }
  for (const { text } of others) expect(text).toMatch(/^aerostat: AERO_E_SILENT: the conductor has not answered for 30 s/m);
  const folder = join(out, readdirSync(out)[0] as string);
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  expect(manifest).toMatchObject({ complete: false, speed: 0.1, reason: expect.stringMatching(/^the conductor has not answered/) });
  expect(manifest.endedAt).not.toBe("");
  expect(manifest.command.join(" ")).toBe("npx aerostat run scenarios/small.yaml --seed 7 --bus nats --clock wall --speed 0.1");
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(["samples.parquet", "services.parquet", "report.html"]));
  expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("Incomplete: the conductor has not answered");
}, 120_000);

test("a monitor that can not listen says so before it takes its place, and one without a server says what it waits for", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const taken = service("nobody", "monitor", "--http", `127.0.0.1:${(holder.address() as AddressInfo).port}`);
  const alone = service("nobody", "monitor", "--http", "127.0.0.1:0", "--nats", "nats://127.0.0.1:9");
  await once(taken.child, "exit");
  expect(taken.child.exitCode).toBe(2);
  expect(taken.text).toMatch(/AERO_E_INPUT: the monitor's HTTP server can not listen/);
  expect(taken.text).not.toContain("waiting");
  while (!alone.text.includes("waiting for the NATS server at nats://127.0.0.1:9")) await delay(100);
  alone.child.kill("SIGTERM");
  holder.close();
}, 30_000);
