/** The thread that a policy of the user's own lives in: it does one call after the other, and answers with plain data. */
import { type MessagePort, workerData } from "node:worker_threads";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import type { HostView, Policy, TargetDecision } from "./policies/policy.ts";

/** What a user's module exports as default. */
export interface UserModule {
  readonly summary?: string;
  /** Parameters with their defaults: numbers, texts, flags. */
  readonly options?: Readonly<Record<string, unknown>>;
  create(options: Readonly<Record<string, unknown>>, scenario: Scenario): Partial<Policy>;
}

export interface ThreadData {
  readonly port: MessagePort;
  /** One word, which counts the answers. */
  readonly answers: Int32Array;
}

export type Call =
  | { readonly what: "load"; readonly url: string }
  | { readonly what: "create"; readonly options: Readonly<Record<string, unknown>>; readonly scenario: Scenario }
  | { readonly what: "decide"; readonly view: HostView };

export type Answer = { readonly value: unknown } | { readonly error: string };

/** Of the module: what can be known before a policy is made of it. */
export interface Described extends Pick<UserModule, "summary" | "options"> {
  readonly creates: boolean;
}

/** Of the policy: all but its functions. */
export interface Made extends Partial<Pick<Policy, "intervalNs" | "occasions" | "enforces" | "sampling">> {
  readonly decides: boolean;
}

const { port, answers } = workerData as ThreadData;
let module: Partial<UserModule> | undefined;
let policy: Partial<Policy> | undefined;

async function load(url: string): Promise<Described> {
  module = ((await import(url)) as { readonly default?: Partial<UserModule> }).default;
  const { summary, options } = module ?? {};
  return { creates: typeof module?.create === "function", ...(summary === undefined ? {} : { summary }), ...(options ? { options } : {}) };
}

function create(options: Readonly<Record<string, unknown>>, scenario: Scenario): Made {
  policy = (module as UserModule).create(options, scenario);
  const { intervalNs, occasions, enforces, sampling } = policy ?? {};
  const said = Object.entries({ intervalNs, occasions, enforces, sampling }).filter(([, value]) => value !== undefined);
  return { decides: typeof policy?.decide === "function", ...Object.fromEntries(said) };
}

/** Plain data, whatever the answer was made of. What is no list is left to the runner to name. */
function decide(view: HostView): unknown {
  const answer = (policy as Policy).decide(view) as readonly TargetDecision[] | undefined;
  if (Array.isArray(answer)) return answer.map((decision) => ({ vm: decision?.vm, targetPages: decision?.targetPages }));
  return typeof answer === "object" ? {} : answer;
}

async function done(call: Call): Promise<unknown> {
  if (call.what === "load") return await load(call.url);
  return call.what === "create" ? create(call.options, call.scenario) : decide(call.view);
}

port.on("message", (call: Call) => {
  void done(call)
    .then((value) => port.postMessage({ value }))
    .catch((cause: unknown) => port.postMessage({ error: cause instanceof Error ? cause.message : String(cause) }))
    .then(() => {
      Atomics.add(answers, 0, 1);
      Atomics.notify(answers, 0);
    });
});
