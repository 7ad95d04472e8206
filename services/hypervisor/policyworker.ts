/** The thread that a policy of the user's own lives in: it does one call after the other, and answers with plain data. */
import { type MessagePort, workerData } from "node:worker_threads";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import type { HostView, Policy, PolicyModule, TargetDecision } from "./policies/policy.ts";

/** A policy of the user's own: what its thread passes on, and the host asks for. */
export interface OwnPolicy extends Pick<Policy, "intervalNs">, Partial<Pick<Policy, "occasions" | "enforces" | "sampling">> {
  decide(view: HostView): readonly Pick<TargetDecision, "vm" | "targetPages">[];
}

/** Members of a policy that would stay in the thread unheard: they are refused by name. */
const UNHEARD: Readonly<Record<Exclude<keyof Policy, keyof OwnPolicy>, true>> = {
  compresses: true,
  scanPagesPerS: true,
  thresholds: true,
  takeNotices: true,
  digest: true,
  end: true,
};

/** What a user's module exports as default. */
export interface UserModule {
  readonly summary?: string;
  /** Parameters with their defaults: numbers, texts, flags. */
  readonly options?: Readonly<Record<string, unknown>>;
  create(options: Readonly<Record<string, unknown>>, scenario: Scenario): OwnPolicy;
}

/** Members of a module that would stay unheard in the same way. */
const UNHEARD_OF_MODULE: Readonly<Record<Exclude<keyof PolicyModule, keyof UserModule>, true>> = {
  name: true,
  source: true,
  prepare: true,
};

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
  readonly unheard: readonly string[];
}

/** Of the policy: all but its functions. */
export interface Made extends Partial<Omit<OwnPolicy, "decide">> {
  readonly decides: boolean;
  readonly unheard: readonly string[];
}

const { port, answers } = workerData as ThreadData;
let module: Partial<UserModule> | undefined;
let policy: OwnPolicy | undefined;

async function load(url: string): Promise<Described> {
  module = ((await import(url)) as { readonly default?: Partial<UserModule> }).default;
  const { summary, options } = module ?? {};
  const unheard = Object.keys(UNHEARD_OF_MODULE).filter((member) => member in Object(module));
  return {
    creates: typeof module?.create === "function",
    unheard,
    ...(summary === undefined ? {} : { summary }),
    ...(options ? { options } : {}),
  };
}

function create(options: Readonly<Record<string, unknown>>, scenario: Scenario): Made {
  policy = (module as UserModule).create(options, scenario);
  const { intervalNs, occasions, enforces, sampling } = (policy ?? {}) as Partial<OwnPolicy>;
  const said = Object.entries({ intervalNs, occasions, enforces, sampling }).filter(([, value]) => value !== undefined);
  const unheard = Object.keys(UNHEARD).filter((member) => (policy as Partial<Policy> | undefined)?.[member as keyof Policy] !== undefined);
  return { decides: typeof policy?.decide === "function", unheard, ...Object.fromEntries(said) };
}

/** Plain data, whatever the answer was made of. What is no list is left to the runner to name. */
function decide(view: HostView): unknown {
  const answer = (policy as OwnPolicy).decide(view) as readonly TargetDecision[] | undefined;
  if (!Array.isArray(answer)) return typeof answer === "object" ? {} : answer;
  return answer.map((decision: TargetDecision | undefined) => {
    if (decision?.untold !== undefined)
      throw new Error(`the target of VM ${decision.vm} is "untold": only Aerostat's own policies have that`);
    return { vm: decision?.vm, targetPages: decision?.targetPages };
  });
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
