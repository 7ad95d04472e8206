import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Lease } from "../../services/conductor/place.ts";
import { Withdrawal } from "../../services/conductor/withdrawal.ts";
import { quiet } from "../federate/harness.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const lease = (userKey: string): Lease => ({ userKey }) as Lease;

/** What has been taken back, and when. */
function withdrawing(held: readonly Lease[] = []) {
  const revoked: [number, readonly string[]][] = [];
  const beganMs = performance.now();
  const revoke = (keys: readonly string[]): Promise<void> => {
    revoked.push([performance.now() - beganMs, keys]);
    return Promise.resolve();
  };
  return { revoked, withdrawal: new Withdrawal(revoke, () => held, quiet) };
}

test("every key has its grace, also one that ends shortly before another's is over", () => {
  const { revoked, withdrawal } = withdrawing();
  withdrawal.ended(lease("a"));
  vi.advanceTimersByTime(200);
  withdrawal.ended(lease("b"));
  vi.advanceTimersByTime(1_700);
  withdrawal.ended(lease("c"));
  vi.advanceTimersByTime(10_000);
  expect(revoked).toEqual([
    [2_250, ["a", "b"]],
    [4_150, ["c"]],
  ]);
});

test("a key that has a lease again keeps its rights, and the end of the run ends all", async () => {
  const { revoked, withdrawal } = withdrawing([lease("b")]);
  for (const key of ["a", "b"]) withdrawal.ended(lease(key));
  vi.advanceTimersByTime(3_000);
  withdrawal.ended(lease("c"));
  await withdrawal.close();
  vi.advanceTimersByTime(10_000);
  expect(revoked.map(([, keys]) => keys)).toEqual([["a"], ["c", "b"]]);
});
