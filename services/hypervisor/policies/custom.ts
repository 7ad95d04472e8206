/** Policies of the user's own, chosen by the path of their module; policyfile.ts reads them. */
import type { PolicyModule } from "./policy.ts";

/** Whether a policy's name is the path of a module. */
export function isPolicyPath(name: string): boolean {
  return /^\.{0,2}\//.test(name) || /\.(?:js|mjs|ts|mts)$/.test(name);
}

const admitted = new Map<string, PolicyModule>();

/** Makes a module known under its path, as the scenario gives it. */
export function admitPolicy(path: string, module: PolicyModule): void {
  admitted.set(path, module);
}

/** Undefined where no module was read from this path. */
export function admittedPolicy(path: string): PolicyModule | undefined {
  return admitted.get(path);
}
