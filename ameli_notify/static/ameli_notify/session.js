// Warns two minutes before a session ends, and extends it without leaving the page.
// Without this file the button « Rester connecté » does the same by reloading the page.
"use strict";

(() => {
  const box = document.querySelector("[data-session-warning]");
  if (!box) return;
  const warning = box.querySelector("[data-warning]");
  const form = box.querySelector("[data-extend]");
  const bar = document.querySelector("[data-session-bar]");
  const root = document.documentElement;
  let timer = 0;
  let left_for_bar = null;

  // The style sheets pin the bar to the window while it is due, and keep room of its height below the page.
  const measure = () => root.style.setProperty("--session-bar", warning.hidden ? "0px" : `${bar.offsetHeight}px`);
  const show = (due) => {
    if (warning.hidden !== due) return;
    const had_focus = bar.contains(document.activeElement);
    warning.hidden = !due;
    root.classList.toggle("session-ending", due);
    measure();
    const focused = document.activeElement;
    if (due && focused && focused !== document.body) focused.scrollIntoView({ block: "nearest" });
    else if (had_focus && left_for_bar) left_for_bar.focus();
  };

  const plan = ({ seconds_left: left, warn_at: early }) => {
    show(left <= early);
    window.clearTimeout(timer);
    // Asked again when the warning is due, since other tabs may have kept the session alive, then at its end.
    const wait = left > early ? left - early : left;
    timer = window.setTimeout(look, (wait + 1) * 1000);
  };

  const read = (answer) => {
    // A session that has ended leads to the sign-in page, which says why to whoever opens it.
    if (!answer.ok) window.location.reload();
    else answer.json().then(plan);
  };

  const headers = { "X-Requested-With": "fetch" };
  const own = { credentials: "same-origin", redirect: "manual" };
  const again = () => { timer = window.setTimeout(look, 30000); };
  const look = () => {
    window.clearTimeout(timer);
    fetch(box.dataset.timeUrl, { headers, ...own }).then(read, again);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fetch(form.action, { method: "POST", body: new FormData(form), headers, ...own })
      .then(read, () => form.submit());
  });

  // Whoever came from a field to the button goes back to it once the bar is gone.
  bar.addEventListener("focusin", ({ relatedTarget: from }) => {
    if (from && !bar.contains(from)) left_for_bar = from;
  });
  window.addEventListener("resize", measure);
  // Timers sleep while a window is hidden or the machine is closed.
  window.addEventListener("focus", look);
  look();
})();
