/** What a stretch of accesses did. */
export interface Traffic {
  accesses: number;
  missesAnonymous: number;
  missesFile: number;
  /** Pages that swap read-ahead brings in beside the missed ones. */
  aheadPages: number;
  swapReads: number;
  fileReads: number;
  /** Pages of files that are read; the other missing ones are written whole. */
  fileReadPages: number;
  returnsAnonymous: number;
  returnsFile: number;
  staleReads: number;
  /** Of the returns, and of those stale reads: from the compressed pool. */
  unzipsAnonymous: number;
  unzipsFile: number;
  staleUnzips: number;
}

export function noTraffic(): Traffic {
  return {
    accesses: 0,
    missesAnonymous: 0,
    missesFile: 0,
    aheadPages: 0,
    swapReads: 0,
    fileReads: 0,
    fileReadPages: 0,
    returnsAnonymous: 0,
    returnsFile: 0,
    staleReads: 0,
    unzipsAnonymous: 0,
    unzipsFile: 0,
    staleUnzips: 0,
  };
}

export function clear(traffic: Traffic): void {
  traffic.accesses = 0;
  traffic.missesAnonymous = 0;
  traffic.missesFile = 0;
  traffic.aheadPages = 0;
  traffic.swapReads = 0;
  traffic.fileReads = 0;
  traffic.fileReadPages = 0;
  traffic.returnsAnonymous = 0;
  traffic.returnsFile = 0;
  traffic.staleReads = 0;
  traffic.unzipsAnonymous = 0;
  traffic.unzipsFile = 0;
  traffic.staleUnzips = 0;
}
