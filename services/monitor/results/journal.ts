/**
 * The monitor's journal on the wall clock: what it took, message by message, so that a killed monitor loses nothing that it
 * had recorded. One file for each start of the monitor; docs/results.md gives the format.
 *
 * A record is handed to the kernel at the end of the turn of the event loop in which it came, which survives the end of the
 * process, and synced to the disk every 250 ms, which bounds what a power cut takes.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { AerostatError } from "../../../lib/errors.ts";
import { encodeEnvelope } from "../../../lib/wire/codec.ts";
import type { TelemetryMessage } from "../aggregate/aggregator.ts";
import type { Recorder } from "../recorder.ts";

export const MAGIC = Buffer.from("AEROSTAT JOURNAL 1\n", "latin1");
/** Before each Envelope: its length and its CRC-32, little endian. */
export const RECORD_HEAD_BYTES = 8;

const SYNC_MS = 250;
const BUFFER_BYTES = 256 * 1024;

/** Paths of a folder's journals, in the order in which they were begun. */
export function journalsIn(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => /^journal-\d{4}\.bin$/.test(name));
  return names.sort().map((name) => join(folder, name));
}

export class JournalRecorder implements Recorder {
  readonly path: string;
  readonly #run: string;
  readonly #descriptor: number;
  readonly #sync: NodeJS.Timeout;
  #buffer = Buffer.alloc(BUFFER_BYTES);
  #used = 0;
  #scheduled: NodeJS.Immediate | undefined;
  #dirty = false;
  #syncing = false;
  #failure: AerostatError | undefined;

  /** Begins the folder's next journal. `run` is the run that its Envelopes name. */
  constructor(folder: string, run: string) {
    const number = journalsIn(folder).length + 1;
    this.path = join(folder, `journal-${String(number).padStart(4, "0")}.bin`);
    this.#run = run;
    try {
      this.#descriptor = openSync(this.path, "ax");
    } catch (cause) {
      throw failure(this.path, cause);
    }
    MAGIC.copy(this.#buffer);
    this.#used = MAGIC.length;
    this.flush();
    this.#sync = setInterval(() => this.#syncSoon(), SYNC_MS);
    this.#sync.unref();
  }

  record(message: TelemetryMessage): void {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes = encodeEnvelope(this.#run, message);
    this.#reserve(RECORD_HEAD_BYTES + bytes.length);
    this.#buffer.writeUInt32LE(bytes.length, this.#used);
    this.#buffer.writeUInt32LE(crc32(bytes), this.#used + 4);
    this.#buffer.set(bytes, this.#used + RECORD_HEAD_BYTES);
    this.#used += RECORD_HEAD_BYTES + bytes.length;
    this.#scheduled ??= setImmediate(() => this.flush());
  }

  /** Hands everything recorded to the kernel. A failure ends the run at the next record. */
  flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    try {
      for (let from = 0; from < this.#used; ) from += writeSync(this.#descriptor, this.#buffer, from, this.#used - from);
    } catch (cause) {
      this.#failure = failure(this.path, cause);
    }
    this.#dirty ||= this.#used > 0;
    this.#used = 0;
  }

  /** Syncs and closes; the journal is then ready to be replayed. */
  close(): void {
    clearInterval(this.#sync);
    this.flush();
    try {
      fdatasyncSync(this.#descriptor);
      closeSync(this.#descriptor);
    } catch (cause) {
      this.#failure ??= failure(this.path, cause);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return;
    this.flush();
    if (bytes > this.#buffer.length) this.#buffer = Buffer.alloc(bytes);
  }

  #syncSoon(): void {
    if (!this.#dirty || this.#syncing) return;
    this.#dirty = false;
    this.#syncing = true;
    fdatasync(this.#descriptor, (cause) => {
      this.#syncing = false;
      if (cause !== null) this.#failure ??= failure(this.path, cause);
    });
  }
}

function failure(path: string, cause: unknown): AerostatError {
  return new AerostatError("AERO_E_RESULTS", `the journal ${path} can not be written: ${cause instanceof Error ? cause.message : cause}`, {
    cause,
  });
}
