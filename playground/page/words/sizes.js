const UNITS = ['kB', 'MB', 'GB', 'TB'];

/**
 * `321 B`, `1.5 kB`, `548 MB`: decimal units, three significant figures.
 * @param {number} bytes
 */
export const formatSize = (bytes) => {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${UNITS[power - 1]}`;
};
