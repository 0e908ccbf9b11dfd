/** As clocks show a number: `7` as `07`. */
export const twoDigits = (value: number | string): string => String(value).padStart(2, '0');
