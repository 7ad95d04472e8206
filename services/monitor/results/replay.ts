/** Reads journals back, a megabyte at a time. What was being written when the monitor died is found by its checksum and left out. */
import { closeSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { AerostatError } from "../../../lib/errors.ts";
import { decodeEnvelope } from "../../../lib/wire/codec.ts";
import { isRefusal, MAX_FRAME_BYTES } from "../../../lib/wire/frame.ts";
import { Aggregator, isTelemetry, type TelemetryMessage } from "../aggregate/aggregator.ts";
import { JournalRecorder, journalsIn, MAGIC, RECORD_HEAD_BYTES } from "./journal.ts";
import { type JournalFacts, readManifest, readScenario } from "./manifest.ts";

const CHUNK_BYTES = 1024 * 1024;

interface MutableFacts {
  files: number;
  records: number;
  refused: number;
  tornBytes: number;
}

/** Every record of a folder's journals, in order; returns what was there and what could not be read. */
export function* replay(folder: string, run: string): Generator<TelemetryMessage, JournalFacts> {
  const facts: MutableFacts = { files: 0, records: 0, refused: 0, tornBytes: 0 };
  for (const path of journalsIn(folder)) {
    facts.files++;
    for (const bytes of records(path, facts)) {
      const message = decodeEnvelope(run, bytes);
      if (isRefusal(message) || !isTelemetry(message)) facts.refused++;
      else {
        facts.records++;
        yield message;
      }
    }
  }
  return facts;
}

/** Calls back with every record; the same in one go. */
export function replayJournals(folder: string, run: string, visit: (message: TelemetryMessage) => void): JournalFacts {
  const messages = replay(folder, run);
  for (;;) {
    const { done, value } = messages.next();
    if (done) return value;
    visit(value);
  }
}

export interface OpenedJournal {
  readonly recorder: JournalRecorder;
  /** Filled from the journals of the monitor's earlier starts: give it to monitorFactory. */
  readonly aggregator: Aggregator;
  readonly earlier: JournalFacts;
}

/** Starts, or goes on with, the record of the run in `folder` (made by createRunFolder). */
export function openJournal(folder: string): OpenedJournal {
  const aggregator = new Aggregator(readScenario(folder));
  const run = readManifest(folder).id;
  const earlier = replayJournals(folder, run, (message) => {
    if (aggregator.admit(message) >= 0) aggregator.take(message);
  });
  return { recorder: new JournalRecorder(folder, run), aggregator, earlier };
}

/** The Envelopes of one journal. A torn tail ends it. */
function* records(path: string, facts: MutableFacts): Generator<Uint8Array> {
  const descriptor = openForReading(path);
  try {
    let buffer: Buffer = Buffer.alloc(0);
    let started = false;
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const read = readSync(descriptor, chunk, 0, CHUNK_BYTES, null);
      buffer = Buffer.concat([buffer, chunk.subarray(0, read)]);
      let at = 0;
      if (!started && buffer.length >= MAGIC.length) {
        if (!buffer.subarray(0, MAGIC.length).equals(MAGIC))
          throw new AerostatError("AERO_E_RESULTS", `${path} is not a journal of this version`);
        started = true;
        at = MAGIC.length;
      }
      for (let record = next(buffer, at); started && record !== undefined; record = next(buffer, at)) {
        if (record === "torn") break;
        yield record;
        at += RECORD_HEAD_BYTES + record.length;
      }
      buffer = buffer.subarray(at);
      // What is left is the head of a record that goes on in the next chunk, or one that never was written whole.
      if (read === 0 || next(buffer, 0) === "torn") {
        facts.tornBytes += buffer.length + remaining(descriptor);
        return;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The record at `at`: undefined where the buffer ends before it does, "torn" where it is no record. */
function next(buffer: Buffer, at: number): Uint8Array | "torn" | undefined {
  if (buffer.length < at + RECORD_HEAD_BYTES) return undefined;
  const length = buffer.readUInt32LE(at);
  if (length === 0 || length > MAX_FRAME_BYTES) return "torn";
  const end = at + RECORD_HEAD_BYTES + length;
  if (buffer.length < end) return undefined;
  const bytes = buffer.subarray(at + RECORD_HEAD_BYTES, end);
  return crc32(bytes) === buffer.readUInt32LE(at + 4) ? bytes : "torn";
}

function remaining(descriptor: number): number {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let bytes = 0;
  for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) bytes += read;
  return bytes;
}

function openForReading(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new AerostatError("AERO_E_RESULTS", `the journal ${path} can not be read: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}
