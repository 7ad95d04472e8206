/** A thread that runs the variants it is handed, one after the other. */
import { parentPort } from "node:worker_threads";
import { AerostatError, type ErrorCode } from "../../lib/errors.ts";
import { type Run, runOne, type Variant } from "./one.ts";

export type Answer = { readonly run: Run } | { readonly code: ErrorCode; readonly message: string };

parentPort?.on("message", async (variant: Variant) => parentPort?.postMessage(await answer(variant)));

async function answer(variant: Variant): Promise<Answer> {
  try {
    return { run: (await runOne(variant)) as Run };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: error instanceof AerostatError ? error.code : "AERO_E_ACTOR", message };
  }
}
