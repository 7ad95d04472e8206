import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelOf } from "../../lib/wire/batch.ts";
import { decodeEnvelope, decodeMessage, encodeEnvelope, encodeMessage } from "../../lib/wire/codec.ts";
import {
  type Control,
  type Controls,
  decodeControl,
  encodeControl,
  FRAME_OF,
  finishFrame,
  isRefusal,
  MAX_FRAME_BYTES,
  open,
  seal,
  startFrame,
  TYPES,
} from "../../lib/wire/frame.ts";
import { CONTRACT, KIND_NUMBER, KINDS, type Message } from "../../lib/wire/messages.ts";
import { anyMessage, messageOf, typeNamed } from "./shapes.ts";

const varint = (value: number): Buffer => Buffer.from(value < 128 ? [value] : [(value & 127) | 128, value >> 7]);
/** Beginnings of fields: source, destination, a hello, an order, an unknown one, lengths within them. */
const PIECES = [[16], [32], varint((KIND_NUMBER.hello << 3) | 2), varint((KIND_NUMBER.faultOrder << 3) | 2), varint(8002), [122], [8]].map(
  (tag) => [...tag],
);

const hello: Message = {
  source: 3,
  incarnation: 1,
  destination: 2,
  sequence: 1,
  sentAtNs: 0,
  deliverAtNs: 200_000,
  kind: "hello",
  body: { sizePages: 1 << 20 },
};

describe("the codec of messages between actors", () => {
  it("gives every message back exactly, absent fields and zeroes included", () => {
    fc.assert(
      fc.property(anyMessage(), (message) => {
        expect(decodeMessage("run-1", encodeMessage("run-1", message))).toStrictEqual(message);
      }),
      { numRuns: 2000 },
    );
  });

  it("covers every kind of the contract", () => {
    for (const kind of KINDS) {
      const [message] = fc.sample(anyMessage([kind]), 1) as [Message];
      expect(decodeEnvelope("r", encodeEnvelope("r", message))).toStrictEqual(message);
    }
  });

  it("keeps doubles to the bit", () => {
    for (const thinkNs of [0.1, -0, 5e-324, Number.MAX_VALUE, 2 ** 53 - 1, 1 / 3]) {
      const [demand] = fc.sample(anyMessage(["stepDemand"]), 1) as [Message & { kind: "stepDemand" }];
      const message: Message = { ...demand, body: { ...demand.body, swapReadShare: thinkNs } };
      const back = decodeMessage("r", encodeMessage("r", message)) as typeof demand;
      expect(Object.is(back.body.swapReadShare, thinkNs)).toBe(true);
    }
  });

  it("writes and reads an envelope as the generated code does", () => {
    fc.assert(
      fc.property(anyMessage(), ({ kind, body, ...header }) => {
        const official = TYPES.Envelope.encode({ run: "r", ...header, [kind]: body }).finish();
        expect(Buffer.from(encodeEnvelope("r", { kind, body, ...header } as Message)).equals(official)).toBe(true);
      }),
    );
  });

  it("reads of bytes made at will what their label says, or refuses them", () => {
    const base = encodeEnvelope("r", hello);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...PIECES), fc.nat({ max: 40 })), { maxLength: 6 }), (pieces) => {
        const bytes = Buffer.concat([base, ...pieces.map(([tag, value]) => Buffer.from([...tag, value]))]);
        const message = decodeEnvelope("r", bytes);
        if (isRefusal(message)) return;
        const { source, destination, deliverAtNs, kind } = message;
        expect(labelOf(bytes)).toEqual({ source, destination, deliverAtNs, kind });
      }),
      { numRuns: 5_000 },
    );
  });

  it("a payload that reads beyond its end hides nothing from the label", () => {
    // An empty hello whose one string says that it is longer than the hello: what follows is no field of the envelope's to who skips it.
    const [helloTag, skipped] = [varint((KIND_NUMBER.hello << 3) | 2), varint((1000 << 3) | 2)];
    const after = Buffer.concat([skipped, Buffer.from([2, 16, 0])]);
    const bytes = Buffer.concat([encodeEnvelope("r", hello), helloTag, Buffer.from([2, 122, skipped.length + 1]), after]);
    expect(labelOf(bytes)?.source).toBe(3);
    expect(decodeEnvelope("r", bytes)).toEqual({ refused: "malformed" });
  });

  it("labels an envelope as decoding it would", () => {
    fc.assert(
      fc.property(anyMessage(), (message) => {
        const { source, destination, deliverAtNs, kind } = message;
        expect(labelOf(encodeEnvelope("r", message))).toEqual({ source, destination, deliverAtNs, kind });
      }),
    );
  });
});

