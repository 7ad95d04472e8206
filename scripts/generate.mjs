// Makes lib/wire/generated from proto/: protobufjs' static codec, and from the same schema the plain TypeScript types,
// the range checks and the canonical hashing of each message. Run by the build; its output is not committed.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const proto = join(root, "proto");
const out = join(root, "lib/wire/generated");
const files = readdirSync(join(proto, "aerostat/v1"))
  .filter((name) => name.endsWith(".proto"))
  .sort()
  .map((name) => `aerostat/v1/${name}`);

mkdirSync(out, { recursive: true });
const pbjs = createRequire(import.meta.url).resolve("protobufjs-cli/bin/pbjs");
execFileSync(
  process.execPath,
  [
    pbjs,
    "-t",
    "static-module",
    "-w",
    "esm",
    "--no-service",
    "--no-typeurl",
    "--no-delimited",
    "--no-verify",
    "--no-comments",
    "-p",
    proto,
    "-o",
    join(out, "codec.js"),
    ...files,
  ],
  { stdio: ["ignore", "ignore", "inherit"] },
);

const schema = new protobuf.Root();
schema.resolvePath = (_origin, target) => join(proto, target);
schema.loadSync(files).resolveAll();
const space = schema.lookup("aerostat.v1");
const types = space.nestedArray.filter((item) => item instanceof protobuf.Type);
const enums = space.nestedArray.filter((item) => item instanceof protobuf.Enum);

const isOptional = (field) => field.options?.proto3_optional === true || field.partOf?.name.startsWith("_") === true;

function scalarType(field) {
  if (field.resolvedType instanceof protobuf.Enum) return "number";
  if (field.resolvedType) return field.resolvedType.name;
  return { string: "string", bool: "boolean" }[field.type] ?? "number";
}

function typeOf(field) {
  return field.repeated ? `readonly ${scalarType(field)}[]` : scalarType(field);
}

/** Nested messages may be absent on the wire: they read as null. */
function memberOf(field) {
  const nested = field.resolvedType instanceof protobuf.Type && !field.repeated;
  const comment = field.comment ? `  /** ${field.comment.replaceAll("\n", " ")} */\n` : "";
  const suffix = nested ? " | null" : "";
  return `${comment}  ${field.name}${isOptional(field) ? "?" : ""}: ${typeOf(field)}${suffix}${isOptional(field) ? " | undefined" : ""};`;
}

/** Texts that name somebody can be one token of a subject: some of them become that. */
const NAMES = new Set(["run", "role", "process"]);
/** Of texts that a stranger may send, and that are told to people, the length that they can need. */
const LONGEST = new Map([["version", 64]]);
/** The name's ending tells the range: pages, ns, totals and counts are whole numbers of at least 0. */
const WHOLE = /(Ns|Pages|Bytes|Total|sequence|correlation|action|step|window|epoch|part|parts|Ms)$/;

function checkValue(field, value) {
  if (field.resolvedType instanceof protobuf.Enum) return `whole(${value}, 4294967295)`;
  if (field.resolvedType) return `check${field.resolvedType.name}(${value})`;
  if (field.type === "string") return NAMES.has(field.name) ? `isName(${value})` : `text(${value}, ${LONGEST.get(field.name) ?? 1048576})`;
  if (field.type === "bool") return `typeof ${value} === "boolean"`;
  if (field.type === "uint32") return `whole(${value}, 4294967295)`;
  return WHOLE.test(field.name) && !SIGNED.has(field.name) ? `whole(${value}, 9007199254740991)` : `finite(${value})`;
}
const SIGNED = new Set(["nextEventNs", "earliestEmissionNs"]);

function checkLine(field) {
  const value = `m.${field.name}`;
  if (field.repeated) return `  if (!m.${field.name}.every((v) => ${checkValue(field, "v")})) return false;`;
  const test = checkValue(field, value);
  if (isOptional(field) || field.resolvedType instanceof protobuf.Type) return `  if (${value} != null && !(${test})) return false;`;
  return `  if (!(${test})) return false;`;
}

