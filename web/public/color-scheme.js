// Sets the chosen colors before anything is painted, so that a dark page does not flash white while it loads.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem('rez-color-scheme');
  } catch {
    // A browser that keeps nothing for us: the system's choice.
  }
  const dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
