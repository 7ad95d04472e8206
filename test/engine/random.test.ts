import { expect, test } from "vitest";
import { Hasher, hashText } from "../../lib/engine/hasher.ts";
import { Random } from "../../lib/engine/random.ts";

test("a stream is fixed by seed, actor and purpose", () => {
  const draw = (seed: number, actor: string, purpose: string) => {
    const random = new Random(seed, actor, purpose);
    return Array.from({ length: 4 }, () => random.word());
  };
  // A change of the generator changes every digest, so it must be seen here first.
  expect(draw(1, "web-01", "link")).toEqual([3229451426, 4224699847, 1543424341, 2401616244]);
  expect(draw(1, "web-01", "link")).not.toEqual(draw(2, "web-01", "link"));
  expect(draw(1, "web-01", "link")).not.toEqual(draw(1, "web-02", "link"));
  expect(draw(1, "web-01", "link")).not.toEqual(draw(1, "web-01", "sample"));
});

test("uniform, normal, exponential and binomial draws have their moments", () => {
  const random = new Random(7, "moments", "test");
  const n = 200_000;
  const moments = (draw: () => number) => {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const x = draw();
      sum += x;
      squares += x * x;
    }
    return { mean: sum / n, variance: squares / n - (sum / n) * (sum / n) };
  };
  const uniform = moments(() => random.uniform());
  expect(uniform.mean).toBeCloseTo(0.5, 2);
  expect(uniform.variance).toBeCloseTo(1 / 12, 2);
  const normal = moments(() => random.normal());
  expect(normal.mean).toBeCloseTo(0, 1);
  expect(normal.variance).toBeCloseTo(1, 1);
  expect(moments(() => random.exponential(3)).mean).toBeCloseTo(3, 1);
  // Four standard errors of a mean, and of a variance, of so many draws.
  for (const [trials, p] of [
    [40, 0.3],
    [100, 0.0005],
    [100, 0.005],
    [100, 0.03],
    [100, 0.5],
    [100, 0.97],
    [1000, 0.02],
  ] as const) {
    const [mean, variance] = [trials * p, trials * p * (1 - p)];
    const binomial = moments(() => random.binomial(trials, p));
    expect(Math.abs(binomial.mean - mean), `mean of ${trials} × ${p}`).toBeLessThan(4 * Math.sqrt(variance / n));
    const kurtosis = 3 + (1 - 6 * p * (1 - p)) / variance;
    expect(Math.abs(binomial.variance / variance - 1), `variance of ${trials} × ${p}`).toBeLessThan(4 * Math.sqrt((kurtosis - 1) / n));
  }
});

test("a binomial draw has the chances of its law, in both tails", () => {
  const random = new Random(8, "binomial", "test");
  const n = 400_000;
  const [trials, p] = [100, 0.02];
  const counts = new Array(trials + 1).fill(0) as number[];
  for (let i = 0; i < n; i++) {
    const drawn = random.binomial(trials, p);
    counts[drawn] = (counts[drawn] as number) + 1;
  }
  let chance = Math.exp(trials * Math.log(1 - p));
  for (let successes = 0; successes < 9; successes++) {
    expect(Math.abs((counts[successes] as number) - n * chance), `${successes} of ${trials}`).toBeLessThan(4 * Math.sqrt(n * chance));
    chance *= ((trials - successes) / (successes + 1)) * (p / (1 - p));
  }
});

test("the hasher tells apart what differs in order, value or sign of time", () => {
  const digest = (...values: number[]) => {
    const hasher = new Hasher();
    for (const value of values) hasher.number(value);
    return hasher.hex();
  };
  expect(digest(1, 2)).toBe(digest(1, 2));
  expect(digest(1, 2)).not.toBe(digest(2, 1));
  expect(digest(0)).toBe(digest(-0));
  expect(digest(1)).not.toBe(digest(1 + Number.EPSILON));
  const seen = new Set<string>();
  for (let i = 0; i < 100_000; i++) seen.add(digest(i));
  expect(seen.size).toBe(100_000);
  expect(hashText("step")).not.toBe(hashText("stpe"));
});
