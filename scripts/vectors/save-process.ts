/**
 * ChromeOS LimitCache: may the balloon be deflated so that a guest process need not be killed?
 * (platform2 vm_tools/concierge/balloon_policy.cc before ca679ab3b5; a host does not ask its policy that, so it is here alone.) Bytes.
 */

export interface SaveProcessOptions {
  /** Host margins below which memory is not given up for a foreground, perceptible, cached process. */
  readonly foregroundMarginBytes: number;
  readonly perceptibleMarginBytes: number;
  readonly cachedMarginBytes: number;
  /** Most that one process gets. */
  readonly maxDeflateBytes: number;
}

export interface SaveProcessAnswer {
  readonly allowed: boolean;
  /** Both 0 when it is refused. */
  readonly balloonBytes: number;
  readonly freedBytes: number;
}

/** `oomScore` is the process's oom_score_adj: up to 0 foreground, 899 perceptible, 999 cached. */
export function deflateToSaveProcess(
  processBytes: number,
  oomScore: number,
  balloonBytes: number,
  hostAvailableBytes: number,
  options: SaveProcessOptions,
): SaveProcessAnswer {
  const classes = [
    { scoreMax: 0, marginBytes: options.foregroundMarginBytes },
    { scoreMax: 899, marginBytes: options.perceptibleMarginBytes },
    { scoreMax: 999, marginBytes: options.cachedMarginBytes },
  ];
  const limits = classes
    .filter(({ scoreMax }) => scoreMax >= oomScore)
    .map(({ marginBytes }) => Math.max(0, balloonBytes - (hostAvailableBytes - marginBytes)));
  const needed = Math.min(processBytes, options.maxDeflateBytes);
  const after = Math.max(0, balloonBytes - needed);
  const allowed = limits.length > 0 && after >= Math.min(...limits);
  return allowed ? { allowed, balloonBytes: after, freedBytes: balloonBytes - after } : { allowed, balloonBytes: 0, freedBytes: 0 };
}
