// Before the first paint: the theme of the last visit. A classic script, as modules run later.
try {
  const theme = localStorage.getItem("console-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the theme is then the system's.
}
