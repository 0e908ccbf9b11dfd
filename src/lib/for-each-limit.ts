/** Does something with every item, so many at a time. The first failure ends it, once what has begun has ended. */
export const forEachLimit = async <T>(
  items: Iterable<T>,
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const left = Iterator.from(items);
  const failures: unknown[] = [];
  const one = async (): Promise<void> => {
    for (const item of left) {
      if (failures.length > 0) return;
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: most }, one));
  if (failures.length > 0) throw failures[0];
};
