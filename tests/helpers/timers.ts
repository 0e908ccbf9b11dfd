import { createHook } from 'node:async_hooks';

/**
 * Timers that were asked for somewhere in `src` and are still to fire, also those that keep no process alive; save for those
 * of `AbortSignal.timeout`, which nobody can take back.
 */
export const watchTimers = () => {
  const timers = new Map<number, string>();
  const hook = createHook({
    init: (id, type) => {
      const { stack = '' } = type === 'Timeout' ? new Error('A timer is left') : {};
      if (/\/src\//.test(stack) && !stack.includes('AbortSignal.timeout')) timers.set(id, stack);
    },
    destroy: (id) => {
      timers.delete(id);
    },
  }).enable();
  return { left: () => [...timers.values()], close: () => hook.disable() };
};
