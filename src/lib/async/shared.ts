/** Calls share what begins after they came: what is under way may have passed over what they are about. Never two at once. */
export const shared = (work: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const begin = async (): Promise<void> => {
    await running.catch(() => undefined);
    next = undefined;
    running = work();
    await running;
  };
  return () => {
    next ??= begin();
    return next;
  };
};
