/** A whole number, its thousands divided: `50,257`. */
export const thousands = (number: number): string => String(number).replace(/\B(?=(\d{3})+$)/g, ',');

/** How long something took, with as many digits as mean something: `0.4 s`, `13 s`; what is no tenth of a second is `less than 0.1 s`. */
export const secondsText = (durationMs: number): string =>
  durationMs < 50 ? 'less than 0.1 s' : `${(durationMs / 1000).toFixed(durationMs < 10_000 ? 1 : 0)} s`;

/** How many of something came in each second, with as many digits as mean something: `0.5`, `52`, `2,000`. */
export const rateText = (perSecond: number): string =>
  perSecond < 10 ? perSecond.toFixed(1) : thousands(Math.round(perSecond));
