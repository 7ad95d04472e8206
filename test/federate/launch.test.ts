import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { launchFleet } from "../../lib/federate/launch.ts";
import { processes } from "../processes.ts";
import { quiet } from "./harness.ts";

const entry = fileURLToPath(new URL("../../dist/bench/process.js", import.meta.url));

test("a password in the server's URL is in no process's arguments", async () => {
  const natsUrl = "nats://joe:secret@127.0.0.1:9";
  const fleet = launchFleet({ entry, natsUrl, run: "r", guests: 1, logLevel: "silent", log: quiet, stderr: "ignore" });
  try {
    const mine = processes().filter(({ pid }) => fleet.pids().includes(pid));
    expect(mine.map(({ command }) => / (guest|monitor|hypervisor) --run r /.exec(command)?.[1]).sort()).toEqual([
      "guest",
      "hypervisor",
      "monitor",
    ]);
    for (const { command } of mine) expect(command).not.toContain("secret");
  } finally {
    await fleet.stop();
  }
});
