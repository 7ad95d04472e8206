/** Looks into the scenario schema: which fields a place has, for messages and for docs/scenario.md. */
import type { z } from "zod";

type Schema = z.core.$ZodType;

/** One field of a mapping, with its wrappers (default, optional) still on. */
export interface Field {
  readonly key: string;
  readonly schema: Schema;
}

/** Without defaults, optionality and preprocessing. */
export function unwrapped(schema: Schema): Schema {
  const def = schema._zod.def as { type: string; innerType?: Schema; in?: Schema; out?: Schema };
  if (def.innerType !== undefined) return unwrapped(def.innerType);
  // A leaf ends in a transform; z.preprocess begins with one.
  if (def.type === "pipe" && def.out !== undefined && def.out._zod.def.type !== "transform") return unwrapped(def.out);
  return schema;
}

/** Fields of a mapping; of every variant where it has several. */
export function fieldsOf(schema: Schema, value?: unknown): readonly Field[] {
  const inner = unwrapped(schema);
  const def = inner._zod.def as { type: string; shape?: Record<string, Schema>; options?: readonly Schema[]; discriminator?: string };
  if (def.type === "object" && def.shape !== undefined) return Object.entries(def.shape).map(([key, member]) => ({ key, schema: member }));
  if (def.type === "union" && def.options !== undefined) {
    const fitting = def.options.filter((option) => fits(option, def.discriminator, value));
    return fitting.flatMap((option) => fieldsOf(option));
  }
  return [];
}

/** Schema of what lies at `path`, or undefined where the schema has no such place. */
export function schemaAt(root: Schema, path: readonly PropertyKey[], value: unknown): Schema | undefined {
  let schema: Schema | undefined = root;
  let present: unknown = value;
  for (const step of path) {
    if (schema === undefined) return undefined;
    const def = unwrapped(schema)._zod.def as { type: string; element?: Schema; valueType?: Schema };
    if (def.type === "array") schema = def.element;
    else if (def.type === "record") schema = def.valueType;
    else schema = fieldsOf(schema, present).find((member) => member.key === step)?.schema;
    present = present !== null && typeof present === "object" ? (present as Record<PropertyKey, unknown>)[step] : undefined;
  }
  return schema;
}

function fits(option: Schema, discriminator: string | undefined, value: unknown): boolean {
  if (discriminator === undefined || value === null || typeof value !== "object") return true;
  const kind = (value as Record<string, unknown>)[discriminator];
  const shape = (option._zod.def as { shape?: Record<string, Schema> }).shape;
  const literal = shape?.[discriminator]?._zod.def as { values?: readonly unknown[] } | undefined;
  return literal?.values?.includes(kind) ?? false;
}
