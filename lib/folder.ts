/** Folders that the user names. */
import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { AerostatError } from "./errors.ts";

/**
 * Makes a folder and those above it; `fresh`: it may not be there yet. One at a time: a recursive mkdir never returns where a parent
 * takes no children but says that they do not exist, as /proc does.
 */
export function makeFolder(path: string, fresh = false): void {
  const folder = resolve(path);
  try {
    make(fresh ? dirname(folder) : folder);
    if (fresh) mkdirSync(folder);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AerostatError("AERO_E_RESULTS", `the folder ${folder} can not be made: ${reason}; name one that can be written to`, {
      cause,
    });
  }
}

function make(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found !== undefined) throw new Error(`${folder} is a file`);
  make(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
