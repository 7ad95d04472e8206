/** What the windows bench and its processes agree on. */
export const RUN = "bench";
export const EPOCH = 1;
