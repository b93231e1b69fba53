// Keyboard shortcuts of the console: j and k (or arrows) move, x ticks, / searches, u goes back to the list, ? helps.
// Loaded only for whoever has not switched them off. Everything they do can be done without them.
"use strict";

(() => {
  const help = document.querySelector("[data-keys-help]");
  if (!help) return;
  const search = document.getElementById("searchbar");
  const rows = document.querySelectorAll("#result_list tbody tr");
  const stops = rows.length
    ? [...rows].map((row) => row.querySelector("th a, td a")).filter(Boolean)
    : [...document.querySelectorAll(".case-acts a")];
  const typed = "input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]";

  const reached = () => stops.findIndex((stop) => (stop.closest("tr") || stop).contains(document.activeElement));
  const move = (step) => {
    const at = reached();
    const next = stops[at < 0 ? (step > 0 ? 0 : stops.length - 1) : at + step];
    if (!next) return false;
    next.focus();
    return true;
  };
  const follow = (link, hash = "") => {
    if (link) window.location.assign(link.href + hash);
    return Boolean(link);
  };
  const to_list = (hash) => follow([...document.querySelectorAll(".breadcrumbs a")].pop(), hash);
  const tick = () => {
    const at = reached();
    const box = at < 0 ? null : stops[at].closest("tr")?.querySelector("input.action-select");
    if (box) box.click();
    return Boolean(box);
  };
  const look = () => {
    if (!search) return to_list("#searchbar");
    search.focus();
    search.select();
    return true;
  };

  const acts = {
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => reached() >= 0 && move(1),
    ArrowUp: () => reached() >= 0 && move(-1),
    x: tick,
    "/": look,
    u: () => !search && to_list(),
    "?": () => {
      if (help.open) help.close();
      else help.showModal();
      return true;
    },
  };

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (target instanceof Element && target.closest(typed)) return;
    if (help.open && key !== "?") return;
    if (Object.hasOwn(acts, key) && acts[key]()) event.preventDefault();
  });

  if (search && window.location.hash === "#searchbar") search.focus();
})();
