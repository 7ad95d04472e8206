/** proxmox.json: single calls, and the simulated rounds of the original's test suite (test/balloontest.pl). */
import { type ProxmoxVm, spread } from "../../services/hypervisor/policies/proxmox/distribute.ts";
import { byKey, type Case, type Checker, type Json } from "./case.ts";

const MAX_ROUNDS = 10_000;

export const proxmox: Checker = {
  sections: ["golden_vectors", "upstream_cases"],
  *cases(file: Json): Iterable<Case> {
    for (const vector of file.golden_vectors ?? []) {
      const ours = Object.fromEntries(spread(vmsOf(vector.input), vector.goal, vector.maxchange));
      yield { name: `golden vector ${vector.id}`, input: vector, expected: vector.output, ours };
    }
    for (const test of file.upstream_cases ?? []) {
      const { fixture, goal, id, input, kind, maxchange, ...expected } = test;
      const name = `original test ${id} (${kind} on ${fixture}, goal ${goal})`;
      yield { name, input: { goal, input, kind, maxchange }, expected, ours: upstream(test, expected) };
    }
  },
};

function vmsOf(input: Json): ProxmoxVm[] {
  return Object.keys(input).map((id) => {
    const { balloon, balloon_min, maxmem, freemem, shares, lock } = input[id];
    return { id, balloonBytes: balloon, minimumBytes: balloon_min, maximumBytes: maxmem, freeBytes: freemem, shares, lock };
  });
}

function upstream(test: Json, expected: Record<string, unknown>): unknown {
  const run = test.kind === "single" ? single(test) : test.kind === "simulate" ? simulate(test) : {};
  return byKey(expected, {
    actual: () => run.targets,
    expected: () => run.targets,
    pass: () => true,
    trace: () => run.trace,
    final_goal: () => run.goal,
    final_state: () => run.state,
  });
}

interface Run {
  targets?: Record<string, number>;
  trace?: Json[];
  goal?: number;
  state?: Json;
}

function single(test: Json): Run {
  return { targets: Object.fromEntries(spread(vmsOf(test.input), test.goal, test.maxchange)) };
}

/** Calls, applies and calls again until a round changes nothing; free memory moves with the balloon, not below 0. */
function simulate(test: Json): Run {
  const state = structuredClone(test.input);
  const last: Record<string, number> = {};
  const trace: Json[] = [];
  let goal: number = test.goal;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const targets = spread(vmsOf(state), goal, test.maxchange);
    const balloonBefore = Object.fromEntries(Object.keys(state).map((id) => [id, state[id].balloon]));
    let net = 0;
    let absolute = 0;
    for (const [id, target] of targets) {
      const difference = target - state[id].balloon;
      if (difference === 0) continue;
      state[id].balloon = target;
      state[id].freemem = Math.max(0, state[id].freemem + difference);
      net += difference;
      absolute += Math.abs(difference);
      last[id] = target;
    }
    trace.push({ goal, targets: Object.fromEntries(targets), balloon_before: balloonBefore, net_change: net, abs_change: absolute });
    goal -= net;
    if (absolute === 0) break;
  }
  return { targets: last, trace, goal, state };
}
