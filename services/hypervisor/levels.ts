/** Levels of the wait on which its density is found. */
export const LEVELS = 512;
