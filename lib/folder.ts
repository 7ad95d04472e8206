/** Folders that the user names. */
import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { AerostatError, type ErrorCode } from "./errors.ts";

export interface FolderOptions {
  /** It may not be there yet. */
  readonly fresh?: boolean;
  /** Permissions of each folder that is made; default: as the process has it. */
  readonly mode?: number;
  /** Of the error where it can not be made. */
  readonly code?: ErrorCode;
}

/**
 * Makes a folder and those above it. One at a time: a recursive mkdir never returns where a parent takes no children but says that they
 * do not exist, as /proc does.
 */
export function makeFolder(path: string, { fresh = false, mode, code = "AERO_E_RESULTS" }: FolderOptions = {}): void {
  const folder = resolve(path);
  try {
    make(fresh ? dirname(folder) : folder, mode);
    if (fresh) mkdirSync(folder, { mode });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AerostatError(code, `the folder ${folder} can not be made: ${reason}; name one that can be written to`, { cause });
  }
}

/** From the top: whether what lies below a file is there is told in different ways by different versions of Node. */
function make(folder: string, mode: number | undefined): void {
  const above = dirname(folder);
  if (above !== folder) make(above, mode);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found !== undefined) throw new Error(`${folder} is a file`);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
