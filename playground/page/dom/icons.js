const SVG = 'http://www.w3.org/2000/svg';

/** Strokes on a 24 × 24 field. */
const PATHS = {
  back: ['M15 5l-7 7 7 7'],
  down: ['M6 9l6 6 6-6'],
  up: ['M6 15l6-6 6 6'],
  close: ['M6 6l12 12M18 6L6 18'],
  send: ['M5 12h13M12 5l7 7-7 7'],
  attach: ['M20 11.5l-8.2 8.2a5 5 0 0 1-7.1-7.1l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4l7.8-7.8'],
  slash: ['M14.5 5l-5 14'],
  moon: ['M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z'],
  sun: [
    'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
    'M12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.4',
  ],
  copy: ['M9 9h10v11H9z', 'M15 9V4.500H5V16h4'],
  link: ['M8 16L17 7M9.500 6.500H17.500V14.500'],
  search: ['M11 4.500a6.500 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM16 16l4 4'],
  silent: ['M6 17V11a6 6 0 0 1 9-5.200M18 11v6M4 17h16M10 20.500h4M4 4l16 16'],
  file: ['M7 3.500h7l4.500 4.500v12.500H7z', 'M13.500 3.500V8.500h5'],
  download: ['M12 4.500v10M7.500 10.500l4.500 4.5 4.5-4.500M5 19.500h14'],
  reply: ['M10 6l-6 6 6 6M4.500 12H14a6 6 0 0 1 6 6'],
  trash: ['M5 7h14M10 7V4.500h4V7M7 7l1 13h8l1-13'],
  more: ['M6 9l6 6 6-6'],
};

/** @typedef {keyof typeof PATHS} IconName */

/**
 * A line icon in the colour of the text around it; hidden from screen readers, since the button around it has the name.
 * @param {IconName} name
 */
export const icon = (name) => {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  for (const d of PATHS[name]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
};
