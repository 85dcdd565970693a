// Light or dark: the system's choice until a person makes their own, which is kept.
import { byId } from "../core/dom.js";

const storedTheme = "inferencemeter-theme";

export function wire() {
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const followSystem = () => apply(systemDark.matches ? "dark" : "light");
  const chosen = localStorage.getItem(storedTheme);
  if (chosen) {
    apply(chosen);
  } else {
    followSystem();
  }
  systemDark.addEventListener("change", () => {
    if (!localStorage.getItem(storedTheme)) followSystem();
  });
  byId("theme").addEventListener("click", toggle);
}

function toggle() {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem(storedTheme, theme);
  apply(theme);
}

function apply(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").setAttribute("aria-pressed", String(theme === "dark"));
}
