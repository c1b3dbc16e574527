// The theme: of the system, light or dark; a cookie tells the server, so that a page comes in its colours at once.
"use strict";

const THEMES = ["", "light", "dark"];

document.addEventListener("DOMContentLoaded", () => {
  const root = document.documentElement;
  document.getElementById("theme").addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "") + 1) % THEMES.length];
    if (next) root.dataset.theme = next;
    else delete root.dataset.theme;
    document.cookie = `theme=${next}; path=/dashboard; max-age=${next ? 31536000 : 0}; samesite=strict`;
    document.getElementById("theme-name").textContent = next || "system";
    document.dispatchEvent(new Event("themechange"));
  });
});
