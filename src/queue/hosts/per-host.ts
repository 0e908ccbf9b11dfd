/** What each host has of its own, made when it is first asked for. */
export const perHost = <T>(make: (hostId: number) => T): ((hostId: number) => T) => {
  const made = new Map<number, T>();
  return (hostId) => {
    if (!made.has(hostId)) made.set(hostId, make(hostId));
    return made.get(hostId) as T;
  };
};
