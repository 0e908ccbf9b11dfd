import { twoDigits } from './two-digits.ts';

/** A duration for people, two units at most: `0 s`, `41 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`. */
export const formatDuration = (durationMs: number): string => {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  const hours = Math.floor(Math.round(seconds / 60) / 60);
  if (hours < 48) return `${hours} h ${twoDigits(Math.round(seconds / 60) % 60)} min`;
  const days = Math.floor(Math.round(seconds / 3600) / 24);
  return `${days} d ${Math.round(seconds / 3600) % 24} h`;
};
