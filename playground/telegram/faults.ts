type FaultKind = '429' | '500' | '502html' | 'reset_after_accept' | 'reset' | 'timeout' | '400' | '401' | '403' | '404';

export interface Fault {
  /** Only this method (any case). Absent: every one but getUpdates, whose poll would swallow it. `*`: really every one. */
  readonly method?: string;
  /** Only calls about this chat. */
  readonly chatId?: number;
  /**
   * `reset_after_accept`: carried out, then the connection breaks before the answer. `reset`: it breaks before anything
   * happens. `timeout`: nothing happens and no answer comes, see `breaksAfterSeconds`.
   */
  readonly kind: FaultKind;
  /** How many calls it hits; Infinity until cleared. */
  readonly times: number;
  /** For `timeout`: the connection breaks after so long, as behind a proxy that loses patience; never if absent. */
  readonly breaksAfterSeconds?: number;
  /** For 429, in seconds. */
  readonly retryAfter?: number;
  /** The whole description, for the kinds that have one. */
  readonly description?: string;
}

export interface Faults {
  readonly set: (fault: Fault) => void;
  readonly clear: () => void;
  /** The fault that hits this call, counted down. */
  readonly next: (method: string, chatId?: number) => Fault | undefined;
}

const isHit = (fault: Fault, method: string, chatId: number | undefined): boolean => {
  if (fault.chatId !== undefined && fault.chatId !== chatId) return false;
  if (fault.method === '*') return true;
  if (fault.method === undefined) return method.toLowerCase() !== 'getupdates';
  return fault.method.toLowerCase() === method.toLowerCase();
};

export const createFaults = (): Faults => {
  let faults: { fault: Fault; left: number }[] = [];
  return {
    set: (fault) => {
      faults.push({ fault, left: fault.times });
    },
    clear: () => {
      faults = [];
    },
    next: (method, chatId) => {
      const hit = faults.find(({ fault }) => isHit(fault, method, chatId));
      if (!hit) return undefined;
      hit.left -= 1;
      if (hit.left <= 0) faults = faults.filter((entry) => entry !== hit);
      return hit.fault;
    },
  };
};
