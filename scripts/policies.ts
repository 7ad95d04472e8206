/** `npm run policies`: writes docs/policies.md, its reference from the policies' modules, its tables from runs (a minute or two). */
import { writeFileSync } from "node:fs";
import { policyReference } from "./policies/reference.ts";
import { policyTables } from "./policies/tables.ts";

const tables = await policyTables((scenario) => process.stderr.write(`${scenario}\n`));
writeFileSync("docs/policies.md", `${policyReference()}\n${tables}`);
