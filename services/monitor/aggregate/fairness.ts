/** Jain's fairness index (Jain, Chiu, Hawe 1984): 1 where all get the same, 1/n where one gets everything. */
export function jainIndex(values: readonly number[]): number | null {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return squares > 0 ? (sum * sum) / (values.length * squares) : null;
}
