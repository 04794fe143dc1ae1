/* The button that stills the water. The choice is kept for the next page. */

const KEY = "weir-motion";
const root = document.documentElement;
const button = document.querySelector("[data-still]");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function show(still) {
  root.dataset.motion = still ? "off" : "on";
  button.textContent = still ? "Let the water run" : "Still the water";
  button.setAttribute("aria-pressed", String(still));
}

if (!calm.matches) {
  show(localStorage.getItem(KEY) === "off");
  button.hidden = false;
  button.addEventListener("click", () => {
    const still = root.dataset.motion !== "off";
    localStorage.setItem(KEY, still ? "off" : "on");
    show(still);
  });
}