describe("frames", () => {
  it("are those of the generated code, and read by it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1000 }), fc.integer({ min: 1, max: 15 }), (payload, type) => {
        const writer = startFrame(type);
        for (const byte of payload) writer.uint32(byte & 127);
        const frame = finishFrame(writer);
        const plain = payload.map((byte) => byte & 127);
        expect(Buffer.from(frame).equals(seal(type, plain))).toBe(true);
        expect(TYPES.Frame.decode(frame)).toMatchObject({ type, contract: CONTRACT, checksum: crc32(plain) });
        expect(open(frame)).toMatchObject({ type, contract: CONTRACT });
      }),
    );
  });

  it("are read in any order of their fields", () => {
    const [contract, type, checksum, payload] = [
      [8, CONTRACT],
      [16, 1],
      [29, ...u32(crc32(Buffer.from("x")))],
      [34, 1, 120],
    ];
    const shuffled = Uint8Array.from([payload, checksum, type, contract].flat() as number[]);
    expect(open(shuffled)).toMatchObject({ type: 1, contract: CONTRACT });
  });
});

const u32 = (word: number): number[] => [0, 8, 16, 24].map((shift) => (word >>> shift) & 255);

describe("the codec refuses by name", () => {
  const bytes = encodeMessage("run-1", hello);

  it("another run", () => {
    expect(decodeMessage("run-2", bytes)).toEqual({ refused: "wrong-run" });
  });

  it("another contract", () => {
    const opened = open(bytes);
    if (isRefusal(opened)) throw new Error("the frame opens");
    expect(open(seal(opened.type, opened.payload, CONTRACT + 1))).toEqual({ refused: "wrong-contract" });
  });

  it("what is above the limit", () => {
    expect(decodeMessage("run-1", new Uint8Array(MAX_FRAME_BYTES + 1))).toEqual({ refused: "oversized" });
  });

  it("every truncation", () => {
    for (let length = 0; length < bytes.length; length++)
      expect(decodeMessage("run-1", bytes.subarray(0, length))).toHaveProperty("refused");
  });

  it("every flipped bit of the payload", () => {
    for (let bit = 64; bit < bytes.length * 8; bit++) {
      const bad = Uint8Array.from(bytes);
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(decodeMessage("run-1", bad)).toHaveProperty("refused");
    }
  });

  it("an envelope without a payload, or of a kind it does not know", () => {
    expect(decodeEnvelope("r", TYPES.Envelope.encode({ run: "r", sequence: 1, incarnation: 1 }).finish())).toEqual({ refused: "unknown" });
    const unknown = Buffer.concat([
      TYPES.Envelope.encode({ run: "r", sequence: 1, incarnation: 1 }).finish(),
      Buffer.from([0xfa, 0x07, 0]),
    ]);
    expect(decodeEnvelope("r", unknown)).toEqual({ refused: "unknown" });
  });

  it("numbers outside their range", () => {
    const bad: Partial<Message>[] = [
      { sequence: 0 },
      { sequence: 1.5 },
      { incarnation: 0 },
      { deliverAtNs: -1 },
      { sentAtNs: 2e5 + 1 },
      { sentAtNs: Number.NaN },
    ];
    for (const change of bad) {
      const message = { ...hello, ...change } as Message;
      expect(decodeMessage("run-1", encodeMessage("run-1", message))).toEqual({ refused: "out-of-range" });
    }
    const [stats] = fc.sample(anyMessage(["driverStats"]), 1) as [Message & { kind: "driverStats" }];
    const nan: Message = { ...stats, body: { ...stats.body, takenAtNs: Number.NaN } };
    expect(() => encodeMessage("r", nan)).toThrow(/"driverStats" with a value out of range/);
    const { kind, body, ...header } = nan;
    expect(decodeEnvelope("r", TYPES.Envelope.encode({ run: "r", ...header, [kind]: body }).finish())).toEqual({ refused: "out-of-range" });
  });

  it("a frame of another type", () => {
    const start = encodeControl("start", { epoch: 1, unixMs: 2, speed: 1, fenced: false, lagNs: 0 });
    expect(decodeMessage("run-1", start)).toEqual({ refused: "unknown" });
    expect(decodeControl("finish", start)).toEqual({ refused: "unknown" });
  });

  it("random bytes, without throwing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (random) => {
        expect(decodeMessage("r", random)).toHaveProperty("refused");
        for (const type of [1, 2, 8]) expect(() => decodeMessage("r", seal(type, random))).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the conductor's messages", () => {
  it("are not mistaken for a refusal by a field of that name", () => {
    const heartbeat = { process: "p", epoch: 1, refused: 3 };
    const back = decodeControl("heartbeat", encodeControl("heartbeat", heartbeat));
    expect(isRefusal(back)).toBe(false);
    expect(back).toStrictEqual(heartbeat);
  });

  it.each(Object.keys(FRAME_OF) as Control[])("%s comes back exactly", (name) => {
    const shape = messageOf(typeNamed(name.charAt(0).toUpperCase() + name.slice(1)));
    fc.assert(
      fc.property(shape, (message) => {
        const control = message as unknown as Controls[typeof name];
        expect(decodeControl(name, encodeControl(name, control))).toStrictEqual(control);
      }),
    );
  });

  it("registration is read across contracts, so that skew can be told", () => {
    const [register] = fc.sample(messageOf(typeNamed("Register")), 1);
    const foreign = seal(FRAME_OF.register, TYPES.Register.encode(register as object).finish(), CONTRACT + 1);
    expect(decodeControl("register", foreign)).toStrictEqual(register);
  });
});
