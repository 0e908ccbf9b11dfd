import { AppError } from '../../domain/errors.ts';
import { ACCESS_LOOKS_MOST, accessDelayMs } from '../../domain/failures/access.ts';
import { toIso, type WallClock } from '../../lib/clock.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';

/**
 * When it is to be looked by itself whether a look-up that has failed would succeed, ISO 8601; undefined: never. What a file
 * brings in is tried again with that file.
 */
export const nextAccessLook = (
  { clock, random }: { readonly clock: WallClock; readonly random: () => number },
  { looks, quiet }: Pick<AddRequest, 'looks' | 'quiet'>,
  error: unknown,
): string | undefined => {
  const isShut = error instanceof AppError && (error.code === 'gated' || error.code === 'unauthorized');
  const waits = isShut && !quiet && looks < ACCESS_LOOKS_MOST;
  return waits ? toIso(clock.now() + accessDelayMs(looks, random())) : undefined;
};
