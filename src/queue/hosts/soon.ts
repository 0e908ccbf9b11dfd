/** A look that is to be taken; woken: at what waits for room, too. */
export type Soon = (isWoken?: boolean) => void;

/** One look for all that happens at once, and when everything else has had its turn: on many hosts much ends together. */
export const createSoon = (look: (isWoken: boolean) => void): Soon => {
  let isDue = false;
  let isAnyWoken = false;
  return (isWoken = false) => {
    isAnyWoken ||= isWoken;
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      const woken = isAnyWoken;
      isDue = false;
      isAnyWoken = false;
      look(woken);
    });
  };
};
