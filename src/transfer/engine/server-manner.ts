/** What the server of a blob was found to do with ranges. */
export interface ServerManner {
  /**
   * - `unknown`: nothing has been answered yet, so one connection asks and the others wait.
   * - `ranges`: it has sent one, so others may help.
   * - `whole`: it sends whole files only, which is for one connection, from the beginning. This stays.
   */
  readonly sends: 'unknown' | 'ranges' | 'whole';
  /** The whole file came once where a part was asked for: that may have been a fault on the way. */
  readonly isDoubted: boolean;
  /** How often what was there had to be thrown away. */
  readonly restarts: number;
}

export const UNKNOWN: ServerManner = { sends: 'unknown', isDoubted: false, restarts: 0 };
const RANGES: ServerManner = { ...UNKNOWN, sends: 'ranges' };
const WHOLE: ServerManner = { ...UNKNOWN, sends: 'whole' };

/** Where a server sends no ranges, a broken connection means the whole file again: so many times. */
const RESTARTS_MOST = 5;

/** A range has come. @returns the same value if that says nothing new */
export const afterRange = (manner: ServerManner): ServerManner => {
  if (manner.sends !== 'unknown') return manner;
  return manner.isDoubted ? { ...manner, sends: 'ranges' } : RANGES;
};

/**
 * The whole file has come.
 * @param isAsked it was what was asked for; otherwise the first time is doubted, and the next one means to begin again
 */
export const afterWhole = (manner: ServerManner, isAsked: boolean): ServerManner => {
  if (isAsked) return manner === UNKNOWN ? WHOLE : { ...manner, sends: 'whole' };
  if (manner.sends !== 'whole' && !manner.isDoubted) return { ...manner, isDoubted: true };
  return { ...manner, sends: 'whole', restarts: manner.restarts + 1 };
};

/** Whether the server has begun a file again too often for the next time to be worth it. */
export const isHopeless = ({ restarts }: ServerManner): boolean => restarts > RESTARTS_MOST;
