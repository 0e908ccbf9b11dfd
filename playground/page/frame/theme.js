import { icon } from '../dom/icons.js';

const system = matchMedia('(prefers-color-scheme: dark)');

const isDark = () => {
  const chosen = document.documentElement.dataset['theme'];
  return chosen ? chosen === 'dark' : system.matches;
};

/**
 * The switch between light and dark. Going back to what the system says forgets the choice, so it follows the system again.
 * @param {HTMLElement} button
 */
export const setUpTheme = (button) => {
  const draw = () => {
    const next = isDark() ? 'light' : 'dark';
    button.replaceChildren(icon(isDark() ? 'sun' : 'moon'));
    button.setAttribute('aria-label', `Switch to the ${next} theme`);
    button.title = `Switch to the ${next} theme`;
  };
  button.addEventListener('click', () => {
    const next = isDark() ? 'light' : 'dark';
    if ((next === 'dark') === system.matches) {
      delete document.documentElement.dataset['theme'];
      localStorage.removeItem('hubgram-theme');
    } else {
      document.documentElement.dataset['theme'] = next;
      localStorage.setItem('hubgram-theme', next);
    }
    draw();
  });
  system.addEventListener('change', draw);
  draw();
};
