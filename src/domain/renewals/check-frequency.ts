/** How often it is looked whether a branch has moved. */
export const CHECK_FREQUENCIES = ['daily', 'weekly', 'monthly', 'off'] as const;
export type CheckFrequency = (typeof CHECK_FREQUENCIES)[number];

export const DAY_MS = 86_400_000;

const EVERY_MS: Readonly<Record<CheckFrequency, number | undefined>> = {
  daily: DAY_MS,
  weekly: 7 * DAY_MS,
  monthly: 30 * DAY_MS,
  off: undefined,
};

/** The time from one look to the next; undefined: nobody looks. */
export const checkEveryMs = (frequency: CheckFrequency): number | undefined => EVERY_MS[frequency];
