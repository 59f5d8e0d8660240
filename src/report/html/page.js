(() => {
  "use strict";
  const tools = document.querySelector(".tools");
  const search = document.querySelector("#search");
  const shown = document.querySelector("#shown");
  const steps = [...document.querySelectorAll("details.step")];
  const buttons = [...document.querySelectorAll("button[data-action]")];
  if (!tools || steps.length === 0) return;
  tools.hidden = false;

  const text = new Map(steps.map((step) => [step, step.textContent.toLowerCase()]));
  const pressed = () => buttons.filter((button) => button.getAttribute("aria-pressed") === "true").map((button) => button.dataset.action);

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const actions = pressed();
    let count = 0;
    for (const step of steps) {
      const fits = words.every((word) => text.get(step).includes(word)) && (actions.length === 0 || actions.includes(step.dataset.action));
      step.hidden = !fits;
      if (fits) count += 1;
    }
    shown.textContent = `${count} of ${steps.length}`;
  }

  function openAll(open) {
    for (const step of steps) if (!step.hidden) step.open = open;
  }

  function move(by) {
    const visible = steps.filter((step) => !step.hidden).map((step) => step.querySelector("summary"));
    if (visible.length === 0) return;
    const at = visible.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : visible.length - 1) : Math.min(Math.max(at + by, 0), visible.length - 1);
    visible[next].focus();
  }

  function reveal() {
    const step = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!step || !step.matches("details.step")) return;
    if (step.hidden) {
      search.value = "";
      buttons.forEach((button) => button.setAttribute("aria-pressed", "false"));
      filter();
    }
    step.open = true;
    step.querySelector("summary").focus();
  }

  search.addEventListener("input", filter);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") === "true" ? "false" : "true");
      filter();
    });
  }
  document.querySelector("#open").addEventListener("click", () => openAll(true));
  document.querySelector("#close").addEventListener("click", () => openAll(false));
  addEventListener("hashchange", reveal);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === search) {
      if (event.key !== "Escape") return;
      search.value = "";
      filter();
      search.blur();
      return;
    }
    const does = { "/": () => search.focus(), j: () => move(1), k: () => move(-1), e: () => openAll(true), c: () => openAll(false) }[event.key];
    if (does) {
      event.preventDefault();
      does();
    }
  });
  filter();
  reveal();
})();
