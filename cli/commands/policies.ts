/** `aerostat policies`: the reclamation policies, with their parameters. */

import { z } from "zod";
import type { FieldMeta } from "../../lib/scenario/schema/field.ts";
import { type Field, fieldsOf } from "../../lib/scenario/schema/walk.ts";
import { POLICIES } from "../../services/hypervisor/policies/registry.ts";
import { type Io, writeJson } from "../io.ts";

interface Parameter extends Partial<FieldMeta> {
  readonly name: string;
}

function parameterOf({ key, schema }: Field): Parameter {
  return { name: key, ...(z.globalRegistry.get(schema) as Partial<FieldMeta> | undefined) };
}

export function policiesCommand(options: { readonly json?: boolean }, io: Io): number {
  const policies = POLICIES.map((module) => ({
    name: module.name,
    summary: module.summary,
    source: module.source,
    parameters: fieldsOf(module.options).map(parameterOf),
  }));
  if (options.json) {
    writeJson(io, policies);
    return 0;
  }
  for (const { name, summary, source, parameters } of policies) {
    io.stdout.write(`${name}\n  ${summary}\n  From: ${source}\n`);
    for (const { name: key, kind, allowed, fallback, description } of parameters) {
      io.stdout.write(`  - ${key} (${kind}, ${allowed}; default ${fallback}): ${description}\n`);
    }
    io.stdout.write("\n");
  }
  return 0;
}
