/**
 * For pages that are not a secure context, and browsers that refuse the clipboard: a selected text area and the old command.
 * @param {string} text
 */
const copyByCommand = (text) => {
  const before = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'hidden';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return done;
};

/**
 * Puts text on the clipboard.
 * @param {string} text
 * @returns false if the browser does not let us
 */
export const copyText = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
};
