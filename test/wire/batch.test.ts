import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, type Done, encodeDone, encodeGrant, type Grant, MAX_PARTS, readDone, readGrant } from "../../lib/wire/batch.ts";
import { encodeEnvelope } from "../../lib/wire/codec.ts";
import { isRefusal, MAX_FRAME_BYTES, type Opened, open, PLAIN, TYPES } from "../../lib/wire/frame.ts";
import { FrameType } from "../../lib/wire/generated/schema.ts";
import { anyMessage } from "./shapes.ts";

function opened(bytes: Uint8Array): Opened {
  const frame = open(bytes);
  if (isRefusal(frame)) throw new Error(frame.refused);
  return frame;
}

const time = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat({ max: Number.MAX_SAFE_INTEGER }));
const envelopes = fc.array(
  anyMessage().map((message) => encodeEnvelope("r", message)),
  { maxLength: 5 },
);
const plain = (list: readonly Uint8Array[]): number[][] => list.map((bytes) => [...bytes]);

describe("windows on the wire", () => {
  it("a Done comes back exactly, and reads the same with the generated code", () => {
    fc.assert(
      fc.property(
        envelopes,
        time,
        time,
        fc.nat(),
        fc.string({ maxLength: 30 }),
        (list, nextEventNs, earliestEmissionNs, eventsRun, error) => {
          const sent = { epoch: 7, window: 3, envelopes: list, nextEventNs, earliestEmissionNs, eventsRun, error };
          const [bytes] = encodeDone(sent) as [Uint8Array];
          const done = readDone(opened(bytes)) as Done;
          expect({ ...done, envelopes: plain(done.envelopes) }).toEqual({ ...sent, envelopes: plain(list), part: 0, parts: 1 });
          const official = TYPES.WindowDone.toObject(TYPES.WindowDone.decode(opened(bytes).payload), PLAIN) as Record<string, unknown>;
          expect(official).toMatchObject({ epoch: 7, window: 3, eventsRun, error, parts: 1 });
          expect(official.nextEventNs).toBe(nextEventNs === Number.POSITIVE_INFINITY ? -1 : nextEventNs);
          expect((official.events as unknown[]).length).toBe(list.length);
        },
      ),
    );
  });

  it("a Grant comes back exactly, and reads the same with the generated code", () => {
    fc.assert(
      fc.property(envelopes, fc.nat({ max: Number.MAX_SAFE_INTEGER }), (list, horizonNs) => {
        const [bytes] = encodeGrant({ epoch: 1, window: 2, horizonNs, envelopes: list }) as [Uint8Array];
        const grant = readGrant(opened(bytes)) as Grant;
        expect({ ...grant, envelopes: plain(grant.envelopes) }).toEqual({
          epoch: 1,
          window: 2,
          horizonNs,
          envelopes: plain(list),
          part: 0,
          parts: 1,
        });
        const official = TYPES.WindowGrant.toObject(TYPES.WindowGrant.decode(opened(bytes).payload), PLAIN);
        expect(official).toMatchObject({ epoch: 1, window: 2, horizonNs, part: 0, parts: 1 });
      }),
    );
  });

  it("cuts what is above the bus's limit and loses nothing", () => {
    const list = Array.from({ length: 40 }, (_, i) => new Uint8Array(50_000).fill(i));
    const frames = encodeGrant({ epoch: 1, window: 1, horizonNs: 5, envelopes: list });
    expect(frames.length).toBeGreaterThan(3);
    const grants = frames.map((bytes) => readGrant(opened(bytes)) as Grant);
    for (const [i, bytes] of frames.entries()) {
      expect(bytes.length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
      expect(grants[i]).toMatchObject({ part: i, parts: frames.length });
    }
    expect(grants.flatMap((grant) => grant.envelopes.map((bytes) => bytes[0]))).toEqual(list.map((_, i) => i));
    expect(() => cut([new Uint8Array(MAX_FRAME_BYTES)])).toThrow(/above the limit/);
  });

  it("refuses a batch of more parts than anybody may have, before room is made for them", () => {
    const done = (parts: number) => TYPES.WindowDone.encode({ epoch: 1, window: 1, part: 0, parts }).finish();
    const grant = (parts: number) => TYPES.WindowGrant.encode({ epoch: 1, window: 1, horizonNs: 9, part: 0, parts }).finish();
    for (const parts of [MAX_PARTS + 1, 2 ** 32 - 1]) {
      expect(readDone({ type: FrameType.FRAME_TYPE_WINDOW_DONE, contract: 1, payload: done(parts) })).toEqual({ refused: "out-of-range" });
      expect(readGrant({ type: FrameType.FRAME_TYPE_WINDOW_GRANT, contract: 1, payload: grant(parts) })).toEqual({
        refused: "out-of-range",
      });
    }
    const large = new Uint8Array(500_000);
    expect(cut(new Array(MAX_PARTS).fill(large)).length).toBe(MAX_PARTS);
    expect(() => cut(new Array(MAX_PARTS + 1).fill(large))).toThrow(/257 frames/);
  });

  it("refuses a Grant without its end, and one frame for another", () => {
    const short = TYPES.WindowGrant.encode({ epoch: 1, window: 1, horizonNs: 9 }).finish();
    expect(readGrant({ type: 8, contract: 1, payload: short })).toEqual({ refused: "out-of-range" });
    expect(readDone({ type: 8, contract: 1, payload: short })).toEqual({ refused: "unknown" });
  });
});
