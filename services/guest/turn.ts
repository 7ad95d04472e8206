/**
 * Of the pages that a cyclic scan comes to, the share that is out when `share` of all are: each was exposed to random eviction for a
 * whole round, the others for less. With E evictions per page and round 1 - share = (1 - e^-E) / E, and the answer is 1 - e^-E.
 */
export function outAtTurn(share: number): number {
  if (share >= 1) return 1;
  // Below, 1 - e^-E has lost its digits; the answer is twice the share to the first order.
  if (share < 1e-6) return 2 * Math.max(0, share);
  let rounds = 2 * share + share / (1 - share);
  for (let i = 0; i < 20; i++) {
    const left = Math.exp(-rounds);
    const error = (1 - left) / rounds - (1 - share);
    const slope = (left * (1 + rounds) - 1) / (rounds * rounds);
    const next = Math.max(rounds / 4, rounds - error / slope);
    if (Math.abs(next - rounds) <= 1e-9 * rounds) break;
    rounds = next;
  }
  return 1 - Math.exp(-rounds);
}
