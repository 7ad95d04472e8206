/** A thread that runs the scenarios it is handed, one after the other. */
import { parentPort } from "node:worker_threads";
import { AerostatError, type ErrorCode } from "../../lib/errors.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { type Run, runOne } from "./one.ts";

export type Answer = { readonly run: Run } | { readonly code: ErrorCode; readonly message: string };

parentPort?.on("message", async (scenario: Scenario) => parentPort?.postMessage(await answer(scenario)));

async function answer(scenario: Scenario): Promise<Answer> {
  try {
    return { run: (await runOne(scenario)) as Run };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: error instanceof AerostatError ? error.code : "AERO_E_ACTOR", message };
  }
}
