// Comforts of the frame. Every page works without this file.
const root = document.documentElement;

function switchTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const next = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  localStorage.setItem("theme", next);
  document.dispatchEvent(new CustomEvent("theme-switched"));
}

// Absolute moments in the reader's own zone and language.
function localiseTimes(scope) {
  const format = new Intl.DateTimeFormat(root.lang, { dateStyle: "medium", timeStyle: "long" });
  for (const time of scope.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (!Number.isNaN(moment.getTime())) time.title = format.format(moment);
  }
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

function typing(target) {
  return target.isContentEditable || target.closest("input, select, textarea") !== null;
}

document.addEventListener("click", async (event) => {
  closeMenus(event.target);
  if (event.target.closest("[data-theme-toggle]")) switchTheme();
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent.trim());
    copy.querySelector("[data-copy-label]").textContent = copy.dataset.copied;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = event.target.closest("details.menu[open]");
    closeMenus(null);
    menu?.querySelector("summary").focus();
  }
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !typing(event.target)) {
    const search = document.getElementById("search");
    if (search) event.preventDefault();
    search?.focus();
  }
});

// A control marked so sends its form as soon as it changes; without JavaScript the form's button does.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

localiseTimes(document);
document.addEventListener("htmx:load", (event) => localiseTimes(event.target));
