/**
 * Shares out whole pages over parts in proportion to their sizes, none beyond its size; the shares sum to `pages`, which
 * is at most the sum of the parts.
 */
export function spread(pages: number, parts: readonly number[]): number[] {
  let left = pages;
  let among = 0;
  for (const part of parts) among += part;
  return parts.map((part) => {
    const rest = among - part;
    const even = among > 0 ? Math.round((left / among) * part) : 0;
    // What is left over must fit into the remaining parts.
    const share = Math.min(part, left, Math.max(even, left - rest));
    left -= share;
    among = rest;
    return share;
  });
}
