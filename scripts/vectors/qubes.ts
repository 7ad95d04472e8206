/** qubes.json: qmemman's preferred memory, balloon requests and balances. */
import {
  balance,
  balanceWhenEnough,
  balloon,
  type Domain,
  preferred,
  totalAvailable,
} from "../../services/hypervisor/policies/qmemman/algorithm.ts";
import { byKey, type Case, type Checker, type Json } from "./case.ts";

export const qubes: Checker = {
  sections: ["cases"],
  *cases(file: Json): Iterable<Case> {
    for (const test of file.cases ?? []) {
      const { expected, upstreamExpected, ...input } = test;
      yield { name: test.name, input, expected, ours: computed(test, expected) };
      if (upstreamExpected === undefined) continue;
      const name = `${test.name}, values asserted by the original test`;
      yield { name, input, expected: upstreamExpected, ours: computed(test, upstreamExpected) };
    }
  },
};

function computed(test: Json, expected: Record<string, unknown>): Record<string, unknown> {
  const domains: Domain[] = test.domains.map((domain: Json) => ({
    id: domain.domid,
    usedBytes: domain.mem_used,
    maximumBytes: domain.mem_max,
    actualBytes: domain.mem_actual,
    noProgress: domain.no_progress,
  }));
  return byKey(expected, {
    pref: () => Object.fromEntries(domains.map((domain) => [domain.id, preferred(domain)])),
    balloon: () => balloon(domains, test.balloonRequest),
    balance: () => balance(domains, test.xenFree),
    balanceWhenEnough: () => balanceWhenEnough(domains, test.total_mem_pref, test.total_available),
    totalAvailable: () => totalAvailable(domains, test.xenFree),
  });
}