function hashValue(field, value) {
  if (field.resolvedType instanceof protobuf.Enum) return `h.word(${value});`;
  if (field.resolvedType) return `hash${field.resolvedType.name}(h, ${value});`;
  if (field.type === "string") return `h.text(${value});`;
  if (field.type === "bool") return `h.word(${value} ? 1 : 0);`;
  if (field.type === "uint32") return `h.word(${value});`;
  return `h.number(${value});`;
}

function hashLine(field) {
  const value = `m.${field.name}`;
  if (field.repeated) return `  h.word(${value}.length);\n  for (let i = 0; i < ${value}.length; i++) ${hashValue(field, `${value}[i]!`)}`;
  if (isOptional(field) || field.resolvedType instanceof protobuf.Type)
    return `  if (${value} == null) h.word(0);\n  else {\n    h.word(1);\n    ${hashValue(field, value)}\n  }`;
  return `  ${hashValue(field, value)}`;
}

function forType(type) {
  const { name } = type;
  const fields = type.fieldsArray;
  const checks = fields.map(checkLine).join("\n");
  const hashes = fields.map(hashLine).join("\n") || "  h.word(m === null ? 0 : 1);";
  return [
    `export interface ${name} {\n${fields.map(memberOf).join("\n")}\n}`,
    `export function check${name}(m: ${name}): boolean {\n${checks}\n  return ${fields.length === 0 ? "m !== null" : "true"};\n}`,
    `export function hash${name}(h: Hasher, m: ${name}): void {\n${hashes}\n}`,
  ].join("\n\n");
}

const envelope = types.find((type) => type.name === "Envelope");
const payloads = envelope.oneofs.payload.fieldsArray;
// The envelope's payload is a union in TypeScript (lib/wire/messages.ts): its own generated members would be a second way.
// The frame's is bytes, and only lib/wire/frame.ts reads it.
const plain = types.filter((type) => type !== envelope && type.name !== "Frame");
const usesEnvelope = new Set(["WindowGrant", "WindowDone"]);

const source = `// Generated by scripts/generate.mjs from proto/. Do not edit.
import type { Hasher } from "../../engine/hasher.ts";
import { isName } from "../name.ts";

const whole = (v: number, most: number): boolean => Number.isInteger(v) && v >= 0 && v <= most;
const finite = (v: number): boolean => Number.isFinite(v);
const text = (v: string, most: number): boolean => typeof v === "string" && v.length <= most;

${enums.map((item) => `export const ${item.name} = ${JSON.stringify(item.values, null, 2)} as const;`).join("\n\n")}

${plain
  .filter((type) => !usesEnvelope.has(type.name))
  .map(forType)
  .join("\n\n")}

/** Message bodies by their name in the envelope's oneof. */
export interface Bodies {
${payloads.map((field) => `  ${field.name}: ${field.resolvedType.name};`).join("\n")}
}

export const KINDS = ${JSON.stringify(payloads.map((field) => field.name))} as const;

export const KIND_NUMBER: Readonly<Record<keyof Bodies, number>> = {
${payloads.map((field) => `  ${field.name}: ${field.id},`).join("\n")}
};

export const CHECK: { readonly [K in keyof Bodies]: (m: Bodies[K]) => boolean } = {
${payloads.map((field) => `  ${field.name}: check${field.resolvedType.name},`).join("\n")}
};

export const HASH: { readonly [K in keyof Bodies]: (h: Hasher, m: Bodies[K]) => void } = {
${payloads.map((field) => `  ${field.name}: hash${field.resolvedType.name},`).join("\n")}
};
`;
writeFileSync(join(out, "schema.ts"), source);

// The declarations that pbjs makes (-d) leave the messages out, and its classes are not what we hand on (lib/wire/frame.ts).
writeFileSync(
  join(out, "codec.d.ts"),
  `/** One message's static code. encode and decode throw; decode gives class instances, toObject plain ones. */
export interface StaticType {
  /** Into the protobufjs writer, where one is given. */
  encode<W extends object = { finish(): Uint8Array }>(message: object, writer?: W): W;
  /** From bytes, or the next \`length\` ones of a protobufjs reader. */
  decode(from: Uint8Array | object, length?: number): object;
  toObject(message: object, options: object): object;
}

export const aerostat: { readonly v1: { readonly [Name in ${types.map((type) => JSON.stringify(type.name)).join(" | ")}]: StaticType } };
`,
);
