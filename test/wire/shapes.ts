/** Arbitrary messages of every kind, made from proto/ itself: a new field is covered without a new line here. */
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import protobuf from "protobufjs";
import { KINDS, type Kind, type Message } from "../../lib/wire/messages.ts";

const proto = fileURLToPath(new URL("../../proto/", import.meta.url));
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => proto + target;
for (const name of ["envelope", "clock", "frame"]) root.loadSync(`aerostat/v1/${name}.proto`);
root.resolveAll();

export const schema = root;

const NAMES = new Set(["run", "role", "process"]);
const UINT32 = fc.oneof(fc.constant(0), fc.nat(), fc.integer({ min: 0, max: 0xffffffff }));
const WHOLE = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));

function scalar(field: protobuf.Field): fc.Arbitrary<unknown> {
  if (field.resolvedType instanceof protobuf.Enum) return fc.constantFrom(...Object.values(field.resolvedType.values));
  if (field.resolvedType instanceof protobuf.Type) return messageOf(field.resolvedType);
  if (NAMES.has(field.name)) return fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
  if (field.type === "string") return fc.string({ unit: "grapheme", maxLength: 20 });
  if (field.type === "bool") return fc.boolean();
  return field.type === "uint32" ? UINT32 : WHOLE;
}

function member(field: protobuf.Field): fc.Arbitrary<unknown> {
  if (field.repeated) return fc.array(scalar(field), { maxLength: 4 });
  if (field.resolvedType instanceof protobuf.Type && !isOptional(field)) return fc.option(scalar(field), { nil: null });
  return scalar(field);
}

/** proto3's `optional` is a oneof of its own: the field may be missing altogether; a message without it is null. */
const isOptional = (field: protobuf.Field): boolean => field.partOf?.name.startsWith("_") ?? false;

export function messageOf(type: protobuf.Type): fc.Arbitrary<Record<string, unknown>> {
  const fields = type.fieldsArray;
  const model = Object.fromEntries(fields.map((field) => [field.name, member(field)]));
  return fc.record(model, { requiredKeys: fields.filter((field) => !isOptional(field)).map((field) => field.name), noNullPrototype: true });
}

export function typeNamed(name: string): protobuf.Type {
  return root.lookupType(`aerostat.v1.${name}`);
}

/** A message between actors, of any kind. */
export function anyMessage(kinds: readonly Kind[] = KINDS): fc.Arbitrary<Message> {
  const header = {
    source: UINT32,
    incarnation: fc.integer({ min: 1, max: 0xffffffff }),
    destination: UINT32,
    sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  };
  const ofKind = (kind: Kind) =>
    fc
      .record({ ...header, body: messageOf(typeNamed(kind.charAt(0).toUpperCase() + kind.slice(1))), sent: WHOLE, deliver: WHOLE })
      .map(
        ({ sent, deliver, body, ...rest }) =>
          ({ ...rest, kind, sentAtNs: Math.min(sent, deliver), deliverAtNs: Math.max(sent, deliver), body }) as unknown as Message,
      );
  return fc.constantFrom(...kinds).chain(ofKind);
}
