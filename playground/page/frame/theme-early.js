// Loaded before the style sheets and therefore no module: a chosen theme must be there at the first paint.
{
  const chosen = localStorage.getItem('hubgram-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
}
