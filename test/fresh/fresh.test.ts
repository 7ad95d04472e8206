/** The two commands of the README in a container of Debian, Node and npm alone: from a clone to a report, and to the tests passed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/common.mjs";
import { command, docker, engineProblem, succeeds } from "../docker/engine.ts";
import { imageProblem } from "../docker/images.ts";
import { LABEL } from "../docker/standins.ts";

const IMAGE = "node:24-bookworm-slim";
const MINUTE_MS = 60_000;

async function problem(): Promise<string | undefined> {
  if (!(await succeeds(["git", "-C", root, "rev-parse", "HEAD"]))) return "this is no git repository to clone";
  return (await engineProblem()) ?? (await imageProblem(IMAGE));
}

const missing = await problem();
if (missing !== undefined) test("a fresh machine", ({ skip }) => skip(missing));
else describe("a fresh machine", freshMachine);

function freshMachine(): void {
  const folder = mkdtempSync(join(tmpdir(), "aerostat-fresh-"));
  let machine = "";
  const run = (words: readonly string[], limitMs: number): Promise<string> =>
    docker(["exec", "--workdir", "/root/aerostat", machine, ...words], { limitMs });

  beforeAll(async () => {
    await command(["git", "clone", "--quiet", "--no-hardlinks", root, join(folder, "aerostat")]);
    machine = (await docker(["run", "--detach", "--label", LABEL, IMAGE, "sleep", "3600"])).trim();
    await docker(["cp", join(folder, "aerostat"), `${machine}:/root/aerostat`]);
  }, 2 * MINUTE_MS);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    if (machine !== "") await docker(["rm", "--force", "--volumes", machine]);
  }, MINUTE_MS);

  test("has nothing of what the project needs", async () => {
    expect(await run(["sh", "-c", "ls -d node_modules dist; command -v nats-server tsc git chromium; true"], MINUTE_MS)).toBe("");
  });

  test(
    "npm start installs, builds, plays, and leaves a report",
    async () => {
      const said = await run(["npm", "start", "--", "--speed", "16"], 8 * MINUTE_MS);
      const report = /^report +(\S+report\.html)$/m.exec(said)?.[1] as string;
      expect(await run(["head", "-c", "15", report], MINUTE_MS)).toMatch(/^<!doctype html>/i);
    },
    9 * MINUTE_MS,
  );

  // The long ones have run on this very machine a moment ago, and `npm start` has just been played.
  test(
    "npm test: all pass that are not long",
    async () => {
      const lines = (await run(["npm", "test", "--", "--project", "machine", "--project", "code"], 15 * MINUTE_MS)).trim().split("\n");
      expect(lines.at(-1)).toMatch(/^\d{3,} passed, 0 failed/);
    },
    16 * MINUTE_MS,
  );
}
